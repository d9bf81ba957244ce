//! The flags about findings that all campaigns have: which are passed over, whether the first one ends it, who reads of them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::console::{Format, note};
use syncproof_harness::baseline::{self, Baseline};
use syncproof_harness::exit::CliError;
use syncproof_report as report;
use syncproof_report::{CampaignSettings, Outputs};

#[derive(Debug, clap::Args)]
pub(super) struct FindingArgs {
    /// Stop at the first finding
    #[arg(long)]
    pub(super) fail_fast: bool,
    /// TOML file with known, accepted findings, which are passed over; the file of `run --baseline` serves both
    #[arg(long, value_name = "FILE")]
    known: Option<PathBuf>,
    /// Write a report: human, json, junit or html, to a file, or to standard output (`-`); may be given more than once
    #[arg(long, value_name = "FORMAT=FILE")]
    report: Vec<String>,
}

impl FindingArgs {
    /// The ids of the findings that are passed over. Entries that are not in order are named, and count for nothing.
    pub(super) fn known(&self) -> Result<BTreeSet<String>, CliError> {
        let Some(path) = &self.known else { return Ok(BTreeSet::new()) };
        let listed = Baseline::read(path.clone(), baseline::today(), Vec::new())?;
        let mut known = BTreeSet::new();
        for entry in &listed.findings {
            match entry.objection(listed.today) {
                Some(objection) => note(&format!("{}:{}: {objection}", path.display(), entry.line)),
                None => drop(known.insert(entry.id.clone())),
            }
        }
        Ok(known)
    }

    /// The requested reports.
    pub(super) fn outputs(&self, format: Format) -> Result<Outputs, CliError> {
        let is_of_runs = |asked: &&String| asked.starts_with("github") || asked.starts_with("badge");
        if let Some(asked) = self.report.iter().find(is_of_runs) {
            let message = format!(
                "--report {asked}: campaigns have no badge and no report for GitHub; the formats are human, json, junit, html"
            );
            return Err(CliError::usage(message));
        }
        let wanted = self.report.iter().map(|asked| asked.parse()).collect::<Result<_, _>>()?;
        let stdout = (format == Format::Json).then_some(report::Format::Json);
        Outputs::open(wanted, stdout, None)
    }

    /// Adds to the settings of a campaign those that these flags make.
    pub(super) fn settings(&self, settings: CampaignSettings) -> CampaignSettings {
        let known = self.known.as_ref().map(|path| path.display().to_string());
        CampaignSettings { fail_fast: self.fail_fast, known, ..settings }
    }

    /// The words that repeat them.
    pub(super) fn repeating(&self) -> Vec<String> {
        let fail_fast = self.fail_fast.then(|| "--fail-fast".to_owned());
        let known = self.known.iter().flat_map(|path| ["--known".to_owned(), path.display().to_string()]);
        fail_fast.into_iter().chain(known).collect()
    }
}
