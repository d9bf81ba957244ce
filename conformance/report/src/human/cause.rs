//! The causes for the terminal: all the evidence of a few, and four lines for each of many.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::style::{DIM, GREEN, RED, YELLOW, repeat};
use super::{failure, story};
use crate::causes::Cause;
use crate::cut::cut;
use crate::subject::Subject;
use syncproof_harness::blocker::Blocker;
use syncproof_protocol::counted::counted;
use syncproof_protocol::failure::Phase;
use syncproof_protocol::visible::visible;

/// With more causes than this, each gets four lines, so that all of them fit on a screen or two.
const MAX_DETAILED: usize = 3;
/// Longer texts are cut in the short form, in characters.
const MAX_SHORT: usize = 96;
/// A longer summary is cut, in characters.
const MAX_SUMMARY: usize = 3 * MAX_SHORT;
/// How many requests of the case that shows a cause are listed, about. With `--verbose` the case itself has them.
const MAX_REQUESTS: usize = 8;
/// How many cases of a cause are named in the short form.
const MAX_NAMED: usize = 3;

/// Writes every cause, in the order in which to fix them.
pub(super) fn write_all(
    out: &mut impl Write,
    subject: &Subject,
    causes: &[Cause<'_>],
    is_verbose: bool,
) -> io::Result<()> {
    if causes.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}, in the order in which to fix them:\n", counted(causes.len(), "cause"))?;
    let is_detailed = is_verbose || causes.len() <= MAX_DETAILED;
    for (place, cause) in causes.iter().enumerate() {
        head(out, place + 1, cause, is_detailed)?;
        match is_detailed {
            true => detailed(out, subject, cause, is_verbose)?,
            false => short(out, cause)?,
        }
        writeln!(out, "  {}   {}", repeat(), cause.repeat(subject))?;
        if is_detailed {
            writeln!(out)?;
        }
    }
    if let Some(line) = stopped(causes) {
        writeln!(out, "{line}")?;
    }
    if !is_detailed {
        let failed: BTreeSet<&str> = causes.iter().flat_map(failed).collect();
        let cases = counted(failed.len(), "failed case");
        writeln!(out, "\n{DIM}--verbose shows the whole evidence of each cause and of the {cases}{DIM:#}")?;
    }
    Ok(())
}

/// How many cases end at these causes before they come to what they look at.
pub(super) fn stopped(causes: &[Cause<'_>]) -> Option<String> {
    let stopped: BTreeSet<&str> = causes.iter().flat_map(|cause| &cause.stops).copied().collect();
    let (stop, their) = if stopped.len() == 1 { ("stops", "its") } else { ("stop", "their") };
    let there = if causes.len() == 1 { "this cause" } else { "one of these causes" };
    let cases = counted(stopped.len(), "case");
    let line = format!("{cases} {stop} at {there}, so {their} own requirements are not judged yet");
    (!stopped.is_empty()).then_some(line)
}

/// The cases that it fails, directly or as a consequence.
fn failed<'a>(cause: &'a Cause<'_>) -> impl Iterator<Item = &'static str> + 'a {
    cause.fails.iter().chain(cause.consequences.iter().flat_map(|consequence| &consequence.fails)).copied()
}

/// All the evidence. What the first line says is not repeated.
fn detailed(out: &mut impl Write, subject: &Subject, cause: &Cause<'_>, is_verbose: bool) -> io::Result<()> {
    let failure = cause.failure;
    let is_said = cause.summary == failure.message && failure.phase == Phase::Check;
    failure::write(out, failure, !is_said || failure.message.chars().count() > MAX_SUMMARY)?;
    match cause.shown_by {
        Some(report) if !is_verbose => story::write(out, subject.story(report, MAX_REQUESTS).as_ref()),
        _ => Ok(()),
    }
}

fn head(out: &mut impl Write, number: usize, cause: &Cause<'_>, is_detailed: bool) -> io::Result<()> {
    let level = cause.level();
    let summary = cut(&visible(cause.summary).replace('\n', " "), MAX_SUMMARY);
    let (style, known) = if cause.is_known { (YELLOW, " (known)") } else { (RED, "") };
    writeln!(out, "{style}{number}. {level} {}{known}{style:#}: {summary}", cause.failure.requirement)?;
    if !is_detailed && cause.size() == 1 && cause.consequences.is_empty() {
        // The command that repeats it names the case.
        return Ok(());
    }
    let named = |verb: &str, cases: &[&str]| match cases {
        [] => None,
        [case] => Some(format!("{verb} {case}")),
        [first, rest @ ..] if rest.len() < MAX_NAMED => Some(format!("{verb} {first}, {}", rest.join(", "))),
        [first, ..] => Some(format!("{verb} {}, such as {first}", counted(cases.len(), "case"))),
    };
    let also: Vec<&str> = cause.consequences.iter().map(|consequence| consequence.requirement).collect();
    let consequences = match also.len() {
        0 => None,
        few if is_detailed || few <= MAX_NAMED => Some(format!("probably also breaks {}", also.join(", "))),
        many => Some(format!("probably also breaks {} and {} more", also[..MAX_NAMED].join(", "), many - MAX_NAMED)),
    };
    let counts = [named("fails", &cause.fails), named("blocks", &cause.blocks), consequences];
    writeln!(out, "  {}", counts.into_iter().flatten().collect::<Vec<_>>().join("; "))
}

/// Both sides, the request and the answer in two lines.
fn short(out: &mut impl Write, cause: &Cause<'_>) -> io::Result<()> {
    let cut = |text: &str| cut(&visible(text).replace('\n', " "), MAX_SHORT);
    let failure = cause.failure;
    // Where the first line says both sides, they are not repeated; the answer of a missing endpoint is in the line below.
    let is_missing = cause.blocker.is_some_and(Blocker::is_missing);
    if !is_missing && !cause.summary.contains(", and should ") {
        let (expected, actual) = (cut(&failure.expected), cut(&failure.actual));
        writeln!(out, "  {GREEN}expected{GREEN:#} {expected}; {RED}actual{RED:#} {actual}")?;
    }
    let Some(exchange) = &failure.exchange else { return Ok(()) };
    let request = exchange.shown_request().map(|body| format!(" {}", cut(&body))).unwrap_or_default();
    let answer = match exchange.status {
        Some(status) => format!("{status} {}", cut(&exchange.shown_response())),
        None => exchange.error.clone().unwrap_or_default(),
    };
    writeln!(out, "  {DIM}{}{DIM:#} {} {}{request} → {answer}", exchange.actor, exchange.method, cut(&exchange.path))
}
