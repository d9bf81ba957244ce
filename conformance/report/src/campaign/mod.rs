//! Reports of campaigns: what `syncproof fuzz` found.

mod diagram;
mod html;
mod junit;

use super::output::Format;
use syncproof_campaign::CampaignReport;

/// The report of a campaign in that format.
///
/// # Errors
/// When the format is none for campaigns, or the report cannot be made, which would be a fault of the suite.
pub fn campaign(format: Format, report: &CampaignReport) -> Result<String, String> {
    match format {
        Format::Human => Ok(report.text()),
        Format::Json => serde_json::to_string_pretty(report).map(|text| text + "\n").map_err(|error| error.to_string()),
        Format::Junit => junit::junit(report),
        Format::Html => html::html(report),
        Format::Github | Format::Badge | Format::BadgeJson => {
            Err("campaigns have no badge and no report for GitHub: use human, json, junit or html".to_owned())
        }
    }
}
