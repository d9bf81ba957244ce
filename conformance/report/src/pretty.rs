//! JSON with line breaks and indentation, and otherwise unchanged: the order of keys, the digits of numbers and the
//! escapes in texts are evidence.

use std::str::Chars;

/// Lists and objects that fit into a line of this many characters are not divided.
const LINE: usize = 80;

/// The text indented if it is JSON, or else unchanged.
#[must_use]
pub(super) fn pretty(text: &str) -> String {
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let mut rest = text.chars();
    let mut in_text = false;
    while let Some(letter) = rest.next() {
        match letter {
            '\\' if in_text => {
                out.push(letter);
                out.extend(rest.next());
            }
            '"' => {
                in_text = !in_text;
                out.push(letter);
            }
            _ if in_text => out.push(letter),
            '{' | '[' => match in_one_line(letter, rest.clone(), LINE.saturating_sub(2 * depth)) {
                Some((line, after)) => {
                    out.push_str(&line);
                    rest = after;
                }
                None => {
                    out.push(letter);
                    depth += 1;
                    break_line(&mut out, depth);
                }
            },
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

/// The list or object that begins with `start`, in one line, and what comes after it; None when it is longer than `most`.
fn in_one_line(start: char, mut rest: Chars<'_>, most: usize) -> Option<(String, Chars<'_>)> {
    let mut line = String::from(start);
    let (mut length, mut depth, mut in_text) = (1, 1_usize, false);
    while depth > 0 {
        let letter = rest.next()?;
        if !in_text && letter.is_ascii_whitespace() {
            continue;
        }
        line.push(letter);
        length += 1;
        match letter {
            '\\' if in_text => line.extend(rest.next()),
            '"' => in_text = !in_text,
            _ if in_text => {}
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            ',' | ':' => line.push(' '),
            _ => {}
        }
        if length > most {
            return None;
        }
    }
    Some((line, rest))
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
        assert_eq!(pretty(text), r#"{"b": [], "a": [1.50, "x,\"y{", {}], "b": 1e400}"#);
        let long = "y".repeat(LINE);
        let text = format!(r#"{{"b":[ ],"a":["{long}",{{"c":1}}]}}"#);
        assert_eq!(pretty(&text), format!("{{\n  \"b\": [],\n  \"a\": [\n    \"{long}\",\n    {{\"c\": 1}}\n  ]\n}}"));
        assert_eq!(pretty("{no json"), "{no json");
    }
}
