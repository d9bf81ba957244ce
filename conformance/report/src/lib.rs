//! Reports: what a run was about, and the verdict, from the stream of its events.

mod case_report;
mod coverage;
mod document;
mod evidence;
mod finished;
mod github;
mod html;
mod human;
mod json;
mod junit;
mod marked;
mod output;
mod pretty;
pub mod repro;
mod subject;

pub use case_report::{redacted, status_name};
pub use coverage::{ChapterCoverage, RequirementStatus, coverage, requirement_status};
pub use document::{FailureEntry, SCHEMA_VERSION, schema};
pub use evidence::evidence;
pub use finished::Finished;
pub use github::{annotations, summary};
pub use html::html;
pub use human::Human;
pub use json::json;
pub use junit::junit;
pub use output::{Format, Outputs, ReportSpec};
pub use subject::Subject;
