//! The causes on the page, in the order in which to fix them.

use std::collections::{BTreeMap, BTreeSet};

use super::failure::FailureView;
use super::text::{Link, anchor};
use crate::causes::Cause;
use crate::cut::cut;
use crate::subject::Subject;
use syncproof_protocol::counted::counted;
use syncproof_protocol::endpoint;
use syncproof_protocol::exchange::Exchange;
use syncproof_protocol::visible::visible;

/// With more causes than this, only their first lines are open when the page is opened.
const MAX_OPEN: usize = 3;
/// A longer request is cut in the first lines of a cause, in characters.
const MAX_REQUEST: usize = 80;
/// A longer sentence is cut there, too.
const MAX_SUMMARY: usize = 288;

pub(super) struct CauseView {
    pub(super) number: usize,
    pub(super) anchor: String,
    pub(super) id: String,
    pub(super) summary: String,
    /// `fails 23 cases, blocks 4 cases`, and whether the baseline accepts them.
    pub(super) size: String,
    pub(super) open: bool,
    /// Request and status in one line, or nothing.
    pub(super) short: String,
    pub(super) failure: FailureView,
    /// The case that shows it, if a case does.
    pub(super) shown_by: Option<Link>,
    /// Other broken requirements that it probably breaks as well.
    pub(super) consequences: Vec<Link>,
    pub(super) cases: Vec<Link>,
    pub(super) repeat: String,
}

/// The causes for the page.
pub(super) fn views(subject: &Subject, causes: &[Cause<'_>]) -> Vec<CauseView> {
    let open = causes.len() <= MAX_OPEN;
    (0..).zip(causes).map(|(place, cause)| view(subject, cause, place, open)).collect()
}

/// For each case, links to the causes that fail or block it.
pub(super) fn by_case(causes: &[Cause<'_>]) -> BTreeMap<&'static str, Vec<Link>> {
    let mut found: BTreeMap<&'static str, Vec<Link>> = BTreeMap::new();
    for (place, cause) in causes.iter().enumerate() {
        for case in cause.cases() {
            found.entry(case).or_default().push(link(place, cause));
        }
    }
    found
}

/// For each requirement, links to the causes that break it.
pub(super) fn by_requirement(causes: &[Cause<'_>]) -> BTreeMap<&'static str, Vec<Link>> {
    let mut found: BTreeMap<&'static str, Vec<Link>> = BTreeMap::new();
    for (place, cause) in causes.iter().enumerate() {
        let also = cause.consequences.iter().map(|consequence| consequence.requirement);
        for requirement in std::iter::once(cause.failure.requirement).chain(also) {
            found.entry(requirement).or_default().push(link(place, cause));
        }
    }
    found
}

/// A link to the cause. Its anchor is made of the id, which stays the same from run to run, and not of the place.
fn link(place: usize, cause: &Cause<'_>) -> Link {
    Link { anchor: anchor("cause", &cause.id), name: format!("cause {}", place + 1), class: "" }
}

fn view(subject: &Subject, cause: &Cause<'_>, place: usize, open: bool) -> CauseView {
    let fails = cause.fails.iter().map(|id| to_case(id, "failed"));
    let blocks = cause.blocks.iter().map(|id| to_case(id, "blocked"));
    let also = cause.consequences.iter().flat_map(|also| also.fails.iter().map(|id| to_case(id, "failed")));
    let mut failure = FailureView::of(cause.failure);
    if cause.summary == cause.failure.message && !failure.setup && failure.message.chars().count() <= MAX_SUMMARY {
        // It is the headline.
        failure.message.clear();
    }
    let mut cases: Vec<Link> = fails.chain(blocks).chain(also).collect();
    let mut seen = BTreeSet::new();
    cases.retain(|case| seen.insert(case.anchor.clone()));
    let size = [("fails", cause.size() - cause.blocks.len()), ("blocks", cause.blocks.len())];
    let size = size.into_iter().filter(|(_, count)| *count > 0);
    let size = size.map(|(verb, count)| format!("{verb} {}", counted(count, "case")));
    let known = cause.is_known.then(|| "known to the baseline".to_owned());
    let size: Vec<String> = size.chain(known).collect();
    let short = cause.failure.exchange.as_deref().map_or_else(String::new, |exchange| {
        let outcome = exchange.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        format!("{} as {} → {outcome}", request(exchange), exchange.actor)
    });
    let consequence = |also: &crate::causes::Consequence| Link {
        anchor: anchor("req", also.requirement),
        name: also.requirement.to_owned(),
        class: "",
    };
    CauseView {
        number: place + 1,
        anchor: link(place, cause).anchor,
        id: cause.id.clone(),
        summary: cut(&visible(cause.summary), MAX_SUMMARY),
        size: size.join(", "),
        open,
        short: visible(&short),
        failure,
        shown_by: cause.shown_by.map(|report| to_case(report.case.id, "")),
        consequences: cause.consequences.iter().map(consequence).collect(),
        cases,
        repeat: visible(&cause.repeat(subject)),
    }
}

/// Method and path in one line: ids as placeholders, since the whole request is below, and what is no endpoint cut.
fn request(exchange: &Exchange) -> String {
    let path = exchange.path.split('?').next().unwrap_or_default();
    match endpoint::find(&exchange.method, path) {
        Some(endpoint) => endpoint.method_and_path(),
        None => cut(&format!("{} {}", exchange.method, exchange.path), MAX_REQUEST),
    }
}

fn to_case(id: &str, class: &'static str) -> Link {
    Link { anchor: anchor("case", id), name: id.to_owned(), class }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_in_one_line_has_placeholders_and_is_cut() {
        let of = |method, path: &str| request(&Exchange::unanswered("anna", method, path, None));
        assert_eq!(of("POST", "/api/workspaces/bfacb88f-3881/members?x=1"), "POST /api/workspaces/{id}/members");
        assert_eq!(of("GET", "/api/nothing/7"), "GET /api/nothing/7");
        assert!(of("GET", &"/x".repeat(200)).chars().count() <= MAX_REQUEST + 1);
    }
}
