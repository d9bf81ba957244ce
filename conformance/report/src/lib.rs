//! Reports of a finished run in every format, and repro bundles.
//!
//! This crate is an internal part of the suite, and its API may change at any time. Programs that embed the suite use the
//! crate `syncproof`, which re-exports what they need.

mod about;
mod analysis;
mod badge;
mod campaign;
mod case_report;
mod causes;
mod coverage;
mod cut;
mod document;
mod earlier;
mod evidence;
mod finished;
mod github;
mod histories;
mod html;
mod human;
mod json;
mod junit;
mod junit_xml;
mod ladder;
mod marked;
mod output;
mod pretty;
pub mod repro;
mod selection;
mod story;
mod subject;
#[cfg(test)]
mod test_case;

pub use analysis::Analysis;
pub use campaign::{
    CampaignSettings, EndedCampaign, Ending, body as campaign_body, campaign, head as campaign_head,
    schema as campaign_schema,
};
pub use case_report::{redacted, redacted_blocker};
pub use causes::{Cause, Consequence};
pub use document::schema;
pub use earlier::{Comparison, EarlierReport, comparison_schema, merge};
pub use evidence::evidence;
pub use finished::{Finished, in_utc};
pub use github::{annotations, summary};
pub use histories::{HistoryView, histories_page};
pub use html::html;
pub use human::{Human, quiet};
pub use json::json;
pub use junit::junit;
pub use ladder::{Rung, ladder, lines as ladder_lines, next as next_level, reached as level_reached};
pub use output::{Format, Outputs, ReportSpec};
pub use selection::Selection;
pub use story::Story;
pub use subject::{RunSettings, Subject, requirements_digest};
