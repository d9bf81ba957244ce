//! Reads JSON that is nested deeper than the library allows by default, since servers may return what they were sent.

use serde::de::DeserializeOwned;

/// The largest number of levels.
const MAX_DEPTH: usize = 500;

/// Reads a value.
///
/// # Errors
/// When the text is not JSON, has another shape, or is nested deeper than 500 levels.
pub fn read<T: DeserializeOwned>(text: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice(text).or_else(|error| match levels(text) {
        0..=MAX_DEPTH => {
            let mut deserializer = serde_json::Deserializer::from_slice(text);
            deserializer.disable_recursion_limit();
            let value = T::deserialize(&mut deserializer)?;
            deserializer.end()?;
            Ok(value)
        }
        _ => Err(error),
    })
}

/// How deep the text is nested, provided that it is JSON.
fn levels(text: &[u8]) -> usize {
    let (mut level, mut most, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                level += 1;
                most = most.max(level);
            }
            b']' | b'}' if !in_string => level = level.saturating_sub(1),
            _ => {}
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn nested(levels: usize) -> String {
        format!("{}\"]\\\"[\"{}", "[".repeat(levels), "]".repeat(levels))
    }

    #[test]
    fn deeply_nested_json_is_read_up_to_a_bound() {
        assert_eq!(levels(nested(7).as_bytes()), 7);
        assert!(read::<Value>(nested(400).as_bytes()).is_ok());
        assert!(read::<Value>(nested(501).as_bytes()).is_err());
        assert!(read::<Value>(nested(100_000).as_bytes()).is_err());
        assert!(read::<Value>(format!("{} 1", nested(400)).as_bytes()).is_err());
    }
}
