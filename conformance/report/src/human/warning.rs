//! Lines that warn of what the counts do not show: capabilities that are not declared, and what the baseline does not accept.

use super::style::{RED, YELLOW};
use crate::subject::Subject;

/// The warning about capabilities that the target has and does not declare: the verdict says nothing about them.
pub(super) fn undeclared(subject: &Subject) -> Option<String> {
    let names = subject.undeclared.join(", ");
    let hint = "and does not declare it: cases that need it do not run";
    (!names.is_empty()).then(|| format!("{YELLOW}WARNING{YELLOW:#} the target shows {names} {hint}"))
}

/// Why the baseline makes the run fail.
pub(super) fn breach(line: &str) -> String {
    format!("{RED}BASELINE{RED:#} {line}")
}
