//! JSON with line breaks and indentation, and otherwise unchanged: the order of keys, the digits of numbers and the
//! escapes in texts are evidence.

/// The text indented if it is JSON, or else unchanged.
#[must_use]
pub(super) fn pretty(text: &str) -> String {
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let mut letters = text.chars().peekable();
    let mut in_text = false;
    while let Some(letter) = letters.next() {
        if in_text {
            out.push(letter);
            match letter {
                '\\' => out.extend(letters.next()),
                '"' => in_text = false,
                _ => {}
            }
            continue;
        }
        match letter {
            '"' => {
                in_text = true;
                out.push(letter);
            }
            '{' | '[' => {
                out.push(letter);
                while letters.next_if(|next| next.is_ascii_whitespace()).is_some() {}
                if let Some(end) = letters.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    break_line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                break_line(&mut out, depth);
                out.push(letter);
            }
            ',' => {
                out.push(letter);
                break_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ if letter.is_ascii_whitespace() => {}
            _ => out.push(letter),
        }
    }
    out
}

/// Starts a new line. The indentation is limited, since JSON may be nested thousands of levels deep.
fn break_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.push_str(&"  ".repeat(depth.min(40)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_indented_and_nothing_else_about_it_changes() {
        let text = r#"{"b":[ ], "a" : [1.50,"x,\"y{",{}],"b":1e400}"#;
        let expected = "{\n  \"b\": [],\n  \"a\": [\n    1.50,\n    \"x,\\\"y{\",\n    {}\n  ],\n  \"b\": 1e400\n}";
        assert_eq!(pretty(text), expected);
        assert_eq!(pretty("{no json"), "{no json");
    }
}
