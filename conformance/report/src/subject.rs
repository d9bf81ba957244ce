//! What a run was about: the same for every report.

use syncproof_harness::redaction::Secrets;
use syncproof_harness::shell;

/// What a run was about: the same for every report.
#[derive(Debug, Clone)]
pub struct Subject {
    /// What the target is called.
    pub target: String,
    /// Names of the capabilities that count, and how they are known.
    pub capabilities: Vec<&'static str>,
    /// Names of capabilities that the target shows and does not declare: what belongs to them was not looked at.
    pub undeclared: Vec<&'static str>,
    /// Repeats the choices of the run.
    pub seed: u64,
    /// The flags that reach the target again.
    pub flags: Vec<String>,
}

impl Subject {
    /// What a run was to be about, when its target could not be reached: what it is called, and the flags that name it.
    #[must_use]
    pub fn before(target: String, flags: Vec<String>, seed: u64) -> Self {
        Subject { target, capabilities: Vec::new(), undeclared: Vec::new(), seed, flags }
    }

    /// The same without secrets: where a flag holds one, the command that repeats a case names a variable instead.
    #[must_use]
    pub fn redacted(&self, secrets: &Secrets) -> Self {
        let mut flags: Vec<String> = Vec::new();
        for flag in &self.flags {
            let hidden = secrets.text(flag) != *flag;
            let variable = match flags.last().map(String::as_str) {
                Some("--target") if hidden => Some("SYNCPROOF_TARGET"),
                Some("--exec") if hidden => Some("SYNCPROOF_EXEC"),
                Some("--header") if hidden => Some("SYNCPROOF_HEADER"),
                // Nobody can tell which of its words is a secret.
                Some("--credential-command") => Some("SYNCPROOF_CREDENTIAL_COMMAND"),
                _ => None,
            };
            flags.push(variable.map_or_else(|| secrets.text(flag), |variable| format!("{FROM_ENVIRONMENT}{variable}")));
        }
        Subject { target: secrets.text(&self.target), flags, ..self.clone() }
    }

    /// The command that runs one case again.
    #[must_use]
    pub fn repeat(&self, case: &str) -> String {
        let mut command = String::from("syncproof run");
        for flag in &self.flags {
            command.push(' ');
            match flag.strip_prefix(FROM_ENVIRONMENT) {
                Some(variable) => command.push_str(&format!("\"${variable}\"")),
                None => command.push_str(&shell::word(flag)),
            }
        }
        format!("{command} --seed {} --filter {}", self.seed, shell::word(case))
    }
}

/// Marks a flag's value that holds a secret, and so has to be given in the environment; the variable follows. No flag of
/// a command line can hold it.
const FROM_ENVIRONMENT: &str = "\0";
