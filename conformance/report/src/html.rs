//! The HTML report: one page that loads no other file.

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::coverage::{ChapterCoverage, coverage};
use super::finished::Finished;
use super::ladder::Rung;
use super::marked::{Part, marked};
use super::pretty::pretty;
use super::subject::Subject;
use syncproof_harness::case::{CaseReport, Stability, Status, Summary};
use syncproof_harness::exit::Exit;
use syncproof_protocol::exchange::Exchange;
use syncproof_protocol::failure::{Failure, Phase};
use syncproof_protocol::requirement::{self, Level};
use syncproof_protocol::visible::visible;

const STYLE: &str = include_str!("../templates/report.css");
const EARLY: &str = "document.documentElement.classList.add('script');";
const SCRIPT: &str = include_str!("../templates/report.js");
/// How many broken cases are expanded when the page is opened. With more, an overview is more useful.
const OPEN_AT_FIRST: usize = 12;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    style: &'static str,
    early: &'static str,
    script: &'static str,
    policy: String,
    version: &'static str,
    /// `good`, `fair`, `bad` or `none`: the colour of the verdict.
    tone: &'static str,
    headline: &'static str,
    verdict: String,
    target: String,
    capabilities: String,
    seed: u64,
    started: String,
    seconds: String,
    requests: u64,
    counts: Vec<Count>,
    /// The levels of a server that is built step by step; empty when the run was about a part of the cases.
    ladder: Vec<Rung>,
    chapters: Vec<Chapter<'a>>,
    groups: Vec<Group>,
    cases: usize,
}

/// How many cases have one status.
struct Count {
    status: &'static str,
    label: &'static str,
    count: usize,
    /// Start and width of its part of the bar, in thousandths.
    from: usize,
    share: usize,
}

struct Chapter<'a> {
    coverage: &'a ChapterCoverage,
    anchor: String,
}

/// A part of a sentence.
struct Span {
    text: String,
    code: bool,
}

/// The cases of one status.
struct Group {
    status: &'static str,
    title: &'static str,
    /// Whether its cases have failures to show.
    detailed: bool,
    cases: Vec<Entry>,
}

struct Entry {
    id: &'static str,
    anchor: String,
    status: &'static str,
    label: &'static str,
    level: Level,
    summary: Vec<Span>,
    reason: String,
    requirements: Vec<&'static str>,
    milliseconds: u128,
    /// Whether it had this status every time, if it was run more than once.
    stability: &'static str,
    requests: u64,
    open: bool,
    failures: Vec<Shown>,
    repeat: String,
    /// The text that the search looks through, in lower case.
    haystack: String,
}

struct Shown {
    requirement: &'static str,
    level: Level,
    sentence: Vec<Span>,
    setup: bool,
    message: String,
    expected: Vec<Part>,
    actual: Vec<Part>,
    exchange: Option<ExchangeView>,
}

struct ExchangeView {
    actor: String,
    line: String,
    request: Option<String>,
    outcome: String,
    headers: Vec<(String, String)>,
    response: String,
    milliseconds: u64,
}

/// The whole page.
///
/// # Errors
/// When it cannot be rendered, which would be a fault of the suite.
pub fn html(subject: &Subject, finished: &Finished) -> Result<String, String> {
    let chapters = coverage(&finished.reports);
    let summary = finished.summary();
    let is_verdict = !finished.passed_up_to_a_level() && !finished.is_of_a_part();
    let verdict = finished.verdict();
    let page = Page {
        style: STYLE,
        early: EARLY,
        script: SCRIPT,
        policy: policy(),
        version: env!("CARGO_PKG_VERSION"),
        tone: if is_verdict || finished.exit() != Exit::Conformant { tone(finished.exit(), summary) } else { "none" },
        headline: if is_verdict { headline(finished.exit(), summary) } else { "Not a verdict" },
        verdict: if finished.is_of_a_part() { visible(&verdict) } else { sentence(&verdict) },
        target: visible(&subject.target),
        capabilities: if subject.capabilities.is_empty() { "none".to_owned() } else { subject.capabilities.join(", ") },
        seed: subject.seed,
        started: chrono::DateTime::<chrono::Utc>::from(finished.started).format("%Y-%m-%d %H:%M UTC").to_string(),
        seconds: format!("{:.1}", finished.duration.as_secs_f64()),
        requests: finished.requests(),
        counts: counts(&finished.reports),
        ladder: if finished.shows_levels() { finished.ladder() } else { Vec::new() },
        chapters: chapters
            .iter()
            .map(|coverage| Chapter { coverage, anchor: anchor("chapter", coverage.title) })
            .collect(),
        groups: groups(subject, finished),
        cases: summary.cases,
    };
    page.render().map_err(|error| error.to_string())
}

