//! The HTML report of a campaign: one page that loads no other file and runs no script.

use askama::Template;

use super::diagram::Diagram;
use super::document::EndedCampaign;
use crate::about::Fact;
use crate::html::policy;
use crate::pretty::pretty;
use syncproof_campaign::sequence::sentences;
use syncproof_campaign::{CampaignReport, FindingEntry};
use syncproof_protocol::counted::counted;
use syncproof_protocol::visible::visible;

/// The style of all pages, and that of the diagrams.
const STYLE: &str = concat!(include_str!("../../templates/report.css"), include_str!("../../templates/campaign.css"));

#[derive(Template)]
#[template(path = "campaign.html")]
struct Page<'a> {
    style: &'static str,
    policy: String,
    title: String,
    version: &'static str,
    report: &'a CampaignReport,
    tone: &'static str,
    headline: String,
    /// How it ended.
    ending: String,
    facts: Vec<Fact>,
    repeat: String,
    findings: Vec<Shown<'a>>,
    situations: Vec<(String, u64)>,
    never: Vec<String>,
}

/// A finding as the page shows it.
struct Shown<'a> {
    entry: &'a FindingEntry,
    number: usize,
    /// The same on the page of another campaign that finds it.
    anchor: String,
    summary: String,
    expected: String,
    actual: String,
    sentences: Vec<String>,
    diagram: Diagram,
    request: String,
    answer: String,
    origin: String,
    repeat: String,
}

/// The whole page.
///
/// # Errors
/// When it cannot be rendered, which would be a fault of the suite.
pub(super) fn html(ended: &EndedCampaign) -> Result<String, String> {
    let report = &ended.report;
    let name = |event: &_| serde_json::to_value(event).ok().and_then(|name| name.as_str().map(spaced));
    let (tone, headline) = ended.headline();
    let page = Page {
        style: STYLE,
        policy: policy(STYLE, &[]),
        title: format!("{headline} – syncproof fuzz"),
        version: report.suite,
        report,
        tone,
        headline,
        ending: ended.ending(),
        facts: ended.about().facts(),
        repeat: visible(&report.repeat),
        findings: (1..).zip(anchors(report)).zip(&report.findings).map(|(place, entry)| shown(place, entry)).collect(),
        situations: report.totals.counters.iter().filter_map(|(event, count)| Some((name(event)?, *count))).collect(),
        never: report.totals.never_reached.iter().filter_map(name).collect(),
    };
    page.render().map_err(|error| error.to_string())
}

fn spaced(name: &str) -> String {
    name.replace('_', " ")
}

/// An anchor for each finding, from its id. Findings that look alike share one, so further ones get a number.
fn anchors(report: &CampaignReport) -> impl Iterator<Item = String> {
    report.findings.iter().enumerate().map(|(place, entry)| {
        match report.findings[..place].iter().filter(|earlier| earlier.id == entry.id).count() {
            0 => format!("finding-{}", entry.id),
            earlier => format!("finding-{}-{}", entry.id, earlier + 1),
        }
    })
}

fn shown((number, anchor): (usize, String), entry: &FindingEntry) -> Shown<'_> {
    let (request, answer) = entry.exchange.as_ref().map_or_else(Default::default, |exchange| {
        let body = exchange.request.as_ref().map(|body| pretty(&body.to_string())).unwrap_or_default();
        let status = match exchange.status {
            Some(status) => format!("Status {status}"),
            None => format!("No answer: {}", exchange.error.as_deref().unwrap_or("unknown")),
        };
        let response = pretty(&exchange.response.to_string());
        let request = format!("{} {} of {}\n{body}", exchange.method, exchange.path, exchange.actor);
        (visible(request.trim_end()), visible(&format!("{status}\n{response}")))
    });
    let sequence = entry.sequence.map(|sequence| format!("sequence {sequence}, ")).unwrap_or_default();
    let repeats = match entry.repeats {
        Some(true) => "",
        Some(false) => "; it did not happen again when it was repeated (flaky)",
        None => "; it was not repeated",
    };
    Shown {
        entry,
        number,
        anchor,
        summary: visible(&entry.summary),
        expected: visible(&entry.expected),
        actual: visible(&entry.actual),
        sentences: sentences(&entry.steps).iter().map(|sentence| visible(sentence)).collect(),
        diagram: Diagram::of(entry),
        request,
        answer,
        origin: format!(
            "{sequence}shrunk from {} to {}{repeats}",
            counted(entry.shrunk_from, "step"),
            entry.steps.len()
        ),
        repeat: entry.repeat.as_deref().map(visible).unwrap_or_default(),
    }
}
