//! The report of a campaign for the terminal: its head at the start, and the rest when it has ended.

use super::document::{CampaignSettings, EndedCampaign};
use crate::about::short_digest;
use syncproof_protocol::visible::visible;

/// What the campaign is about, for its start.
#[must_use]
pub fn head(target: &str, seed: u64, settings: &CampaignSettings) -> String {
    let seed = if settings.scope.is_none() { format!(", seed {seed}") } else { String::new() };
    let (version, requirements, settings) = (env!("CARGO_PKG_VERSION"), short_digest(), settings.text());
    let target = visible(target);
    format!("syncproof {version}: sequences against {target}{seed}\nrequirements {requirements} · {settings}\n")
}

/// What it did and found, and how it ended.
#[must_use]
pub fn body(ended: &EndedCampaign) -> String {
    format!("{}ended {}: {}\n", ended.report.text(), ended.ended, ended.ending())
}
