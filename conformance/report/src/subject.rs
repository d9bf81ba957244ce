//! What a run is about: target, capabilities, seed and flags, which every report shows.

use syncproof_harness::case::CaseReport;
use syncproof_harness::redaction::Secrets;
use syncproof_harness::shell;

/// What a run is about: target, capabilities, seed and flags, which every report shows.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The name of the target.
    pub target: String,
    /// Names of the capabilities that are used.
    pub capabilities: Vec<&'static str>,
    /// Names of capabilities that the target shows and does not declare: the cases that need them were not run.
    pub undeclared: Vec<&'static str>,
    /// The seed of the run. The same seed makes the same random choices.
    pub seed: u64,
    /// The flags that reach the target again.
    pub flags: Vec<String>,
}

impl Subject {
    /// The subject of a run whose target could not be reached.
    #[must_use]
    pub fn before(target: String, flags: Vec<String>, seed: u64) -> Self {
        Subject { target, capabilities: Vec::new(), undeclared: Vec::new(), seed, flags }
    }

    /// The same without secrets. In the command that repeats a case, a flag that contains one becomes a variable.
    #[must_use]
    pub fn redacted(&self, secrets: &Secrets) -> Self {
        let mut flags: Vec<String> = Vec::new();
        for flag in &self.flags {
            let hidden = secrets.text(flag) != *flag;
            let variable = match flags.last().map(String::as_str) {
                Some("--target") if hidden => Some("SYNCPROOF_TARGET"),
                Some("--exec") if hidden => Some("SYNCPROOF_EXEC"),
                Some("--header") if hidden => Some("SYNCPROOF_HEADER"),
                // Any word of it may be a secret.
                Some("--credential-command") => Some("SYNCPROOF_CREDENTIAL_COMMAND"),
                _ => None,
            };
            flags.push(variable.map_or_else(|| secrets.text(flag), |variable| format!("{FROM_ENVIRONMENT}{variable}")));
        }
        Subject { target: secrets.text(&self.target), flags, ..self.clone() }
    }

    /// The command that runs a case again, with the other cases that its failures come from.
    #[must_use]
    pub fn repeat(&self, report: &CaseReport) -> String {
        let mut command = self.command("run");
        command.push_str(&format!(" --seed {}", self.seed));
        for id in report.repeated_by() {
            command.push_str(&format!(" --filter {}", shell::word(id)));
        }
        command
    }

    /// The command that looks at the core operations again.
    #[must_use]
    pub fn doctor(&self) -> String {
        self.command("doctor")
    }

    fn command(&self, name: &str) -> String {
        let mut command = format!("syncproof {name}");
        for flag in &self.flags {
            command.push(' ');
            match flag.strip_prefix(FROM_ENVIRONMENT) {
                Some(variable) => command.push_str(&format!("\"${variable}\"")),
                None => command.push_str(&shell::word(flag)),
            }
        }
        command
    }
}

/// Begins the value of a flag that must come from an environment variable, whose name follows. NUL cannot be part of a
/// real flag.
const FROM_ENVIRONMENT: &str = "\0";
