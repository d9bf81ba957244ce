//! The report for the terminal: the causes and the verdict at the end, and with `--verbose` each case as it ends.

mod cause;
mod failure;
mod quiet;
mod story;
mod style;
mod warning;
mod wrap;

use std::io::{self, IsTerminal, Write};

use crate::about::{About, short_digest};
use crate::analysis::Analysis;
use crate::ladder::lines as ladder_lines;
use crate::subject::Subject;
use style::{DIM, GREEN, RED, YELLOW, repeat};
use syncproof_harness::case::{CaseReport, Stability, Status};
use syncproof_harness::exit::Exit;
use syncproof_protocol::counted::counted;
use warning::{breach, undeclared};
use wrap::Wrapping;

pub use quiet::quiet;

/// How many requests of a case are listed, about.
const MAX_REQUESTS: usize = 16;

/// Writes with colours; the stream decides whether to keep them.
#[derive(Debug)]
pub struct Human<W> {
    out: Wrapping<W>,
    subject: Subject,
    is_verbose: bool,
}

impl<W: Write> Human<W> {
    /// A report about that run; a verbose one shows every case that did not pass.
    pub fn new(out: W, subject: Subject, is_verbose: bool) -> Self {
        Human { out: Wrapping::new(out, None), subject, is_verbose }
    }

    /// The same for standard output: on a terminal, lines are wrapped at its width.
    #[must_use]
    pub fn for_stdout(self) -> Self {
        let stdout = io::stdout();
        let width = stdout.is_terminal().then(|| terminal_size::terminal_size_of(stdout)).flatten();
        let width = width.map(|(width, _)| usize::from(width.0));
        Human { out: Wrapping::new(self.out.into_inner(), width), ..self }
    }

    /// The stream.
    pub fn into_inner(self) -> W {
        self.out.into_inner()
    }

    /// The head of the report.
    ///
    /// # Errors
    /// When the stream cannot be written to.
    pub fn open(&mut self, cases: usize) -> io::Result<()> {
        let about = About::begun(&self.subject);
        let capabilities = about.capabilities_in_words().unwrap_or_default();
        let About { suite, target, seed, settings, .. } = about;
        writeln!(self.out, "syncproof {suite}: {} against {target}", counted(cases, "case"))?;
        let requirements = short_digest();
        writeln!(self.out, "{DIM}seed {seed} · requirements {requirements} · capabilities: {capabilities}{DIM:#}")?;
        if self.is_verbose {
            writeln!(self.out, "{DIM}settings: {settings}{DIM:#}")?;
        }
        if let Some(warning) = undeclared(&self.subject) {
            writeln!(self.out, "{warning}")?;
        }
        writeln!(self.out)
    }

    /// One case. Passed ones are not shown. Without `--verbose` only what has no cause in the target is.
    ///
    /// # Errors
    /// When the stream cannot be written to.
    pub fn case(&mut self, report: &CaseReport) -> io::Result<()> {
        if !self.is_verbose && !report.fault && report.status != Status::NotRun {
            return Ok(());
        }
        let (word, style) = match report.status {
            Status::Passed | Status::NotApplicable => return Ok(()),
            Status::Failed if report.fault => ("FAULT", RED),
            Status::Failed => ("FAILED", RED),
            Status::Blocked => ("BLOCKED", RED),
            Status::Warned => ("WARNING", YELLOW),
            Status::Skipped => ("SKIPPED", YELLOW),
            // The verdict gives the reason, so these are not shown one by one.
            Status::NotRun if report.failures.is_empty() => return Ok(()),
            Status::NotRun => ("NOT RUN", YELLOW),
        };
        let out = &mut self.out;
        writeln!(out, "{style}{word}{style:#} {} {DIM}({} ms){DIM:#}", report.case.id, report.duration.as_millis())?;
        writeln!(out, "  {}", report.case.summary)?;
        match report.stability() {
            Some(Stability::Deterministic) => writeln!(out, "  deterministic: {}", times(report))?,
            Some(Stability::Flaky) => writeln!(out, "  {YELLOW}flaky{YELLOW:#}: {}", times(report))?,
            None => {}
        }
        if let Some(reason) = &report.reason {
            writeln!(out, "  {reason}")?;
        }
        for failure in &report.failures {
            failure::write(&mut self.out, failure, true)?;
        }
        story::write(&mut self.out, self.subject.story(report, MAX_REQUESTS).as_ref())?;
        if !report.failures.is_empty() {
            writeln!(self.out, "  {}   {}", repeat(), self.subject.repeat(report))?;
        }
        writeln!(self.out)
    }

    /// The counts and the verdict.
    ///
    /// # Errors
    /// When the stream cannot be written to.
    pub fn close(&mut self, finished: &Analysis<'_>, seconds: f64) -> io::Result<()> {
        let summary = finished.summary();
        cause::write_all(&mut self.out, &self.subject, &finished.causes, self.is_verbose)?;
        let out = &mut self.out;
        if let Some(judgement) = &finished.judgement {
            for line in judgement.accepted() {
                writeln!(out, "{YELLOW}KNOWN{YELLOW:#} {line}")?;
            }
            for line in &judgement.breaches {
                writeln!(out, "{}", breach(line))?;
            }
        }
        if finished.shows_levels() {
            for line in ladder_lines(&finished.ladder()) {
                writeln!(out, "{line}")?;
            }
        }
        write!(out, "{}: {} passed, {} failed, ", counted(summary.cases, "case"), summary.passed, summary.failed)?;
        if summary.blocked > 0 {
            write!(out, "{} blocked, ", summary.blocked)?;
        }
        write!(out, "{} warned, ", summary.warned)?;
        write!(
            out,
            "{} skipped, {} not applicable, {} not run",
            summary.skipped, summary.not_applicable, summary.not_run
        )?;
        let (requests, ended) = (counted(finished.requests(), "request"), finished.ended_at());
        writeln!(out, " {DIM}({requests} in {seconds:.1} s, ended {ended}){DIM:#}")?;
        let style = match finished.exit() {
            Exit::Conformant if finished.passed_up_to_a_level() || finished.is_of_a_part() => YELLOW,
            Exit::Conformant if summary.warned == 0 && summary.failed == 0 => GREEN,
            Exit::Conformant => YELLOW,
            _ => RED,
        };
        writeln!(out, "{style}{}{style:#}", finished.verdict())?;
        out.flush()
    }
}

fn times(report: &CaseReport) -> String {
    let runs = report.reruns.len() + 1;
    let same = report.reruns.iter().filter(|status| **status == report.status).count() + 1;
    format!("{same} of {} with this seed ended so", counted(runs, "run"))
}
