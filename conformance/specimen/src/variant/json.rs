//! JSON in other spellings of the same value: whitespace, order of keys, escapes, numbers.

use super::freedom::{Freedom, Freedoms};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};
use std::io::{self, Write};

/// The value as this server spells it.
pub(super) fn written(freedoms: Freedoms, value: &Value) -> Vec<u8> {
    let spread = freedoms.take(Freedom::JsonSpread);
    let mut text = Vec::new();
    if spread {
        text.extend_from_slice(b" \r\n\t");
    }
    let value = Ordered { value, reversed: freedoms.take(Freedom::KeysReversed) };
    let done = if spread {
        let layout = PrettyFormatter::with_indent(b"\t ");
        value.serialize(&mut serde_json::Serializer::with_formatter(&mut text, Spelling { layout, freedoms }))
    } else {
        let layout = CompactFormatter;
        value.serialize(&mut serde_json::Serializer::with_formatter(&mut text, Spelling { layout, freedoms }))
    };
    if done.is_err() {
        // Writing into memory does not fail; if it did, the suite would report the empty body.
        text.clear();
    }
    if spread {
        text.extend_from_slice(b"\r\n \n");
    }
    text
}

/// A value that is written with the keys of its objects in this order or in reverse.
struct Ordered<'a> {
    value: &'a Value,
    reversed: bool,
}

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let inner = |value| Ordered { value, reversed: self.reversed };
        match self.value {
            Value::Object(object) => {
                let mut map = serializer.serialize_map(Some(object.len()))?;
                let mut fields: Vec<_> = object.iter().collect();
                if self.reversed {
                    fields.reverse();
                }
                for (name, value) in fields {
                    map.serialize_entry(name, &inner(value))?;
                }
                map.end()
            }
            Value::Array(array) => {
                let mut list = serializer.serialize_seq(Some(array.len()))?;
                for value in array {
                    list.serialize_element(&inner(value))?;
                }
                list.end()
            }
            leaf => leaf.serialize(serializer),
        }
    }
}

/// A formatter that spells numbers and text in other ways.
struct Spelling<F> {
    layout: F,
    freedoms: Freedoms,
}

/// 2^53: a double holds every integer up to here exactly.
const EXACT: u64 = 1 << 53;

impl<F> Spelling<F> {
    fn whole<W: ?Sized + Write>(&self, writer: &mut W, sign: &str, value: u64) -> io::Result<()> {
        if self.freedoms.take(Freedom::NumbersAsFloats) && value <= EXACT {
            write!(writer, "{sign}{value}.0")
        } else if self.freedoms.take(Freedom::NumbersWithExponents) && value <= EXACT {
            write!(writer, "{sign}{value:e}")
        } else {
            write!(writer, "{sign}{value}")
        }
    }
}

impl<F: Formatter> Formatter for Spelling<F> {
    fn write_u64<W: ?Sized + Write>(&mut self, writer: &mut W, value: u64) -> io::Result<()> {
        self.whole(writer, "", value)
    }

    fn write_i64<W: ?Sized + Write>(&mut self, writer: &mut W, value: i64) -> io::Result<()> {
        self.whole(writer, if value < 0 { "-" } else { "" }, value.unsigned_abs())
    }

    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        match self.freedoms.take(Freedom::NumbersWithExponents) {
            // Rust writes the shortest digits that read back as the same double.
            true => write!(writer, "{value:E}"),
            false => self.layout.write_f64(writer, value),
        }
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if !self.freedoms.take(Freedom::TextEscaped) {
            return self.layout.write_string_fragment(writer, fragment);
        }
        for c in fragment.chars() {
            match c {
                '/' => writer.write_all(b"\\/")?,
                c if c.is_ascii() => write!(writer, "{c}")?,
                c => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        write!(writer, "\\u{unit:04X}")?;
                    }
                }
            }
        }
        Ok(())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.layout.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.layout.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::super::freedom::{Freedom, Freedoms};
    use super::written;
    use serde_json::{Value, json};
    use syncproof_protocol::json::same_json;

    fn spelled(freedom: Freedom, value: &Value) -> String {
        String::from_utf8(written(Freedoms::from_iter([freedom]), value)).unwrap()
    }

    #[test]
    fn each_spelling_differs_and_means_the_same() {
        let value = json!({"a": [1000, -3, 9_007_199_254_740_991_u64, 1.5e-300, 0.1], "b": {"ä/😀\n": "é"}});
        let plain = value.to_string();
        for freedom in [
            Freedom::JsonSpread,
            Freedom::KeysReversed,
            Freedom::TextEscaped,
            Freedom::NumbersAsFloats,
            Freedom::NumbersWithExponents,
        ] {
            let text = spelled(freedom, &value);
            let read: Value = serde_json::from_str(&text).unwrap();
            assert!(text != plain && same_json(&read, &value), "{freedom:?}: {text}");
        }
    }

    #[test]
    fn numbers_and_text_are_spelled_as_named() {
        assert_eq!(spelled(Freedom::NumbersWithExponents, &json!([1000, 1.5])), "[1e3,1.5E0]");
        assert_eq!(spelled(Freedom::NumbersAsFloats, &json!([1000, -2])), "[1000.0,-2.0]");
        assert_eq!(spelled(Freedom::TextEscaped, &json!("é/😀")), r#""\u00E9\/\uD83D\uDE00""#);
    }
}
