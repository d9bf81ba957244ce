//! For GitHub Actions: annotations (workflow commands on standard output), and the step summary in Markdown.

use std::fmt::Write as _;

use super::about::{About, short_digest};
use super::analysis::Analysis;
use super::causes::Cause;
use super::coverage::coverage;
use super::evidence::{binding, evidence, message};
use super::subject::Subject;
use syncproof_harness::case::{CaseReport, Status};
use syncproof_protocol::counted::counted;
use syncproof_protocol::failure::Failure;
use syncproof_protocol::requirement;
use syncproof_protocol::visible::{is_invisible, visible};

/// How many annotations of one kind GitHub shows for a step. It drops further ones without notice, so they are not sent.
const MAX_ANNOTATIONS: usize = 10;
/// How many characters of a text an annotation shows.
const MAX_CHARS: usize = 300;
/// How many causes the summary lists.
const MAX_CAUSES: usize = 50;
/// How many cases the summary shows with evidence.
const MAX_DETAILS: usize = 50;
/// The size of the summary in bytes. GitHub allows 1 MiB for a step; this leaves room for other summaries.
const MAX_SUMMARY_BYTES: usize = 512 * 1024;

/// The annotations, one line each.
#[must_use]
pub fn annotations(subject: &Subject, finished: &Analysis<'_>) -> String {
    let mut text = String::new();
    let known = finished.known();
    let is_new = |report: &&CaseReport| !known.contains_key(report.case.id);
    let is_error = |report: &&CaseReport| {
        let is_cut_short = report.status == Status::NotRun && !report.failures.is_empty();
        is_new(report) && (report.status == Status::Failed || is_cut_short)
    };
    let is_warning = |report: &&CaseReport| report.status == Status::Warned && is_new(report);
    let errors: Vec<&CaseReport> = finished.reports.iter().filter(is_error).collect();
    let warnings: Vec<&CaseReport> = finished.reports.iter().filter(is_warning).collect();
    // The reason for an early end is always shown.
    let aborted = usize::from(finished.aborted.is_some());
    if let Some(reason) = &finished.aborted {
        text.push_str(&annotation("error", "no verdict", reason));
    }
    for (kind, reports, most) in [("error", errors, MAX_ANNOTATIONS - aborted), ("warning", warnings, MAX_ANNOTATIONS)]
    {
        for report in reports.iter().take(most) {
            let title = match report.failures.first() {
                Some(_) if report.fault => format!("{}: fault in the suite", report.case.id),
                Some(failure) => format!("{}: {}", report.case.id, binding(failure)),
                None => report.case.id.to_owned(),
            };
            let failures: String = report.failures.iter().map(in_short).collect();
            let words = format!("{failures}repeat    {}", subject.repeat(report));
            text.push_str(&annotation(kind, &title, &words));
        }
        if reports.len() > most {
            let rest =
                format!("{} more with {kind}s are in the summary and in the other reports", reports.len() - most);
            text.push_str(&annotation("notice", "more cases", &rest));
        }
    }
    if !known.is_empty() {
        let accepted = format!("{} as the baseline says", counted(known.len(), "known failure"));
        text.push_str(&annotation("notice", "baseline", &accepted));
    }
    text
}

/// A failure without its exchange, to keep annotations short.
fn in_short(failure: &Failure) -> String {
    let cut = |text: &str| {
        let mut letters = text.chars();
        let start: String = letters.by_ref().take(MAX_CHARS).collect();
        if letters.next().is_none() { visible(&start) } else { visible(&start) + "…" }
    };
    let sentence = requirement::find(failure.requirement).map_or("", |requirement| requirement.text);
    let (expected, actual) = (cut(&failure.expected), cut(&failure.actual));
    format!("{sentence}\n{}\nexpected  {expected}\nactual    {actual}\n", cut(&message(failure)))
}

/// What is wrong, and how many cases that fails or blocks.
fn in_one_line(cause: &Cause<'_>) -> String {
    let summary: String = cause.summary.chars().take(MAX_CHARS).collect();
    format!("{}: {}", counted(cause.size(), "case"), visible(&summary).replace('\n', " "))
}

/// One workflow command.
fn annotation(kind: &str, title: &str, message: &str) -> String {
    format!("::{kind} title={}::{}\n", escaped_property(title), escaped_data(message))
}

fn escaped_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn escaped_property(text: &str) -> String {
    escaped_data(text).replace(':', "%3A").replace(',', "%2C")
}

