//! The report for people: failures as they come, and the verdict at the end.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{Finished, Subject};
use crate::case::{CaseReport, Status};
use crate::exit::Exit;
use crate::failure::{Failure, Phase};
use crate::requirement;

const RED: Style = AnsiColor::Red.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const DIM: Style = Style::new().dimmed();

/// Writes to a stream that takes colour; whoever opens it decides whether colour is kept.
#[derive(Debug)]
pub struct Human<W> {
    out: W,
    subject: Subject,
}

impl<W: Write> Human<W> {
    /// A report about that subject.
    pub fn new(out: W, subject: Subject) -> Self {
        Human { out, subject }
    }

    /// The head of the report.
    ///
    /// # Errors
    /// When the stream cannot be written to.
    pub fn open(&mut self, cases: usize) -> io::Result<()> {
        let Subject { target, capabilities, seed, .. } = &self.subject;
        writeln!(self.out, "syncproof {}: {cases} cases against {target}", env!("CARGO_PKG_VERSION"))?;
        let capabilities = if capabilities.is_empty() { "none".to_owned() } else { capabilities.join(", ") };
        writeln!(self.out, "{DIM}seed {seed} · capabilities: {capabilities}{DIM:#}\n")
    }

    /// One case; those that passed are not worth a line.
    ///
    /// # Errors
    /// When the stream cannot be written to.
    pub fn case(&mut self, report: &CaseReport) -> io::Result<()> {
        let (word, style) = match report.status {
            Status::Passed | Status::NotApplicable => return Ok(()),
            Status::Failed if report.fault => ("FAULT", RED),
            Status::Failed => ("FAILED", RED),
            Status::Warned => ("WARNING", YELLOW),
            Status::Skipped => ("SKIPPED", YELLOW),
            // The verdict says why; one line each would bury it.
            Status::NotRun if report.failures.is_empty() => return Ok(()),
            Status::NotRun => ("NOT RUN", YELLOW),
        };
        let out = &mut self.out;
        writeln!(out, "{style}{word}{style:#} {} {DIM}({} ms){DIM:#}", report.case.id, report.duration.as_millis())?;
        writeln!(out, "  {}", report.case.summary)?;
        if let Some(reason) = &report.reason {
            writeln!(out, "  {reason}")?;
        }
        for failure in &report.failures {
            self.failure(failure)?;
        }
        if !report.failures.is_empty() {
            writeln!(self.out, "  {DIM}repeat{DIM:#}   {}", self.subject.repeat(report.case.id))?;
        }
        writeln!(self.out)
    }

    fn failure(&mut self, failure: &Failure) -> io::Result<()> {
        let out = &mut self.out;
        let text = requirement::find(failure.requirement).map_or("", |requirement| requirement.text);
        writeln!(out, "  {} {}: {text}", requirement::level(failure.requirement), failure.requirement)?;
        let setup = if failure.phase == Phase::Setup { "while setting up: " } else { "" };
        writeln!(out, "  {setup}{}", failure.message)?;
        writeln!(out, "    {GREEN}expected{GREEN:#} {}", failure.expected)?;
        writeln!(out, "    {RED}actual{RED:#}   {}", failure.actual)?;
        if let Some(exchange) = &failure.exchange {
            writeln!(out, "    {DIM}as {}{DIM:#}", exchange.actor)?;
            writeln!(out, "    > {} {}", exchange.method, exchange.path)?;
            if let Some(body) = exchange.shown_request() {
                writeln!(out, "    > {body}")?;
            }
            match (&exchange.error, exchange.status) {
                (None, Some(status)) => {
                    writeln!(out, "    < {status}")?;
                    writeln!(out, "    < {}", exchange.shown_response())?;
                }
                (error, _) => writeln!(out, "    < no answer: {}", error.as_deref().unwrap_or("unknown"))?,
            }
        }
        Ok(())
    }

    /// The counts and the verdict.
    ///
    /// # Errors
    /// When the stream cannot be written to.
    pub fn close(&mut self, finished: &Finished, seconds: f64) -> io::Result<()> {
        let summary = finished.summary();
        let out = &mut self.out;
        write!(
            out,
            "{} cases: {} passed, {} failed, {} warned, ",
            summary.cases, summary.passed, summary.failed, summary.warned
        )?;
        write!(
            out,
            "{} skipped, {} not applicable, {} not run",
            summary.skipped, summary.not_applicable, summary.not_run
        )?;
        writeln!(out, " {DIM}({} requests in {seconds:.1} s){DIM:#}", finished.requests())?;
        let style = match finished.exit() {
            Exit::Conformant if summary.warned == 0 => GREEN,
            Exit::Conformant => YELLOW,
            _ => RED,
        };
        writeln!(out, "{style}{}{style:#}", finished.verdict())?;
        out.flush()
    }
}
