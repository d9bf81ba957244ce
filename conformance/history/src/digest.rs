//! The digest of a JSON value. Equal values have equal digests, whatever the order of their keys and however their numbers
//! are written. Two values with one digest may still differ: that hides a difference, and never makes one up.

use std::fmt;
use std::hash::{BuildHasher as _, Hash};

use foldhash::fast::FixedState;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A digest of 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Digest(u64);

impl Digest {
    /// The digest of anything that can be hashed.
    pub(crate) fn of(value: impl Hash) -> Self {
        Digest(FixedState::with_seed(0x5eed).hash_one(value))
    }

    /// Half of it: enough where only a difference counts.
    #[allow(clippy::cast_possible_truncation)] // that is the point
    pub(crate) fn half(self) -> u32 {
        self.0 as u32
    }

    /// The digest of a set with this member in it, too: the order in which members come does not matter.
    pub(crate) fn and(self, member: Digest) -> Self {
        Digest(self.0.wrapping_add(member.0))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DigestVisitor)
    }
}

/// What kind of value a digest is of, so that `"1"` and `1` differ.
#[derive(Hash)]
enum Kind {
    Null,
    Bool,
    Number,
    Text,
    List,
    Object,
}

struct DigestVisitor;

impl DigestVisitor {
    /// Numbers are compared as doubles: `1`, `1.0` and `1e0` are one number, and so are neighbours beyond 2^53.
    fn number(number: f64) -> Digest {
        Digest::of((Kind::Number, if number == 0.0 { 0 } else { number.to_bits() }))
    }
}

#[allow(clippy::cast_precision_loss)] // that is how they are compared
impl<'de> Visitor<'de> for DigestVisitor {
    type Value = Digest;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<Digest, E> {
        Ok(Digest::of(Kind::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Digest, E> {
        Ok(Digest::of((Kind::Bool, value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Digest, E> {
        Ok(DigestVisitor::number(value as f64))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Digest, E> {
        Ok(DigestVisitor::number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Digest, E> {
        Ok(DigestVisitor::number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Digest, E> {
        Ok(Digest::of((Kind::Text, value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Digest, A::Error> {
        let mut digest = Digest::of(Kind::List);
        while let Some(item) = items.next_element::<Digest>()? {
            digest = Digest::of((digest, item));
        }
        Ok(digest)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Digest, A::Error> {
        let mut digest = Digest::of(Kind::Object);
        while let Some(field) = fields.next_entry::<Digest, Digest>()? {
            digest = digest.and(Digest::of(field));
        }
        Ok(digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(text: &str) -> Digest {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn equal_values_have_one_digest() {
        assert_eq!(digest(r#"{"a": [1, 2.5], "b": null}"#), digest(r#"{"b":null,"a":[1.0,25e-1]}"#));
        assert_eq!(digest("-0.0"), digest("0"));
        assert_eq!(digest(r#""\u00e9""#), digest("\"é\""));
    }

    #[test]
    fn values_that_differ_in_one_place_have_two() {
        let values = [
            "null",
            "false",
            "0",
            "1",
            "\"\"",
            "\"1\"",
            "[]",
            "[0]",
            "[0,0]",
            "[[0]]",
            "{}",
            r#"{"":0}"#,
            r#"{"0":0}"#,
        ];
        for (index, left) in values.iter().enumerate() {
            for right in &values[index + 1..] {
                assert_ne!(digest(left), digest(right), "{left} and {right}");
            }
        }
        assert_ne!(digest(r#"{"a":1,"b":2}"#), digest(r#"{"a":2,"b":1}"#));
        assert_ne!(digest("[1,2]"), digest("[2,1]"));
    }
}
