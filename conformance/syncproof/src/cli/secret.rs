//! The secret that the tokens of a served specimen, or of a mutant of the reference server, are signed with.

use std::path::Path;

use crate::config::read_secret;
use syncproof_harness::exit::CliError;
use syncproof_server::ServeArgs;

pub(super) fn secret(args: &ServeArgs) -> Result<Vec<u8>, CliError> {
    if let Some(path) = args.jwt_secret_file.as_deref().filter(|path| !path.is_empty()) {
        return read_secret(Path::new(path)).map(String::into_bytes);
    }
    let secret = std::env::var("SYNCPROOF_JWT_SECRET").ok().filter(|secret| !secret.is_empty());
    let missing = || CliError::usage("no secret: set SYNCPROOF_JWT_SECRET, or --jwt-secret-file");
    secret.map(String::into_bytes).ok_or_else(missing)
}
