//! Settings of the gate: flags outweigh the environment, which outweighs `[gate]` of `syncproof.toml`.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use chrono::NaiveDate as Date;
use clap::ValueEnum as _;
use serde::Deserialize;

use super::level::Level;
use crate::cases;
use syncproof_harness::baseline::{Baseline, Update};
use syncproof_harness::exit::CliError;
use syncproof_harness::gate::{Gate, Threshold};
use syncproof_harness::selection::Shard;

/// How often a failed case is run again by default.
const RERUNS: u32 = 1;
const MAX_RERUNS: u32 = 20;

/// The flags that decide what fails a run.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct GateArgs {
    /// TOML file with known, accepted failures. The run fails when a case fails that is not listed, when a listed case
    /// passes, or when an entry has expired or names no case [env: SYNCPROOF_BASELINE]
    #[arg(help_heading = "Gate", long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write the baseline: keep the entries that still fail, remove those that pass, and add new failures
    #[arg(help_heading = "Gate", long, conflicts_with = "fail_fast")]
    pub update_baseline: bool,
    /// Owner of the entries that are added; without an owner they fail the next run
    #[arg(help_heading = "Gate", long, value_name = "NAME", requires = "update_baseline")]
    pub baseline_owner: Option<String>,
    /// Why the failures that are added are accepted; entries without a reason fail the next run
    #[arg(help_heading = "Gate", long, value_name = "TEXT", requires = "update_baseline")]
    pub baseline_reason: Option<String>,
    /// Lowest level of a requirement whose violation fails the run; every case is run and reported either way
    /// [default: must] [env: SYNCPROOF_LEVEL]
    #[arg(help_heading = "Gate", long, value_enum, value_name = "LEVEL")]
    pub level: Option<Level>,
    /// How often a failed case is run again, to see whether it fails every time; it counts as failed even if it passes
    /// then [default: 1] [env: SYNCPROOF_RERUNS]
    #[arg(help_heading = "Gate", long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=i64::from(MAX_RERUNS)))]
    pub reruns: Option<u32>,
    /// Stop at the first case that fails the run [env: SYNCPROOF_FAIL_FAST=true]
    #[arg(help_heading = "Gate", long)]
    pub fail_fast: bool,
    /// Run only the I-th of N parts of the cases, such as 2/4; together the N parts run every case [env:
    /// SYNCPROOF_SHARD]
    #[arg(help_heading = "Gate", long, value_name = "I/N")]
    pub shard: Option<Shard>,
}

/// `[gate]` of `syncproof.toml`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct GateFile {
    baseline: Option<PathBuf>,
    level: Option<Threshold>,
    reruns: Option<u32>,
    fail_fast: Option<bool>,
}

/// Settings from flags, environment and file together.
#[derive(Debug, Clone)]
pub(crate) struct GateSettings {
    /// What fails the run.
    pub gate: Gate,
    /// How often a failed case is run again.
    pub reruns: u32,
    /// How to write the baseline after the run, if that was requested.
    pub update: Option<Update>,
}

