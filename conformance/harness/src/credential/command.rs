//! Credentials from a command that prints the headers of one user.

use std::time::Duration;

use tokio::process::Command;

use super::error::CredentialError;
use super::identity::Identity;
use super::login::Headers;
use crate::shell::quoted;

/// How long the command may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A shell command with the identity in its environment (`SYNCPROOF_USER`, `SYNCPROOF_PROVIDER`, `SYNCPROOF_EMAIL`,
/// `SYNCPROOF_NAME`) and in its `{user}`, `{provider}`, `{email}`, `{name}`. It prints one `Name: value` per line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialCommand(String);

impl CredentialCommand {
    /// The command line, for `sh -c`.
    pub fn new(line: impl Into<String>) -> Self {
        CredentialCommand(line.into())
    }

    /// Whether it names the provider.
    #[must_use]
    pub(super) fn names_provider(&self) -> bool {
        self.0.contains("{provider}") || self.0.contains("SYNCPROOF_PROVIDER")
    }

    /// Runs the command for that identity.
    ///
    /// # Errors
    /// When it cannot be started, fails, takes too long, or prints anything but headers.
    pub async fn run(&self, identity: &Identity) -> Result<Headers, CredentialError> {
        let broken = |what: String| CredentialError::Broken(format!("the credential command {what}"));
        let running = Command::new("sh")
            .arg("-c")
            .arg(self.line(identity))
            .env("SYNCPROOF_USER", &identity.subject)
            .env("SYNCPROOF_PROVIDER", &identity.provider)
            .env("SYNCPROOF_EMAIL", &identity.email)
            .env("SYNCPROOF_NAME", &identity.name)
            .stdin(std::process::Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(TIMEOUT, running)
            .await
            .map_err(|_| broken(format!("did not end within {} s", TIMEOUT.as_secs())))?
            .map_err(|error| broken(format!("cannot be started: {error}")))?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr);
            return Err(broken(format!("failed ({}): {}", output.status, words.trim())));
        }
        headers(&String::from_utf8_lossy(&output.stdout)).map_err(broken)
    }

    /// The command line with quoted values, so that no name can become a second command.
    fn line(&self, identity: &Identity) -> String {
        let identity = Identity {
            provider: quoted(&identity.provider),
            subject: quoted(&identity.subject),
            email: quoted(&identity.email),
            name: quoted(&identity.name),
        };
        identity.fill(&self.0)
    }
}

/// Parses one `Name: value` per line.
pub(super) fn headers(text: &str) -> Result<Headers, String> {
    let mut headers = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let (name, value) =
            line.split_once(':').ok_or_else(|| "printed a line that is not `Name: value`".to_owned())?;
        headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
    }
    if headers.is_empty() { Err("printed no header".to_owned()) } else { Ok(headers) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anna() -> Identity {
        Identity { provider: "p".into(), subject: "an'na".into(), email: "e".into(), name: "n".into() }
    }

    #[tokio::test]
    async fn headers_are_read_from_what_the_command_prints() {
        let command = CredentialCommand::new("echo \"Authorization: Bearer \"{user}");
        let headers = command.run(&anna()).await.expect("headers");
        assert_eq!(headers, [("authorization".to_owned(), "Bearer an'na".to_owned())]);
    }

    #[tokio::test]
    async fn an_error_repeats_what_the_command_printed() {
        let error = CredentialCommand::new("echo no vault >&2; exit 3").run(&anna()).await.expect_err("it fails");
        assert!(error.to_string().contains("no vault"), "{error}");
    }
}
