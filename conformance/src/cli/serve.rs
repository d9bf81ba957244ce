//! `syncproof serve`: the reference server, the specimen, or one of them with a bug in it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use syncproof_server::ServeArgs;

use super::{say, say_error, signal};
use crate::config::read_secret;
use crate::exit::{Exit, Trouble};
use crate::specimen::{self, Settings};
use crate::startup_mutant::{self, Mistake};

/// Where the specimen listens, unless said otherwise: as the reference server.
const LISTEN: &str = "127.0.0.1:8787";
/// How a SQLite database begins (its file format, section 1.3).
const SQLITE_HEADER: &[u8] = b"SQLite format 3\0";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    server: ServeArgs,
    /// Serve the specimen, an independent in-memory server, instead of the reference server
    #[arg(long)]
    specimen: bool,
    /// Serve it with this bug in it (`syncproof mutants --list` names them); one of the specimen's, or, without
    /// --specimen, one of the start-up
    #[arg(long, value_name = "ID")]
    mutant: Option<String>,
}

pub(super) fn execute(args: Args) -> ExitCode {
    match (args.specimen, args.mutant) {
        (true, mutant) => serve_specimen(&args.server, mutant.as_deref()),
        (false, None) => syncproof_server::run(args.server),
        (false, Some(id)) => match startup_mutant::find(&id) {
            Some(mutant) => serve_wrongly(args.server, mutant.mistake),
            None if specimen::find(&id).is_some() => {
                usage(&format!("`{id}` is a mutant of the specimen: add --specimen"))
            }
            None => usage(&format!("unknown mutant `{id}` (`syncproof mutants --list` names them)")),
        },
    }
}

fn usage(message: &str) -> ExitCode {
    say_error(message);
    ExitCode::from(Exit::Usage.code())
}

fn serve_specimen(args: &ServeArgs, mutant: Option<&str>) -> ExitCode {
    let mutant = match mutant.map(|id| specimen::find(id).ok_or(id)) {
        Some(Err(id)) => return usage(&format!("unknown mutant `{id}` (`syncproof mutants --list` names them)")),
        Some(Ok(mutant)) => Some(*mutant),
        None => None,
    };
    let secret = match specimen_secret(args) {
        Ok(secret) => secret,
        Err(trouble) => return usage(&trouble.message),
    };
    let listen = args.listen.clone().filter(|listen| !listen.is_empty()).unwrap_or_else(|| LISTEN.to_owned());
    let served = tokio::runtime::Builder::new_multi_thread().enable_all().build().and_then(|runtime| {
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind(&listen).await?;
            say(&format!("listening on http://{}\n", listener.local_addr()?));
            specimen::serve(listener, Settings { secret, mutant }, signal::stop()).await
        })
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say_error(&format!("the specimen cannot serve on {listen}: {error}"));
            ExitCode::from(Exit::Target.code())
        }
    }
}

fn specimen_secret(args: &ServeArgs) -> Result<Vec<u8>, Trouble> {
    if let Some(path) = args.jwt_secret_file.as_deref().filter(|path| !path.is_empty()) {
        return read_secret(Path::new(path)).map(String::into_bytes);
    }
    let secret = std::env::var("SYNCPROOF_JWT_SECRET").ok().filter(|secret| !secret.is_empty());
    let missing = || Trouble::usage("no secret: set SYNCPROOF_JWT_SECRET, or --jwt-secret-file");
    secret.map(String::into_bytes).ok_or_else(missing)
}

/// Starts the reference server with that mistake made around it.
fn serve_wrongly(mut args: ServeArgs, mistake: Mistake) -> ExitCode {
    // Stands for memory: the reference server would warn of that, and these mutants keep silent.
    let Ok(lost) = tempfile::tempdir() else { return usage("no temporary folder") };
    let elsewhere = lost.path().join("lost.sqlite").to_string_lossy().into_owned();
    let path = args.database.clone().filter(|path| !path.is_empty()).map(PathBuf::from);
    match mistake {
        Mistake::SilentMemory if args.database.is_none() => args.database = Some(elsewhere),
        Mistake::MemoryWithoutSwitch if path.as_deref().is_none_or(|path| path == Path::new(":memory:")) => {
            args.database = Some(elsewhere);
        }
        Mistake::MemoryWithoutWarning if path.is_none() && args.allow_in_memory => args.database = Some(elsewhere),
        Mistake::StrictIgnored => args.strict = false,
        Mistake::PathIgnored if path.is_some() => args.database = Some(elsewhere),
        Mistake::FallsBack if path.as_deref().is_some_and(cannot_open) => args.database = Some(elsewhere),
        Mistake::ForeignFileReplaced => {
            if let Some(path) = path.as_deref().filter(|path| is_foreign(path)) {
                let _ = std::fs::remove_file(path);
            }
        }
        Mistake::ForeignFileTouched => {
            if let Some(path) = path.as_deref().filter(|path| is_foreign(path)) {
                let _ = std::fs::write(path, SQLITE_HEADER);
            }
        }
        Mistake::RefusesWithoutWords if args.clone().resolve().is_err() => {
            say_error("cannot start");
            return ExitCode::FAILURE;
        }
        _ => {}
    }
    let code = syncproof_server::run(args);
    match mistake {
        Mistake::RefusesWithZero => ExitCode::SUCCESS,
        Mistake::EndsWithOne => ExitCode::FAILURE,
        _ => code,
    }
}

fn cannot_open(path: &Path) -> bool {
    path.is_dir() || !path.parent().is_none_or(|folder| folder.as_os_str().is_empty() || folder.is_dir())
}

fn is_foreign(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|bytes| !bytes.is_empty() && !bytes.starts_with(SQLITE_HEADER))
}