/// Allows only the style and the scripts of the page, by their hashes: no network, no injected script.
fn policy() -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; style-src {}; script-src {} {}; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(EARLY),
        hash(SCRIPT)
    )
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

/// The verdict without its first words, which stand above it as the headline.
fn sentence(verdict: &str) -> String {
    let rest = verdict.split_once(": ").map_or(verdict, |(_, rest)| rest);
    let mut letters = rest.chars();
    visible(&letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>())
}

/// A sentence, divided into text and the code between backticks.
fn with_code(text: &str) -> Vec<Span> {
    let spans = text.split('`').enumerate().filter(|(_, text)| !text.is_empty());
    spans.map(|(at, text)| Span { text: visible(text), code: at % 2 == 1 }).collect()
}

/// Every status, the most important first, with its label for a case and its title for a group.
const STATUSES: [(Status, &str, &str); 7] = [
    (Status::Failed, "Failed", "Failures"),
    (Status::Blocked, "Blocked", "Blocked"),
    (Status::Warned, "Warned", "Warnings"),
    (Status::NotRun, "Not run", "Not run"),
    (Status::Skipped, "Skipped", "Skipped"),
    (Status::NotApplicable, "Not applicable", "Not applicable"),
    (Status::Passed, "Passed", "Passed"),
];

fn counts(reports: &[CaseReport]) -> Vec<Count> {
    let all = reports.len().max(1);
    let mut before = 0;
    let mut counts = Vec::new();
    for (status, label, _) in STATUSES {
        let count = reports.iter().filter(|report| report.status == status).count();
        let from = before * 1000 / all;
        before += count;
        let share = before * 1000 / all - from;
        counts.push(Count { status: status.name(), label, count, from, share });
    }
    counts
}

fn groups(subject: &Subject, finished: &Finished) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut open = OPEN_AT_FIRST;
    for (status, label, title) in STATUSES {
        let mut cases = Vec::new();
        for report in finished.reports.iter().filter(|report| report.status == status) {
            let is_open = !report.failures.is_empty() && open > 0;
            open -= usize::from(is_open);
            cases.push(entry(subject, report, label, is_open));
        }
        let detailed = cases.iter().any(|case| !case.failures.is_empty());
        if !cases.is_empty() {
            groups.push(Group { status: status.name(), title, detailed, cases });
        }
    }
    groups
}

fn entry(subject: &Subject, report: &CaseReport, label: &'static str, open: bool) -> Entry {
    let case = report.case;
    let reason = report.reason.as_deref().map(visible).unwrap_or_default();
    let stability = report.stability().map_or("", Stability::name);
    let mut haystack = format!("{} {} {} {reason} {stability}", case.id, case.summary, case.requirements.join(" "));
    for failure in &report.failures {
        haystack.push_str(&format!(" {} {}", failure.requirement, visible(&failure.message)));
    }
    Entry {
        id: case.id,
        anchor: anchor("case", case.id),
        status: report.status.name(),
        label: if report.fault { "Fault in the suite" } else { label },
        level: case.level(),
        summary: with_code(case.summary),
        reason,
        requirements: case.requirements.to_vec(),
        milliseconds: report.duration.as_millis(),
        stability,
        requests: report.requests,
        open,
        failures: report.failures.iter().map(shown).collect(),
        repeat: visible(&subject.repeat(report)),
        haystack: haystack.to_lowercase(),
    }
}

fn shown(failure: &Failure) -> Shown {
    let (expected, actual) = marked(&visible(&failure.expected), &visible(&failure.actual));
    Shown {
        requirement: failure.requirement,
        level: requirement::level(failure.requirement),
        sentence: requirement::find(failure.requirement).map_or_else(Vec::new, |known| with_code(known.text)),
        setup: failure.phase == Phase::Setup,
        message: visible(&failure.message),
        expected,
        actual,
        exchange: failure.exchange.as_deref().map(exchange_view),
    }
}

fn exchange_view(exchange: &Exchange) -> ExchangeView {
    let outcome = match (&exchange.error, exchange.status) {
        (None, Some(status)) => format!("Status {status}"),
        (error, _) => format!("No answer: {}", error.as_deref().unwrap_or("unknown")),
    };
    ExchangeView {
        actor: visible(&exchange.actor),
        line: visible(&format!("{} {}", exchange.method, exchange.path)),
        request: exchange.shown_request().map(|body| visible(&pretty(&body))),
        outcome: visible(&outcome),
        headers: exchange.headers.iter().map(|(name, value)| (visible(name), visible(value))).collect(),
        response: visible(&pretty(&exchange.shown_response())),
        milliseconds: exchange.duration_ms,
    }
}

/// An anchor for a case or a chapter, whose names are ASCII.
fn anchor(kind: &str, name: &str) -> String {
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    format!("{kind}-{name}")
}
