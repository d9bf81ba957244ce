//! Reports of campaigns: what `syncproof fuzz` found.

mod diagram;
mod document;
mod html;
mod human;
mod junit;

use super::output::Format;
pub use document::{CampaignSettings, EndedCampaign, Ending, schema};
pub use human::{body, head};

/// The report of a campaign in that format.
///
/// # Errors
/// When the format is none for campaigns, or the report cannot be made, which would be a fault of the suite.
pub fn campaign(format: Format, ended: &EndedCampaign) -> Result<String, String> {
    match format {
        Format::Human => {
            Ok(human::head(&ended.report.target, ended.report.seed, &ended.settings) + &human::body(ended))
        }
        Format::Json => serde_json::to_string_pretty(ended).map(|text| text + "\n").map_err(|error| error.to_string()),
        Format::Junit => junit::junit(ended),
        Format::Html => html::html(ended),
        Format::Github | Format::Badge | Format::BadgeJson => {
            Err("campaigns have no badge and no report for GitHub: use human, json, junit or html".to_owned())
        }
    }
}
