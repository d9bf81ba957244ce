//! Payloads: what a wrong server makes of them before it stores them.

use super::super::mutant::Mutant;
use super::super::switch::Switch;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::new(
        "unknown-fields-dropped",
        Switch::UnknownFieldsDropped,
        &["push.payload-round-trips"],
        "Fields that no table knows disappear.",
    ),
    Mutant::new(
        "null-fields-dropped",
        Switch::NullFieldsDropped,
        &["push.payload-round-trips"],
        "Fields that are null disappear.",
    ),
    Mutant::new(
        "numbers-through-f32",
        Switch::NumbersThroughF32,
        &["push.payload-round-trips"],
        "Fractions are kept in single precision.",
    ),
    Mutant::new(
        "integers-in-32-bits",
        Switch::IntegersIn32Bits,
        &["push.payload-round-trips"],
        "Integers are clamped to 32 bits.",
    ),
    Mutant::new(
        "empty-text-is-null",
        Switch::EmptyTextIsNull,
        &["push.payload-round-trips"],
        "Empty strings become null.",
    ),
    Mutant::new(
        "astral-replaced",
        Switch::AstralReplaced,
        &["push.payload-round-trips"],
        "Characters beyond the basic plane are replaced.",
    ),
    Mutant::new(
        "text-trimmed",
        Switch::TextTrimmed,
        &["push.payload-round-trips"],
        "Strings lose the blanks at their ends.",
    ),
    Mutant::new("text-composed", Switch::TextComposed, &["push.payload-round-trips"], "Strings are stored in NFC."),
    Mutant::new(
        "markup-escaped",
        Switch::MarkupEscaped,
        &["push.payload-round-trips"],
        "A less-than sign is stored as an entity.",
    ),
    Mutant::new(
        "bools-as-integers",
        Switch::BoolsAsIntegers,
        &["push.payload-round-trips"],
        "True and false come back as 1 and 0.",
    ),
];
