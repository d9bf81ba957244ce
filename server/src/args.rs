//! The command line and the environment, and how settings are made of them.

use std::env::VarError;
use std::io::Read;
use std::num::NonZeroU32;
use std::path::Path;

use clap::Args;

use crate::config::{Config, ConfigError, Secret};
use crate::limits::Limits;
use crate::store::Storage;

/// There is no flag for the secret itself: it would be visible in the list of processes.
const SECRET_VARIABLE: &str = "SYNCPROOF_JWT_SECRET";
const DEFAULT_LISTEN: &str = "127.0.0.1:8787";
const MAX_SECRET_FILE_BYTES: u64 = 64 * 1024;

/// The settings of the reference server. The secret comes from SYNCPROOF_JWT_SECRET or from a file, never from a flag.
#[derive(Debug, Clone, Default, Args)]
pub struct ServeArgs {
    /// The SQLite file that holds the data; created if it does not exist
    #[arg(long, value_name = "PATH", env = "OR3_SQLITE_DB_PATH")]
    pub database: Option<String>,

    /// If no path is given, keep all data in memory and lose it at exit
    #[arg(long, value_name = "BOOL", env = "OR3_SQLITE_ALLOW_IN_MEMORY",
          value_parser = |text: &str| parse_switch("OR3_SQLITE_ALLOW_IN_MEMORY", text),
          num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true",
          hide_default_value = true, action = clap::ArgAction::Set)]
    pub allow_in_memory: bool,

    /// Refuse in-memory storage even if it is allowed
    #[arg(long, value_name = "BOOL", env = "OR3_SQLITE_STRICT",
          value_parser = |text: &str| parse_switch("OR3_SQLITE_STRICT", text),
          num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true",
          hide_default_value = true, action = clap::ArgAction::Set)]
    pub strict: bool,

    /// The address to listen on; port 0 picks a free one [default: 127.0.0.1:8787]
    #[arg(long, value_name = "ADDR", env = "SYNCPROOF_LISTEN")]
    pub listen: Option<String>,

    /// A file that holds the secret; used instead of SYNCPROOF_JWT_SECRET
    // A string, because clap refuses an empty path, and an empty variable counts as unset.
    #[arg(long, value_name = "PATH", env = "SYNCPROOF_JWT_SECRET_FILE")]
    pub jwt_secret_file: Option<String>,

    /// The largest request body, in bytes [default: 4194304]
    #[arg(long, value_name = "BYTES", env = "SYNCPROOF_MAX_BODY_BYTES")]
    pub max_body_bytes: Option<String>,

    /// The most ops in one batch [default: 1000]
    #[arg(long, value_name = "OPS", env = "SYNCPROOF_MAX_BATCH_OPS")]
    pub max_batch_ops: Option<String>,

    /// The largest payload of one op, in bytes [default: 262144]
    #[arg(long, value_name = "BYTES", env = "SYNCPROOF_MAX_PAYLOAD_BYTES")]
    pub max_payload_bytes: Option<String>,

    /// The most requests per second from one user, or from one address without a credential [default: no limit]
    #[arg(long, value_name = "REQUESTS", env = "SYNCPROOF_RATE_LIMIT")]
    pub rate_limit: Option<String>,

    /// The shortest retention that a garbage collection request may ask for, in seconds [default: 3600]
    #[arg(long, value_name = "SECONDS", env = "SYNCPROOF_GC_MIN_RETENTION_SECONDS")]
    pub gc_min_retention_seconds: Option<String>,
}

/// Parses a boolean variable. An empty one counts as unset.
fn parse_switch(name: &str, text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" | "" => Ok(false),
        _ => Err(format!("{name} must be true or false")),
    }
}

impl ServeArgs {
    /// Checks the settings, and reads the secret from the environment or its file.
    ///
    /// # Errors
    ///
    /// When a setting is missing, contradicts another one, or cannot be used.
    pub fn resolve(self) -> Result<Config, ConfigError> {
        self.resolve_with(std::env::var(SECRET_VARIABLE))
    }

