//! Speed limits and waiting times of a run, from flags, environment and configuration file.

use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;

use syncproof_harness::client::{MAX_WAIT, PaceSettings};
use syncproof_harness::exit::CliError;

/// The flags.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Patience")]
pub(crate) struct PatienceArgs {
    /// Longest total wait for one request to a server that answers 429, in seconds; its Retry-After is honoured
    /// [default: 60] [env: SYNCPROOF_MAX_WAIT]
    #[arg(long, value_name = "SECONDS")]
    pub max_wait: Option<f64>,
    /// Most requests a second that all cases together may send [env: SYNCPROOF_RATE]
    #[arg(long, value_name = "N")]
    pub rate: Option<f64>,
    /// Multiplies every deadline by this factor, at least 0.1 [default: 1] [env: SYNCPROOF_TIME_SCALE]
    #[arg(long, value_name = "FACTOR")]
    pub time_scale: Option<f64>,
}

/// The section `[patience]` of `syncproof.toml`.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct FilePatience {
    max_wait_seconds: Option<f64>,
    rate: Option<f64>,
    time_scale: Option<f64>,
}

impl PatienceArgs {
    /// The given flags, for a command that repeats a case.
    pub(crate) fn given(&self) -> Vec<(&'static str, Option<String>)> {
        let text = |value: Option<f64>| value.map(|value| value.to_string());
        vec![("--max-wait", text(self.max_wait)), ("--rate", text(self.rate)), ("--time-scale", text(self.time_scale))]
    }

    /// Combines the flags, the environment (read through `env`) and the file.
    ///
    /// # Errors
    /// A value is not a number, or out of bounds.
    pub(crate) fn resolve(
        &self,
        env: &impl Fn(&str) -> Option<String>,
        file: FilePatience,
    ) -> Result<PaceSettings, CliError> {
        let setting = |flag: Option<f64>, variable: &str, in_file: Option<f64>| match (flag, env(variable)) {
            (Some(value), _) => Ok(Some(value)),
            (None, Some(text)) => match f64::from_str(&text) {
                Ok(value) => Ok(Some(value)),
                Err(_) => Err(CliError::usage(format!("{variable} is `{text}`, which is no number"))),
            },
            (None, None) => Ok(in_file),
        };
        let within = |name: &str, value: Option<f64>, least: f64, most: f64| match value {
            Some(value) if !(least..=most).contains(&value) => {
                Err(CliError::usage(format!("{name} is {value}; it has to be from {least} to {most}")))
            }
            value => Ok(value),
        };
        let max_wait = setting(self.max_wait, "SYNCPROOF_MAX_WAIT", file.max_wait_seconds)?;
        let max_wait = within("the longest wait (--max-wait)", max_wait, 0.0, 86_400.0)?;
        let rate = setting(self.rate, "SYNCPROOF_RATE", file.rate)?;
        let rate = within("the rate (--rate)", rate, 0.01, 1_000_000.0)?;
        let time_scale = setting(self.time_scale, "SYNCPROOF_TIME_SCALE", file.time_scale)?;
        let time_scale = within("the factor of time (--time-scale)", time_scale, 0.1, 1000.0)?;
        let max_wait = max_wait.map_or(MAX_WAIT, Duration::from_secs_f64);
        Ok(PaceSettings { max_wait, rate, time_scale: time_scale.unwrap_or(1.0), ..PaceSettings::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_outweigh_the_environment_which_outweighs_the_file() {
        let file = FilePatience { max_wait_seconds: Some(1.0), rate: Some(10.0), time_scale: Some(2.0) };
        let env = |name: &str| (name != "SYNCPROOF_TIME_SCALE").then(|| "5".to_owned());
        let flags = PatienceArgs { max_wait: Some(7.0), ..PatienceArgs::default() };
        let settled = flags.resolve(&env, file).expect("settled");
        let expected = PaceSettings { max_wait: Duration::from_secs(7), rate: Some(5.0), ..PaceSettings::default() };
        assert_eq!(settled, PaceSettings { time_scale: 2.0, ..expected });
        let settled = PatienceArgs::default().resolve(&|_| None, FilePatience::default()).expect("settled");
        assert_eq!(settled, PaceSettings::default());
    }

    #[test]
    fn an_error_names_the_setting_that_is_out_of_bounds() {
        let trouble =
            |flags: PatienceArgs| flags.resolve(&|_| None, FilePatience::default()).expect_err("wrong").message;
        assert!(trouble(PatienceArgs { rate: Some(0.0), ..PatienceArgs::default() }).contains("--rate"));
        assert!(trouble(PatienceArgs { time_scale: Some(0.05), ..PatienceArgs::default() }).contains("--time-scale"));
        assert!(trouble(PatienceArgs { max_wait: Some(f64::NAN), ..PatienceArgs::default() }).contains("--max-wait"));
        let env = |name: &str| (name == "SYNCPROOF_RATE").then(|| "fast".to_owned());
        let message = PatienceArgs::default().resolve(&env, FilePatience::default()).expect_err("wrong").message;
        assert!(message.contains("SYNCPROOF_RATE") && message.contains("fast"), "{message}");
    }
}
