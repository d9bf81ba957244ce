//! `syncproof schema`: the form of the JSON report.

use super::say;
use crate::exit::{Exit, Trouble};
use crate::report;

pub(super) fn execute() -> Result<Exit, Trouble> {
    say(&report::schema());
    Ok(Exit::Conformant)
}