impl GateArgs {
    /// The part of the cases that the flag or the environment selects.
    ///
    /// # Errors
    /// When the value of the variable is not a shard.
    pub(crate) fn shard(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<Option<Shard>, CliError> {
        match self.shard {
            Some(shard) => Ok(Some(shard)),
            None => variable(env, "SYNCPROOF_SHARD", Shard::from_str),
        }
    }
}

/// Combines the flags, the environment (read through `env`) and the file, and reads the baseline as of `today`.
///
/// # Errors
/// A sentence that names the setting and where it comes from, and says what is wrong with it.
pub(crate) fn resolve(
    flags: &GateArgs,
    env: &dyn Fn(&str) -> Option<String>,
    file: &GateFile,
    today: Date,
) -> Result<GateSettings, CliError> {
    let level = |name: &str| Level::from_str(name, true).map_err(|_| "it has to be must or should".to_owned());
    let number = |text: &str| text.parse::<u32>().map_err(|error| error.to_string());
    let truth = |text: &str| text.parse::<bool>().map_err(|_| "it has to be true or false".to_owned());

    let level = flags.level.or(variable(env, "SYNCPROOF_LEVEL", level)?);
    let threshold = level.map(Threshold::from).or(file.level).unwrap_or_default();
    let reruns = flags.reruns.or(variable(env, "SYNCPROOF_RERUNS", number)?).or(file.reruns).unwrap_or(RERUNS);
    if reruns > MAX_RERUNS {
        return Err(CliError::usage(format!("{reruns} reruns of a case are too many: {MAX_RERUNS} at most")));
    }
    let fail_fast = variable(env, "SYNCPROOF_FAIL_FAST", truth)?.or(file.fail_fast).unwrap_or(false);
    // A baseline has to include every failure, so the setting of the file does not count when one is written.
    let fail_fast = flags.fail_fast || (fail_fast && !flags.update_baseline);

    let named = env("SYNCPROOF_BASELINE").filter(|path| !path.is_empty()).map(PathBuf::from);
    let path = flags.baseline.clone().or(named).or_else(|| file.baseline.clone());
    let known = || cases::all().iter().map(|case| case.id).collect();
    let baseline = match path {
        None if flags.update_baseline => {
            return Err(CliError::usage("--update-baseline needs the file to write: give --baseline FILE"));
        }
        None => None,
        Some(path) if flags.update_baseline && !path.exists() => Some(Baseline::empty(path, today, known())?),
        Some(path) if !path.exists() => {
            let path = path.display();
            let hint = format!("`syncproof run --baseline {path} --update-baseline` writes a first one");
            return Err(CliError::usage(format!("there is no baseline {path}; {hint}")));
        }
        Some(path) => Some(Baseline::read(path, today, known())?),
    };
    let update = flags
        .update_baseline
        .then(|| Update { owner: flags.baseline_owner.clone(), reason: flags.baseline_reason.clone() });
    Ok(GateSettings { gate: Gate { threshold, fail_fast, baseline: baseline.map(Arc::new) }, reruns, update })
}

/// The value of a variable; an empty one counts as unset.
fn variable<T>(
    env: &dyn Fn(&str) -> Option<String>,
    name: &str,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<T>, CliError> {
    let text = env(name).filter(|text| !text.is_empty());
    let value = text.map(|text| read(&text).map_err(|why| CliError::usage(format!("{name} is `{text}`: {why}"))));
    value.transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_outweigh_the_environment_which_outweighs_the_file() {
        let file: GateFile = toml::from_str("level = 'should'\nreruns = 2\nfail_fast = true").expect("a file");
        let mut flags = GateArgs::default();
        let none = |_: &str| None;
        let settled = resolve(&flags, &none, &file, Date::MIN).expect("settled");
        assert_eq!((settled.gate.threshold, settled.reruns, settled.gate.fail_fast), (Threshold::Should, 2, true));
        let env = |name: &str| match name {
            "SYNCPROOF_LEVEL" => Some("must".to_owned()),
            "SYNCPROOF_RERUNS" => Some("3".to_owned()),
            "SYNCPROOF_FAIL_FAST" => Some("false".to_owned()),
            _ => None,
        };
        let settled = resolve(&flags, &env, &file, Date::MIN).expect("settled");
        assert_eq!((settled.gate.threshold, settled.reruns, settled.gate.fail_fast), (Threshold::Must, 3, false));
        (flags.level, flags.reruns, flags.fail_fast) = (Some(Level::Should), Some(0), true);
        let settled = resolve(&flags, &env, &file, Date::MIN).expect("settled");
        assert_eq!((settled.gate.threshold, settled.reruns, settled.gate.fail_fast), (Threshold::Should, 0, true));
    }

    #[test]
    fn a_wrong_variable_is_named() {
        for (name, value) in [("LEVEL", "may"), ("RERUNS", "x"), ("RERUNS", "21"), ("FAIL_FAST", "yes")] {
            let variable = format!("SYNCPROOF_{name}");
            let env = |asked: &str| (asked == variable).then(|| value.to_owned());
            let wrong = resolve(&GateArgs::default(), &env, &GateFile::default(), Date::MIN).expect_err("wrong");
            assert!(wrong.message.contains(value), "{wrong}");
        }
        let env = |asked: &str| (asked == "SYNCPROOF_SHARD").then(|| "0/2".to_owned());
        assert!(GateArgs::default().shard(&env).expect_err("wrong").message.contains("SYNCPROOF_SHARD"));
    }
}