    fn limits(&self) -> Result<Limits, ConfigError> {
        let default = Limits::default();
        let bytes = parse_limit("SYNCPROOF_MAX_BODY_BYTES (--max-body-bytes)", self.max_body_bytes.as_deref())?;
        let ops = parse_limit("SYNCPROOF_MAX_BATCH_OPS (--max-batch-ops)", self.max_batch_ops.as_deref())?;
        let payload = "SYNCPROOF_MAX_PAYLOAD_BYTES (--max-payload-bytes)";
        let payload_bytes = parse_limit(payload, self.max_payload_bytes.as_deref())?;
        let retention = "SYNCPROOF_GC_MIN_RETENTION_SECONDS (--gc-min-retention-seconds)";
        let seconds = parse_limit(retention, self.gc_min_retention_seconds.as_deref())?;
        Ok(Limits {
            max_body_bytes: bytes.map_or(default.max_body_bytes, to_usize),
            max_batch_ops: ops.map_or(default.max_batch_ops, to_usize),
            max_payload_bytes: payload_bytes.map_or(default.max_payload_bytes, to_usize),
            gc_min_retention_seconds: seconds.map_or(default.gc_min_retention_seconds, |seconds| seconds.get().into()),
            requests_per_second: parse_limit("SYNCPROOF_RATE_LIMIT (--rate-limit)", self.rate_limit.as_deref())?,
        })
    }

    fn resolve_with(self, secret: Result<String, VarError>) -> Result<Config, ConfigError> {
        let limits = self.limits()?;
        let storage = resolve_storage(self.database, self.allow_in_memory, self.strict)?;
        let listen = self.listen.filter(|listen| !listen.trim().is_empty());
        let listen = listen.as_deref().unwrap_or(DEFAULT_LISTEN);
        let listen = listen.trim().parse().map_err(|_| ConfigError::Listen(listen.to_owned()))?;
        let secret = match self.jwt_secret_file.filter(|path| !path.trim().is_empty()) {
            Some(path) => secret_from_file(Path::new(&path))?,
            None => secret_from_variable(secret)?,
        };
        Ok(Config { storage, listen, secret, limits })
    }
}

/// The value of a limit, or nothing if it is not set.
fn parse_limit(setting: &'static str, value: Option<&str>) -> Result<Option<NonZeroU32>, ConfigError> {
    let value = value.map(str::trim).filter(|value| !value.is_empty());
    let unusable = |value: &str| ConfigError::Limit { setting, value: value.to_owned() };
    value.map(|value| value.parse().map_err(|_| unusable(value))).transpose()
}

fn to_usize(limit: NonZeroU32) -> usize {
    usize::try_from(limit.get()).unwrap_or(usize::MAX)
}

/// A path wins over `--allow-in-memory`, so that no data is lost because that switch was left on.
fn resolve_storage(database: Option<String>, allow_in_memory: bool, strict: bool) -> Result<Storage, ConfigError> {
    let named = database.filter(|path| !path.trim().is_empty());
    let is_memory = named.as_deref().is_none_or(names_memory);
    match named {
        Some(path) if !is_memory && path.starts_with("file:") => Err(ConfigError::Uri(path)),
        Some(path) if !is_memory => Ok(Storage::File(path.into())),
        _ if strict => Err(ConfigError::StrictForbidsMemory),
        _ if allow_in_memory => Ok(Storage::Memory),
        Some(path) => Err(ConfigError::MemoryNotAllowed(path)),
        None => Err(ConfigError::NoDatabase),
    }
}

/// Whether SQLite would take this name for an in-memory database (<https://www.sqlite.org/inmemorydb.html>).
fn names_memory(path: &str) -> bool {
    let path = path.trim();
    path == ":memory:" || (path.starts_with("file:") && (path.contains(":memory:") || path.contains("mode=memory")))
}

