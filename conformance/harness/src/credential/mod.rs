//! Credentials for the users of the suite, from a secret, a header template, a command or a list.

mod command;
mod error;
mod identity;
mod jwt;
mod list;
mod login;
mod source;
mod template;

pub use command::CredentialCommand;
pub use error::CredentialError;
pub use identity::Identity;
pub use jwt::{Forgery, Minter};
pub use list::{CredentialList, UserLease};
pub use login::{Headers, Login};
pub use source::{CredentialSource, Credentials, DEFAULT_PROVIDER};
pub use template::HeaderTemplate;
