//! The settings once they are checked, and what can be wrong with them.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::limits::Limits;
use crate::store::Storage;

/// Everything the server needs to start.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the data is stored.
    pub storage: Storage,
    /// The address to listen on; with port 0 the operating system chooses one.
    pub listen: SocketAddr,
    /// The key that credentials are signed with.
    pub secret: Secret,
    /// What clients may send, and how often.
    pub limits: Limits,
}

/// The key of the HS256 signatures. Debug output does not show it.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

/// The server warns of shorter secrets: a key should be as long as the hash (RFC 7518 §3.2).
const MIN_ADVISED_SECRET_BYTES: usize = 32;

impl Secret {
    /// A secret of these bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn is_short(&self) -> bool {
        self.0.len() < MIN_ADVISED_SECRET_BYTES
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Settings that the server refuses to start with. Each message names the setting.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Requirement `startup.needs-a-path`.
    #[error(
        "no database path: set OR3_SQLITE_DB_PATH or --database to a file \
         (or OR3_SQLITE_ALLOW_IN_MEMORY=true to keep all data in memory and lose it at exit)"
    )]
    NoDatabase,
    /// Requirement `startup.memory-is-explicit`.
    #[error(
        "OR3_SQLITE_DB_PATH names an in-memory database ({0:?}): set it to a file, \
         or allow in-memory storage with OR3_SQLITE_ALLOW_IN_MEMORY=true"
    )]
    MemoryNotAllowed(String),
    /// Requirement `startup.strict-forbids-memory`.
    #[error("OR3_SQLITE_STRICT forbids in-memory storage: set OR3_SQLITE_DB_PATH or --database to a file")]
    StrictForbidsMemory,
    /// A `file:` URI: its parameters would be taken for a part of the file name.
    #[error("OR3_SQLITE_DB_PATH must be a plain path, not the URI {0:?}")]
    Uri(String),
    /// An address that cannot be parsed.
    #[error("SYNCPROOF_LISTEN must be an address with a port such as 127.0.0.1:8787, not {0:?}")]
    Listen(String),
    /// A limit that is not a whole number above 0.
    #[error("{setting} must be a whole number from 1 to {max}, not {value:?}", max = u32::MAX)]
    Limit {
        /// The names of the variable and the flag.
        setting: &'static str,
        /// Its value.
        value: String,
    },
    /// Neither the variable nor a file is set.
    #[error(
        "no secret: set SYNCPROOF_JWT_SECRET, or SYNCPROOF_JWT_SECRET_FILE or --jwt-secret-file to a file that holds it"
    )]
    NoSecret,
    /// The variable does not hold UTF-8.
    #[error("SYNCPROOF_JWT_SECRET is not valid UTF-8")]
    SecretNotText,
    /// The file cannot be read, or is empty.
    #[error("SYNCPROOF_JWT_SECRET_FILE: cannot use {}: {reason}", path.display())]
    SecretFile {
        /// The path from the settings.
        path: PathBuf,
        /// What is wrong with the file.
        reason: String,
    },
}
