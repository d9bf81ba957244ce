//! The source of credentials.

use super::command::CredentialCommand;
use super::error::CredentialError;
use super::identity::Identity;
use super::jwt::Minter;
use super::list::{CredentialList, UserLease};
use super::login::Login;
use super::template::HeaderTemplate;
use crate::exit::CliError;
use std::path::Path;

/// The authentication provider of the users that the suite creates, unless another is given.
pub const DEFAULT_PROVIDER: &str = "syncproof";

/// Where credentials come from.
#[derive(Debug)]
pub enum CredentialSource {
    /// Tokens minted from a secret that the target shares.
    Minted(Minter),
    /// A header that contains the name of the user.
    Template(HeaderTemplate),
    /// A command that prints headers.
    Command(CredentialCommand),
    /// A fixed list of users.
    List(CredentialList),
}

/// Where credentials come from, and the authentication provider of the users that the suite creates.
#[derive(Debug)]
pub struct Credentials {
    source: CredentialSource,
    provider: String,
}

impl From<CredentialSource> for Credentials {
    fn from(source: CredentialSource) -> Self {
        Credentials { source, provider: DEFAULT_PROVIDER.to_owned() }
    }
}

impl Credentials {
    /// JWTs (HS256) signed with a secret that the target knows too.
    #[must_use]
    pub fn jwt_secret(secret: impl Into<Vec<u8>>) -> Self {
        CredentialSource::Minted(Minter::new(secret.into())).into()
    }

    /// A header such as `Authorization: Bearer {user}`, for a target that trusts it.
    ///
    /// # Errors
    /// When it is not a header, or does not name the user.
    pub fn header(template: &str) -> Result<Self, CliError> {
        Ok(CredentialSource::Template(template.parse().map_err(CliError::usage)?).into())
    }

    /// A shell command that prints headers, one `Name: value` per line, for the user in `SYNCPROOF_USER`.
    #[must_use]
    pub fn command(line: &str) -> Self {
        CredentialSource::Command(CredentialCommand::new(line)).into()
    }

    /// A JSON list of users with their headers.
    ///
    /// # Errors
    /// When the file cannot be read, or is not such a list.
    pub fn list(file: &Path) -> Result<Self, CliError> {
        Ok(CredentialSource::List(CredentialList::read(file).map_err(CliError::usage)?).into())
    }

    /// The same, for users of that authentication provider. A fixed list names the provider of each user itself.
    #[must_use]
    pub fn with_provider(self, provider: impl Into<String>) -> Self {
        Credentials { provider: provider.into(), ..self }
    }

    /// The authentication provider of the users that the suite creates.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// Where they come from.
    #[must_use]
    pub fn source(&self) -> &CredentialSource {
        &self.source
    }

    /// A credential for that identity, or, from a fixed list, for a user that is reserved by this lease.
    ///
    /// # Errors
    /// When none is available.
    pub async fn issue(&self, wish: &Identity, lease: &UserLease) -> Result<Login, CredentialError> {
        let headers = match &self.source {
            CredentialSource::Minted(minter) => vec![minter.authorization(wish)?],
            CredentialSource::Template(template) => vec![template.fill(wish)?],
            CredentialSource::Command(command) => command.run(wish).await?,
            CredentialSource::List(list) => return list.next(lease).await,
        };
        Ok(Login { identity: wish.clone(), headers })
    }

    /// Whether credentials exist for any identity, or only for the users of a list.
    #[must_use]
    pub fn invents(&self) -> bool {
        !matches!(self.source, CredentialSource::List(_))
    }

    /// Whether the headers hold secrets, or only the names of users in a template.
    #[must_use]
    pub(crate) fn are_secret(&self) -> bool {
        !matches!(self.source, CredentialSource::Template(_))
    }

    /// Whether the credentials can name different providers.
    #[must_use]
    pub fn has_providers(&self) -> bool {
        match &self.source {
            CredentialSource::Minted(_) => true,
            CredentialSource::Template(template) => template.names_provider(),
            CredentialSource::Command(command) => command.names_provider(),
            CredentialSource::List(_) => false,
        }
    }

    /// Whether the headers can carry every name, or only names that are valid in a header (RFC 9110, section 5.5).
    #[must_use]
    pub fn carry_any_name(&self) -> bool {
        match &self.source {
            CredentialSource::Minted(_) => true,
            CredentialSource::Template(template) => template.carries_any_name(),
            CredentialSource::Command(_) | CredentialSource::List(_) => false,
        }
    }

    /// The minter, which can also mint invalid credentials.
    #[must_use]
    pub fn minter(&self) -> Option<&Minter> {
        match &self.source {
            CredentialSource::Minted(minter) => Some(minter),
            _ => None,
        }
    }
}
