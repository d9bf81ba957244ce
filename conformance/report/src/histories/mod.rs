//! The page about histories: each broken requirement, and a picture of the calls that contradict each other.

mod picture;

use askama::Template;

use crate::html::{Span, policy, with_code};
use picture::Picture;
use syncproof_history::{Contradiction, History, Timeline, Verdict, Witness, not_decided_text};
use syncproof_protocol::counted::counted;
use syncproof_protocol::visible::visible;

/// The style of all pages, and that of the pictures.
const STYLE: &str = concat!(include_str!("../../templates/report.css"), include_str!("../../templates/histories.css"));
/// How many contradictions of one requirement have a picture.
const SHOWN: usize = 3;

#[derive(Template)]
#[template(path = "histories.html")]
struct Page {
    style: &'static str,
    policy: String,
    title: String,
    version: &'static str,
    tone: &'static str,
    headline: &'static str,
    histories: Vec<HistoryView>,
}

/// One history, as far as the page shows it: the history itself is not needed any more.
pub struct HistoryView {
    name: String,
    /// How many calls, and what was not decided.
    says: String,
    is_empty: bool,
    is_bad: bool,
    /// Whether anything is broken or was not decided.
    is_open: bool,
    broken: Vec<BrokenView>,
}

/// A requirement that is broken.
struct BrokenView {
    anchor: String,
    requirement: &'static str,
    text: Vec<Span>,
    level: String,
    count: usize,
    found: Vec<Found>,
}

/// A contradiction.
struct Found {
    anchor: String,
    message: Vec<Span>,
    picture: Picture,
    calls: Vec<String>,
}

/// The page about these histories.
///
/// # Errors
/// When it cannot be rendered, which would be a fault of the suite.
pub fn histories_page(histories: Vec<HistoryView>) -> Result<String, String> {
    let (tone, headline) = if histories.iter().any(|history| history.is_bad) {
        ("bad", "Contradictions")
    } else if histories.iter().all(|history| history.is_empty) {
        ("none", "Nothing to judge")
    } else if histories.iter().any(|history| history.is_open) {
        ("fair", "No MUST is contradicted")
    } else {
        ("good", "No contradiction")
    };
    let page = Page {
        style: STYLE,
        policy: policy(STYLE, &[]),
        title: format!("{headline} – syncproof judge"),
        version: env!("CARGO_PKG_VERSION"),
        tone,
        headline,
        histories,
    };
    page.render().map_err(|error| error.to_string())
}

impl HistoryView {
    /// The part about one history, which is the one with that number on the page.
    #[must_use]
    pub fn of(number: usize, name: &str, history: &History, verdict: &Verdict) -> Self {
        let not_decided = if verdict.not_decided > 0 { not_decided_text(verdict.not_decided) } else { String::new() };
        let broken = verdict.broken.iter().map(|broken| {
            let anchor = format!("history-{number}-{}", broken.requirement.replace('.', "-"));
            let found = (1..).zip(broken.found.iter().take(SHOWN));
            let found = found.map(|(place, found)| found_view(format!("{anchor}-{place}"), history, found)).collect();
            let (requirement, text, count) = (broken.requirement, with_code(broken.text), broken.count);
            BrokenView { anchor, requirement, text, level: broken.level.to_string(), count, found }
        });
        HistoryView {
            name: visible(name),
            says: format!("{}. {not_decided}", counted(verdict.calls, "call")).trim_end().to_owned(),
            is_empty: history.is_empty(),
            is_bad: verdict.is_bad(),
            is_open: !verdict.broken.is_empty() || verdict.not_decided > 0,
            broken: broken.collect(),
        }
    }
}

fn found_view(anchor: String, history: &History, found: &Contradiction) -> Found {
    Found {
        anchor,
        message: with_code(&found.message),
        picture: Picture::of(&Timeline::of(history, found)),
        calls: found.calls.iter().map(|call: &Witness| visible(&call.text())).collect(),
    }
}
