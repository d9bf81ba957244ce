//! The report for the terminal: failures as they occur, and the verdict at the end.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::finished::Finished;
use super::subject::Subject;
use syncproof_harness::case::{CaseReport, Stability, Status};
use syncproof_harness::exit::Exit;
use syncproof_protocol::failure::{Failure, Phase};
use syncproof_protocol::requirement;
use syncproof_protocol::visible::visible;

const RED: Style = AnsiColor::Red.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const DIM: Style = Style::new().dimmed();

/// The text with a prefix before all lines but the first, so that text from a server can neither control a terminal nor
/// look like a line of the report, or like a command to a CI server.
fn lines(text: &str, start: &str) -> String {
    visible(text).replace('\n', &format!("\n{start}"))
}

/// Writes with colours; the stream decides whether to keep them.
#[derive(Debug)]
pub struct Human<W> {
    out: W,
    subject: Subject,
}

impl<W: Write> Human<W> {
    /// A report about that run.
    pub fn new(out: W, subject: Subject) -> Self {
        Human { out, subject }
    }

    /// The stream.
    pub fn into_inner(self) -> W {
        self.out
    }

    /// The head of the report.
    ///
    /// # Errors
    /// When the stream cannot be written to.
    pub fn open(&mut self, cases: usize) -> io::Result<()> {
        let Subject { target, capabilities, seed, .. } = &self.subject;
        writeln!(self.out, "syncproof {}: {cases} cases against {target}", env!("CARGO_PKG_VERSION"))?;
        let capabilities = if capabilities.is_empty() { "none".to_owned() } else { capabilities.join(", ") };
        writeln!(self.out, "{DIM}seed {seed} · capabilities: {capabilities}{DIM:#}")?;
        if !self.subject.undeclared.is_empty() {
            let names = self.subject.undeclared.join(", ");
            let hint = "and does not declare it: cases that need it do not run";
            writeln!(self.out, "{YELLOW}WARNING{YELLOW:#} the target shows {names} {hint}")?;
        }
        writeln!(self.out)
    }

    /// One case. Passed ones are not shown.
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
            // The verdict gives the reason, so these are not shown one by one.
            Status::NotRun if report.failures.is_empty() => return Ok(()),
            Status::NotRun => ("NOT RUN", YELLOW),
        };
        let out = &mut self.out;
        writeln!(out, "{style}{word}{style:#} {} {DIM}({} ms){DIM:#}", report.case.id, report.duration.as_millis())?;
        writeln!(out, "  {}", report.case.summary)?;
        match report.stability() {
            Some(Stability::Deterministic) => writeln!(out, "  deterministic: {}", counted(report))?,
            Some(Stability::Flaky) => writeln!(out, "  {YELLOW}flaky{YELLOW:#}: {}", counted(report))?,
            None => {}
        }
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
        writeln!(out, "  {setup}{}", lines(&failure.message, "  | "))?;
        writeln!(out, "    {GREEN}expected{GREEN:#} {}", lines(&failure.expected, "    | "))?;
        writeln!(out, "    {RED}actual{RED:#}   {}", lines(&failure.actual, "    | "))?;
        if let Some(exchange) = &failure.exchange {
            writeln!(out, "    {DIM}as {}{DIM:#}", exchange.actor)?;
            writeln!(out, "    > {} {}", exchange.method, lines(&exchange.path, "    > "))?;
            if let Some(body) = exchange.shown_request() {
                writeln!(out, "    > {}", lines(&body, "    > "))?;
            }
            match (&exchange.error, exchange.status) {
                (None, Some(status)) => {
                    writeln!(out, "    < {status}")?;
                    writeln!(out, "    < {}", lines(&exchange.shown_response(), "    < "))?;
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
        if let Some(judgement) = finished.gate.judgement(&finished.reports) {
            for line in judgement.accepted() {
                writeln!(out, "{YELLOW}KNOWN{YELLOW:#} {line}")?;
            }
            for line in &judgement.breaches {
                writeln!(out, "{RED}BASELINE{RED:#} {line}")?;
            }
        }
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
            Exit::Conformant if summary.warned == 0 && summary.failed == 0 => GREEN,
            Exit::Conformant => YELLOW,
            _ => RED,
        };
        writeln!(out, "{style}{}{style:#}", finished.verdict())?;
        out.flush()
    }
}

fn counted(report: &CaseReport) -> String {
    let runs = report.reruns.len() + 1;
    let same = report.reruns.iter().filter(|status| **status == report.status).count() + 1;
    format!("{same} of {runs} runs with this seed ended so")
}
