//! `syncproof judge`: what a recorded history contradicts.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::console::{Format, json, print};
use super::new_file;
use syncproof_harness::exit::{CliError, Exit};
use syncproof_history::{History, Verdict, file, judge};
use syncproof_report::{HistoryView, histories_page};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Histories: JSON Lines, each line an HTTP exchange with its times (`syncproof schema history`)
    #[arg(required = true, value_name = "FILE")]
    histories: Vec<PathBuf>,
    /// Format of the output
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    /// Also write a page with a picture of the calls around each contradiction
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// The verdict on one file.
#[derive(Debug, Serialize)]
struct Judged {
    history: String,
    #[serde(flatten)]
    verdict: Verdict,
}

pub(super) fn execute(args: &Args) -> Result<Exit, CliError> {
    let mut views = Vec::new();
    let judged = (1..).zip(&args.histories).map(|(number, path)| {
        let (history, judged) = judge_file(path)?;
        if args.html.is_some() {
            views.push(HistoryView::of(number, &judged.history, &history, &judged.verdict));
        }
        Ok(judged)
    });
    let judged = judged.collect::<Result<Vec<_>, CliError>>()?;
    if let Some(path) = &args.html {
        new_file::write(path, &histories_page(views).map_err(CliError::fault)?, true)?;
    }
    print(&match args.format {
        Format::Human => judged.iter().map(text).collect(),
        Format::Json => json(&judged)?,
    });
    Ok(if judged.iter().any(|judged| judged.verdict.is_bad()) {
        Exit::NotConformant
    } else if judged.iter().any(|judged| judged.verdict.calls == 0) {
        Exit::NothingSelected
    } else {
        Exit::Conformant
    })
}

/// The history in that file.
///
/// # Errors
/// When it cannot be read: the error names the file and the line.
pub(super) fn read_history(path: &Path) -> Result<History, CliError> {
    let wrong = |reason: String| CliError::usage(format!("{}: {reason}", path.display()));
    let opened = File::open(path).map_err(|error| wrong(error.to_string()))?;
    file::read(BufReader::with_capacity(1 << 20, opened)).map_err(|error| wrong(error.to_string()))
}

fn judge_file(path: &Path) -> Result<(History, Judged), CliError> {
    let history = read_history(path)?;
    let verdict = Verdict::of(&history, &judge(&history));
    Ok((history, Judged { history: path.display().to_string(), verdict }))
}

fn text(judged: &Judged) -> String {
    let Judged { history, verdict } = judged;
    let says = match (verdict.calls, verdict.broken.len()) {
        (0, _) => "no calls, so that nothing can be judged".to_owned(),
        (calls, 0) if verdict.not_decided > 0 => format!("{calls} calls, and no contradiction where it was decided"),
        (calls, 0) => format!("{calls} calls, and no contradiction"),
        (calls, 1) => format!("{calls} calls, and one requirement is broken"),
        (calls, broken) => format!("{calls} calls, and {broken} requirements are broken"),
    };
    format!("{history}: {says}\n{}", verdict.text())
}
