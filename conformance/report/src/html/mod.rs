//! The HTML report: one page that loads no other file.

mod case;
mod cause;
mod failure;
mod requirement;
mod text;
mod timeline;

use askama::Template;

use super::about::{About, Fact};
use super::analysis::Analysis;
use super::ladder::Rung;
use super::subject::Subject;
use case::{Count, Group};
use cause::CauseView;
use requirement::Chapter;
use syncproof_harness::case::Summary;
use syncproof_harness::exit::Exit;
use syncproof_protocol::requirement::Level;
use syncproof_protocol::visible::visible;
pub(super) use text::{Span, policy, with_code};

const STYLE: &str = include_str!("../../templates/report.css");
const EARLY: &str = "document.documentElement.classList.add('script');";
const SCRIPT: &str = include_str!("../../templates/report.js");

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    style: &'static str,
    early: &'static str,
    script: &'static str,
    policy: String,
    title: String,
    version: &'static str,
    /// `good`, `fair`, `bad` or `none`: the colour of the verdict.
    tone: &'static str,
    headline: &'static str,
    verdict: String,
    facts: Vec<Fact>,
    counts: Vec<Count>,
    causes: Vec<CauseView>,
    /// The levels of a server that is built step by step; empty when the run was about a part of the cases.
    ladder: Vec<Rung>,
    chapters: Vec<Chapter>,
    groups: Vec<Group>,
    cases: usize,
}

/// The whole page.
///
/// # Errors
/// When it cannot be rendered, which would be a fault of the suite.
pub fn html(subject: &Subject, finished: &Analysis<'_>) -> Result<String, String> {
    let summary = finished.summary();
    let is_verdict = !finished.passed_up_to_a_level() && !finished.is_of_a_part();
    let verdict = finished.verdict();
    let headline = if is_verdict { headline(finished.exit(), summary) } else { "Not a verdict" };
    let found = &finished.causes;
    let page = Page {
        style: STYLE,
        early: EARLY,
        script: SCRIPT,
        policy: policy(STYLE, &[EARLY, SCRIPT]),
        title: format!("{headline} – syncproof report"),
        version: env!("CARGO_PKG_VERSION"),
        tone: if is_verdict || finished.exit() != Exit::Conformant { tone(finished.exit(), summary) } else { "none" },
        headline,
        verdict: if finished.is_of_a_part() { visible(&verdict) } else { text::sentence(&verdict) },
        facts: About::run(subject, finished).facts(),
        counts: case::counts(&finished.reports),
        causes: cause::views(subject, found),
        ladder: if finished.shows_levels() { finished.ladder() } else { Vec::new() },
        chapters: requirement::chapters(&finished.reports, &cause::by_requirement(found)),
        groups: case::groups(subject, finished, &cause::by_case(found)),
        cases: summary.cases,
    };
    page.render().map_err(|error| error.to_string())
}

fn tone(exit: Exit, summary: Summary) -> &'static str {
    match exit {
        Exit::Conformant if summary.warned > 0 => "fair",
        Exit::Conformant => "good",
        Exit::NotConformant => "bad",
        _ => "none",
    }
}

fn headline(exit: Exit, summary: Summary) -> &'static str {
    match exit {
        Exit::Conformant if summary.warned > 0 => "Conformant, with warnings",
        Exit::Conformant => "Conformant",
        Exit::NotConformant => "Not conformant",
        _ => "No verdict",
    }
}