fn secret_from_variable(secret: Result<String, VarError>) -> Result<Secret, ConfigError> {
    match secret {
        Ok(secret) if secret.trim().is_empty() => Err(ConfigError::NoSecret),
        Ok(secret) => Ok(Secret::new(secret)),
        Err(VarError::NotPresent) => Err(ConfigError::NoSecret),
        Err(VarError::NotUnicode(_)) => Err(ConfigError::SecretNotText),
    }
}

/// The bytes of the file, without the line break that editors add at the end.
fn secret_from_file(path: &Path) -> Result<Secret, ConfigError> {
    let unusable = |reason: String| ConfigError::SecretFile { path: path.to_owned(), reason };
    let mut secret = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MAX_SECRET_FILE_BYTES).read_to_end(&mut secret))
        .map_err(|error| unusable(error.to_string()))?;
    let secret = secret.strip_suffix(b"\r\n").or_else(|| secret.strip_suffix(b"\n")).unwrap_or(&secret);
    if secret.trim_ascii().is_empty() { Err(unusable("it is empty".into())) } else { Ok(Secret::new(secret)) }
}

#[cfg(test)]
mod tests {
    use std::env::VarError;

    use super::ServeArgs;
    use crate::config::ConfigError;
    use crate::limits::Limits;
    use crate::store::Storage;

    fn resolve(args: ServeArgs) -> Result<crate::config::Config, ConfigError> {
        args.resolve_with(Ok("a secret".into()))
    }

    #[test]
    fn unset_and_empty_settings_take_their_defaults() {
        for empty in [None, Some(String::new())] {
            let args = ServeArgs {
                database: Some("sync.db".into()),
                listen: empty.clone(),
                jwt_secret_file: empty,
                ..ServeArgs::default()
            };
            let config = resolve(args).unwrap();
            assert_eq!(config.listen.to_string(), "127.0.0.1:8787");
            assert_eq!(config.storage, Storage::File("sync.db".into()));
        }
    }

    #[test]
    fn limits_are_whole_numbers_above_0_and_are_named_when_they_are_not() {
        let with = |value: &str| {
            let rate_limit = Some(value.to_owned());
            let args = ServeArgs { database: Some("sync.db".into()), rate_limit, ..ServeArgs::default() };
            resolve(args).map(|config| config.limits)
        };
        assert_eq!(with(" ").unwrap(), Limits::default());
        assert_eq!(with("7").unwrap().requests_per_second.map(u32::from), Some(7));
        for value in ["0", "-1", "1.5", "many", "4294967296"] {
            let words = with(value).unwrap_err().to_string();
            assert!(words.contains("SYNCPROOF_RATE_LIMIT") && words.contains(value), "{words}");
        }
    }

    #[test]
    fn a_secret_never_shows_in_debug_output() {
        let args = ServeArgs { database: Some("sync.db".into()), ..ServeArgs::default() };
        assert!(!format!("{:?}", resolve(args).unwrap()).contains("a secret"));
    }

    #[test]
    fn each_invalid_setting_has_its_own_error() {
        let with = |database: Option<&str>, allow_in_memory, strict| {
            let database = database.map(str::to_owned);
            resolve(ServeArgs { database, allow_in_memory, strict, ..ServeArgs::default() })
        };
        assert!(matches!(with(None, false, false), Err(ConfigError::NoDatabase)));
        assert!(matches!(with(Some(":memory:"), false, false), Err(ConfigError::MemoryNotAllowed(_))));
        assert!(matches!(with(Some(":memory:"), true, true), Err(ConfigError::StrictForbidsMemory)));
        assert!(matches!(with(Some("file:a.db"), true, false), Err(ConfigError::Uri(_))));
        assert_eq!(with(Some(""), true, false).unwrap().storage, Storage::Memory);
        assert_eq!(with(Some("a.db"), true, true).unwrap().storage, Storage::File("a.db".into()));
        let args = ServeArgs { database: Some("a.db".into()), ..ServeArgs::default() };
        assert!(matches!(args.resolve_with(Err(VarError::NotPresent)), Err(ConfigError::NoSecret)));
    }
}