/// The step summary.
#[must_use]
pub fn summary(subject: &Subject, finished: &Analysis<'_>) -> String {
    let counts = finished.summary();
    let mut text = format!("## syncproof: {}\n\n", escaped(&finished.verdict()));
    let About { suite, target, seed, settings, started, ended, .. } = About::run(subject, finished);
    let target = code(&target);
    let _ = writeln!(text, "Target {target} · seed {seed} · syncproof {suite} · requirements {}\n", short_digest());
    let _ = writeln!(text, "From {started} to {ended} · {}\n", escaped(&settings));
    let _ = writeln!(
        text,
        "**{}**: {} passed, {} failed, {} blocked, {} warned, {} skipped, {} not applicable, {} not run\n",
        counted(counts.cases, "case"),
        counts.passed,
        counts.failed,
        counts.blocked,
        counts.warned,
        counts.skipped,
        counts.not_applicable,
        counts.not_run
    );
    let found = &finished.causes;
    for cause in found.iter().take(MAX_CAUSES) {
        let _ = writeln!(text, "1. {}, {}", code(cause.failure.requirement), escaped(&in_one_line(cause)));
    }
    if found.len() > MAX_CAUSES {
        let _ = writeln!(text, "\n{} not shown here.", counted(found.len() - MAX_CAUSES, "more cause"));
    }
    if !found.is_empty() {
        text.push('\n');
    }
    text.push_str("| Chapter | Requirements | Held | Failed | Warned | Not judged |\n|---|--:|--:|--:|--:|--:|\n");
    for chapter in coverage(&finished.reports) {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            escaped(chapter.title),
            chapter.requirements,
            chapter.held,
            bold_unless_zero(chapter.failed),
            chapter.warned,
            chapter.not_judged
        );
    }
    let broken: Vec<&CaseReport> = finished.reports.iter().filter(|report| !report.failures.is_empty()).collect();
    let mut shown = 0;
    for report in broken.iter().take(MAX_DETAILS) {
        let details = details(subject, report);
        if text.len() + details.len() > MAX_SUMMARY_BYTES {
            break;
        }
        text.push_str(&details);
        shown += 1;
    }
    if shown < broken.len() {
        let _ = writeln!(text, "\nNot shown here: {}.", counted(broken.len() - shown, "more case"));
    }
    text
}

fn bold_unless_zero(count: usize) -> String {
    if count == 0 { "0".to_owned() } else { format!("**{count}**") }
}

/// One broken case, in a section that can be expanded.
fn details(subject: &Subject, report: &CaseReport) -> String {
    let word = match report.status {
        Status::Warned => "Warning",
        Status::NotRun => "Not run",
        _ if report.fault => "Fault in the suite",
        _ => "Failed",
    };
    let first = report.failures.first().map(|failure| format!(": {}", message(failure))).unwrap_or_default();
    let summary = format!("{word}: <code>{}</code>{}", escaped(report.case.id), escaped(&first));
    let evidence = report.failures.iter().map(evidence).collect::<Vec<_>>().join("\n");
    let evidence = fenced(&format!("{evidence}repeat    {}\n", subject.repeat(report)));
    format!("\n<details>\n<summary>{summary}</summary>\n\n{evidence}\n</details>\n")
}

/// The text in one line, escaped for Markdown and HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\r' | '\n' => escaped.push(' '),
            // A mention would notify users.
            '@' => escaped.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '!' | '|' | '~' | ':' => {
                let _ = write!(escaped, "&#{};", u32::from(letter));
            }
            _ if is_invisible(letter) => escaped.extend(letter.escape_unicode()),
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// Inline code on one line.
fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text))
}

/// A code block whose fence is longer than any run of backticks in it (CommonMark, section 4.5).
fn fenced(text: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for letter in text.chars() {
        run = if letter == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat((longest + 1).max(3));
    let text = visible(text);
    format!("{fence}text\n{}\n{fence}\n", text.trim_end_matches('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workflow_commands_are_escaped() {
        let line = annotation("error", "a: b, 100%", "first\r\nsecond: 50%, done");
        assert_eq!(line, "::error title=a%3A b%2C 100%25::first%0D%0Asecond: 50%25, done\n");
    }

    #[test]
    fn markdown_cannot_be_broken_out_of() {
        assert_eq!(escaped("<b>|*x*\n@you"), "&lt;b&gt;&#124;&#42;x&#42; &#64;you");
        assert!(fenced("```` </details>").starts_with("`````text\n"));
        assert_eq!(fenced("a\u{202e}b"), "```text\na\\u{202e}b\n```\n");
    }
}
