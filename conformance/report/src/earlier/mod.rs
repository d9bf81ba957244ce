//! JSON reports of earlier runs: read, merged, and compared.

mod changes;
mod comparison;
mod document;
mod merge;
mod text;

pub use comparison::{Comparison, comparison_schema};
pub use document::EarlierReport;
pub use merge::merge;
