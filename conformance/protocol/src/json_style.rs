//! One JSON value in other bytes.

use serde_json::Value;

/// Ways to write one JSON value (RFC 8259): they mean the same.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// The fields of every object the other way round.
    backwards: bool,
    /// Blanks of all four kinds around every token.
    blanks: bool,
    /// Every ASCII letter as an escape.
    escapes: bool,
}

/// All of them; the first is how requests are written elsewhere.
pub const STYLES: [Style; 5] = [
    Style { backwards: false, blanks: false, escapes: false },
    Style { backwards: true, blanks: false, escapes: false },
    Style { backwards: false, blanks: true, escapes: false },
    Style { backwards: false, blanks: false, escapes: true },
    Style { backwards: true, blanks: true, escapes: true },
];

impl Style {
    /// The value in this style.
    #[must_use]
    pub fn write(self, value: &Value) -> String {
        let blank = if self.blanks { " \n\t\r " } else { "" };
        let listed = |open: char, parts: Vec<String>, close: char| {
            format!("{open}{blank}{}{blank}{close}", parts.join(&format!("{blank},{blank}")))
        };
        match value {
            Value::Object(fields) => {
                let mut parts: Vec<String> = fields
                    .iter()
                    .map(|(name, value)| format!("{}{blank}:{blank}{}", self.text(name), self.write(value)))
                    .collect();
                if self.backwards {
                    parts.reverse();
                }
                listed('{', parts, '}')
            }
            Value::Array(values) => listed('[', values.iter().map(|value| self.write(value)).collect(), ']'),
            Value::String(text) => self.text(text),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
        }
    }

    fn text(self, text: &str) -> String {
        if !self.escapes {
            return Value::from(text).to_string();
        }
        let escaped = text.chars().map(|character| match character {
            'a'..='z' | 'A'..='Z' | '"' | '\\' | '\0'..='\x1f' => format!("\\u{:04x}", u32::from(character)),
            _ => character.to_string(),
        });
        format!("\"{}\"", escaped.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_style_means_the_same() {
        let value = json!({"a": ["é\"\\\n", {"c": 1.5, "b": null}], "Z": {}, "y": []});
        for style in STYLES {
            assert_eq!(serde_json::from_str::<Value>(&style.write(&value)).expect("JSON"), value, "{style:?}");
        }
        assert_eq!(STYLES[0].write(&value), value.to_string());
        assert!(STYLES[3].write(&value).contains("\\u0061"));
    }
}
