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

/// The source of credentials.
#[derive(Debug)]
pub enum Credentials {
    /// Tokens minted from a secret that the target shares.
    Minted(Minter),
    /// A header that contains the name of the user.
    Template(HeaderTemplate),
    /// A command that prints headers.
    Command(CredentialCommand),
    /// A fixed list of users.
    List(CredentialList),
}

impl Credentials {
    /// JWTs (HS256) signed with a secret that the target knows too.
    #[must_use]
    pub fn jwt_secret(secret: impl Into<Vec<u8>>) -> Self {
        Credentials::Minted(Minter::new(secret.into()))
    }

    /// A header such as `Authorization: Bearer {user}`, for a target that trusts it.
    ///
    /// # Errors
    /// When it is not a header, or does not name the user.
    pub fn header(template: &str) -> Result<Self, CliError> {
        template.parse().map(Credentials::Template).map_err(CliError::usage)
    }

    /// A shell command that prints headers, one `Name: value` per line, for the user in `SYNCPROOF_USER`.
    #[must_use]
    pub fn command(line: &str) -> Self {
        Credentials::Command(CredentialCommand::new(line))
    }

    /// A JSON list of users with their headers.
    ///
    /// # Errors
    /// When the file cannot be read, or is not such a list.
    pub fn list(file: &Path) -> Result<Self, CliError> {
        CredentialList::read(file).map(Credentials::List).map_err(CliError::usage)
    }

    /// A credential for that identity, or, from a fixed list, for a user that is reserved by this lease.
    ///
    /// # Errors
    /// When none is available.
    pub async fn issue(&self, wish: &Identity, lease: &UserLease) -> Result<Login, CredentialError> {
        let headers = match self {
            Credentials::Minted(minter) => vec![minter.authorization(wish)?],
            Credentials::Template(template) => vec![template.fill(wish)?],
            Credentials::Command(command) => command.run(wish).await?,
            Credentials::List(list) => return list.next(lease).await,
        };
        Ok(Login { identity: wish.clone(), headers })
    }

    /// Whether credentials exist for any identity, or only for the users of a list.
    #[must_use]
    pub fn invents(&self) -> bool {
        !matches!(self, Credentials::List(_))
    }

    /// Whether the headers hold secrets, or only the names of users in a template.
    #[must_use]
    pub(crate) fn are_secret(&self) -> bool {
        !matches!(self, Credentials::Template(_))
    }

    /// Whether the credentials can name different providers.
    #[must_use]
    pub fn has_providers(&self) -> bool {
        match self {
            Credentials::Minted(_) => true,
            Credentials::Template(template) => template.names_provider(),
            Credentials::Command(command) => command.names_provider(),
            Credentials::List(_) => false,
        }
    }

    /// Whether the headers can carry every name, or only names that are valid in a header (RFC 9110, section 5.5).
    #[must_use]
    pub fn carry_any_name(&self) -> bool {
        match self {
            Credentials::Minted(_) => true,
            Credentials::Template(template) => template.carries_any_name(),
            Credentials::Command(_) | Credentials::List(_) => false,
        }
    }

    /// The minter, which can also mint invalid credentials.
    #[must_use]
    pub fn minter(&self) -> Option<&Minter> {
        match self {
            Credentials::Minted(minter) => Some(minter),
            _ => None,
        }
    }
}
