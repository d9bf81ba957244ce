//! The JUnit report of a campaign: one test case for each finding, and one for each missing endpoint, one for the sequences.

use super::document::{EndedCampaign, Ending};
use crate::junit_xml::{Outcome, Property, Suite, TestCase, Text, seconds, written};
use syncproof_campaign::FindingEntry;

/// The whole report as XML.
///
/// # Errors
/// When it cannot be written as XML, which would be a fault of the suite.
pub(super) fn junit(ended: &EndedCampaign) -> Result<String, String> {
    let report = &ended.report;
    let unfinished = match ended.ended_by {
        Ending::TargetDied => Some("target died"),
        Ending::Interrupted => Some("interrupted"),
        _ if !ended.is_complete() => Some("nothing performed"),
        _ => None,
    };
    let unfinished = unfinished.map(|kind| Outcome::Error(Text::new(kind, &ended.ending(), "")));
    let sequences = test_case("fuzz/sequences".to_owned(), report.totals.seconds, unfinished);
    let missing = report.missing_endpoints.iter().map(|endpoint| of_missing(endpoint));
    let cases = std::iter::once(sequences).chain(missing).chain(report.findings.iter().map(of_finding)).collect();
    let mut properties = ended.about().properties();
    properties.extend([Property::new("verdict", report.verdict), Property::new("ending", &ended.ending())]);
    let times = (report.started.as_str(), report.totals.seconds);
    written(vec![Suite::new((0, "fuzz"), times, properties, cases, String::new())])
}

fn of_finding(finding: &FindingEntry) -> TestCase {
    let repeat = finding.repeat.as_deref().unwrap_or_default();
    let text = Text::new(finding.requirement, &finding.summary, &format!("{}\nrepeat  {repeat}\n", finding.text()));
    let name = format!("fuzz/{}-{}", finding.requirement, finding.id);
    test_case(name, finding.shrinking_seconds, Some(Outcome::Failure(text)))
}

fn of_missing(endpoint: &str) -> TestCase {
    let text = Text::new("blocked", &format!("core endpoint missing: {endpoint}"), "what needs it was not tried");
    test_case(format!("fuzz/{endpoint}"), 0.0, Some(Outcome::Failure(text)))
}

fn test_case(name: String, took: f64, outcome: Option<Outcome>) -> TestCase {
    TestCase { name, classname: "syncproof.fuzz".to_owned(), time: seconds(took), outcome }
}
