//! Where credentials come from, by flags, the environment and `[credentials]` of `syncproof.toml`.

use std::path::PathBuf;

use serde::Deserialize;

use syncproof_harness::credential::DEFAULT_PROVIDER;
use syncproof_harness::exit::CliError;

/// The flags about credentials: at most one that says where they come from, and the provider.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct CredentialArgs {
    /// Mint JWTs (HS256; claims provider, sub, email, name, exp) with the secret in this file
    /// [env: SYNCPROOF_JWT_SECRET_FILE, or the secret itself in SYNCPROOF_JWT_SECRET]
    #[arg(long, value_name = "FILE", help_heading = "Credentials")]
    pub jwt_secret_file: Option<PathBuf>,
    /// Name the user in a header: 'Authorization: Bearer {user}'; also {provider}, {email}, {name}. For servers that
    /// decode it, {user:percent} and {user:base64} (and so on) carry names that a header cannot carry as they are
    /// [env: SYNCPROOF_HEADER]
    #[arg(long, value_name = "TEMPLATE", help_heading = "Credentials")]
    pub header: Option<String>,
    /// Command that prints headers for {user}, one `Name: value` a line [env: SYNCPROOF_CREDENTIAL_COMMAND]
    #[arg(long, value_name = "COMMAND", help_heading = "Credentials")]
    pub credential_command: Option<String>,
    /// JSON file with a fixed list of users and their headers [env: SYNCPROOF_CREDENTIALS]
    #[arg(long, value_name = "FILE", help_heading = "Credentials")]
    pub credentials: Option<PathBuf>,
    /// Authentication provider of the users that the suite creates [default: syncproof] [env: SYNCPROOF_PROVIDER]
    #[arg(long, value_name = "NAME", help_heading = "Credentials")]
    pub provider: Option<String>,
}

impl CredentialArgs {
    /// The authentication provider of the users that the suite creates, from the strongest layer that names it.
    pub(super) fn provider(&self, env: &impl Fn(&str) -> Option<String>, file: &FileCredentials) -> String {
        let named = self.provider.clone().or_else(|| env("SYNCPROOF_PROVIDER")).or_else(|| file.provider.clone());
        named.unwrap_or_else(|| DEFAULT_PROVIDER.to_owned())
    }

    /// The flags as they were given. None of them holds a secret.
    pub(crate) fn flags(&self) -> [(&'static str, Option<String>); 5] {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
        [
            ("--jwt-secret-file", path(&self.jwt_secret_file)),
            ("--header", self.header.clone()),
            ("--credential-command", self.credential_command.clone()),
            ("--credentials", path(&self.credentials)),
            ("--provider", self.provider.clone()),
        ]
    }
}

/// `[credentials]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct FileCredentials {
    jwt_secret_file: Option<PathBuf>,
    header: Option<String>,
    command: Option<String>,
    list: Option<PathBuf>,
    provider: Option<String>,
}

/// The requested source of credentials. It says where a secret is and never holds the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// The secret in `SYNCPROOF_JWT_SECRET`.
    SecretVariable,
    /// A file with the secret.
    SecretFile(PathBuf),
    /// The template of a header.
    Header(String),
    /// A command that prints headers.
    Command(String),
    /// A file with a list of users.
    List(PathBuf),
}

/// The source that the strongest layer names.
///
/// # Errors
/// When one layer names more than one.
pub(super) fn resolve(
    flags: &CredentialArgs,
    env: &impl Fn(&str) -> Option<String>,
    file: FileCredentials,
) -> Result<Option<Source>, CliError> {
    let layers = [
        (
            "the flags",
            [
                None,
                flags.jwt_secret_file.clone().map(Source::SecretFile),
                flags.header.clone().map(Source::Header),
                flags.credential_command.clone().map(Source::Command),
                flags.credentials.clone().map(Source::List),
            ],
        ),
        (
            "the environment",
            [
                env("SYNCPROOF_JWT_SECRET").map(|_| Source::SecretVariable),
                env("SYNCPROOF_JWT_SECRET_FILE").map(|path| Source::SecretFile(path.into())),
                env("SYNCPROOF_HEADER").map(Source::Header),
                env("SYNCPROOF_CREDENTIAL_COMMAND").map(Source::Command),
                env("SYNCPROOF_CREDENTIALS").map(|path| Source::List(path.into())),
            ],
        ),
        (
            "the configuration file",
            [
                None,
                file.jwt_secret_file.map(Source::SecretFile),
                file.header.map(Source::Header),
                file.command.map(Source::Command),
                file.list.map(Source::List),
            ],
        ),
    ];
    for (place, sources) in layers {
        let mut given = sources.into_iter().flatten();
        if let Some(first) = given.next() {
            if given.next().is_some() {
                let message = format!("{place} give more than one source of credentials; keep one of them");
                return Err(CliError::usage(message));
            }
            return Ok(Some(first));
        }
    }
    Ok(None)
}
