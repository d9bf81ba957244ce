//! The settings once they are resolved, and what can be wrong with them.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::limits::Limits;
use crate::store::Storage;

/// What the server needs to know to start.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the data lives.
    pub storage: Storage,
    /// Where to listen; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// What credentials are signed with.
    pub secret: Secret,
    /// How much clients may bring.
    pub limits: Limits,
}

/// The key of the HS256 signatures. It never shows in debug output.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

/// The length under which a secret is warned of, in bytes: that of the hash (RFC 7518 §3.2).
const SECRET_ADVISED_BYTES: usize = 32;

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
        self.0.len() < SECRET_ADVISED_BYTES
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Settings that the server refuses to start with. Each says which setting it is about.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Requirement `startup.needs-a-path`.
    #[error(
        "no database path: set OR3_SQLITE_DB_PATH or --database to a file \
         (or OR3_SQLITE_ALLOW_IN_MEMORY=true to keep everything in memory and lose it at exit)"
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
    /// A `file:` URI, whose parameters would be taken for part of a name.
    #[error("OR3_SQLITE_DB_PATH must be a plain path, not the URI {0:?}")]
    Uri(String),
    /// An address that cannot be parsed.
    #[error("SYNCPROOF_LISTEN must be an address with a port such as 127.0.0.1:8787, not {0:?}")]
    Listen(String),
    /// A limit that is no number above 0.
    #[error("{setting} must be a whole number from 1 to {max}, not {value:?}", max = u32::MAX)]
    Limit {
        /// The variable and the flag.
        setting: &'static str,
        /// As it was set.
        value: String,
    },
    /// Neither the variable nor the file.
    #[error(
        "no secret: set SYNCPROOF_JWT_SECRET, or SYNCPROOF_JWT_SECRET_FILE or --jwt-secret-file to a file that holds it"
    )]
    NoSecret,
    /// The variable is not UTF-8.
    #[error("SYNCPROOF_JWT_SECRET is not valid UTF-8")]
    SecretNotText,
    /// The file cannot be read, or holds nothing.
    #[error("SYNCPROOF_JWT_SECRET_FILE: cannot use {}: {reason}", path.display())]
    SecretFile {
        /// The path as it was set.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}
