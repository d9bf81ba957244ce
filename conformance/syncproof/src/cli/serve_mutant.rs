//! The reference server with a bug at start-up: `syncproof serve --mutant ID`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use syncproof_server::ServeArgs;

use super::console::{say_error, usage};
use super::secret::secret;
use super::signal;
use crate::startup_mutant::StartupFault;
use crate::startup_mutant::faulty_proxy::FaultyProxy;
use crate::startup_mutant::store::StoreContents;
use syncproof_harness::targets::free_port;

/// How a SQLite database begins (its file format, section 1.3).
const SQLITE_HEADER: &[u8] = b"SQLite format 3\0";

/// Starts the reference server, and makes the mistake before, around or after it.
pub(super) fn serve_mutant(mut args: ServeArgs, fault: StartupFault) -> ExitCode {
    // This file is lost at the end, as a database in memory would be. The reference server would warn about memory, and
    // these mutants must not.
    let Ok(lost) = tempfile::tempdir() else { return usage("no temporary folder") };
    let elsewhere = lost.path().join("lost.sqlite").to_string_lossy().into_owned();
    let path = args.database.clone().filter(|path| !path.is_empty()).map(PathBuf::from);
    match fault {
        StartupFault::SilentMemory if args.database.is_none() => args.database = Some(elsewhere),
        StartupFault::MemoryWithoutSwitch if path.as_deref().is_none_or(|path| path == Path::new(":memory:")) => {
            args.database = Some(elsewhere);
        }
        StartupFault::MemoryWithoutWarning if path.is_none() && args.allow_in_memory => args.database = Some(elsewhere),
        StartupFault::StrictIgnored => args.strict = false,
        StartupFault::PathIgnored if path.is_some() => args.database = Some(elsewhere),
        StartupFault::FallsBack if path.as_deref().is_some_and(cannot_open) => args.database = Some(elsewhere),
        StartupFault::ForeignFileReplaced => {
            if let Some(path) = path.as_deref().filter(|path| is_foreign(path)) {
                let _ = std::fs::remove_file(path);
            }
        }
        StartupFault::ForeignFileTouched => {
            if let Some(path) = path.as_deref().filter(|path| is_foreign(path)) {
                let _ = std::fs::write(path, SQLITE_HEADER);
            }
        }
        StartupFault::RefusesWithoutWords if args.clone().resolve().is_err() => {
            say_error("cannot start");
            return ExitCode::FAILURE;
        }
        _ => {}
    }
    let path = args.database.clone().filter(|path| !path.is_empty()).map(PathBuf::from);
    let found = path.as_deref().map(StoreContents::inspect);
    if let (Some(found), Some(path)) = (&found, &path) {
        if fault == StartupFault::RefusesNewerSilently && found.is_newer() {
            return ExitCode::FAILURE;
        }
        found.corrupt(path, fault);
    }
    let code = match fault {
        StartupFault::DropsInFlight => until_stopped(args),
        _ if fault.is_made_by_proxy() => behind_proxy(args, fault, path.clone().unwrap_or_default()),
        _ => syncproof_server::run(args),
    };
    if let Some(path) = &path {
        StoreContents::close(path);
    }
    match fault {
        StartupFault::RefusesWithZero => ExitCode::SUCCESS,
        StartupFault::EndsWithOne => ExitCode::FAILURE,
        _ => code,
    }
}

/// Serves on another thread, which ends with the process.
fn run_beside(args: ServeArgs) -> tokio::sync::oneshot::Receiver<ExitCode> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || sender.send(syncproof_server::run(args)));
    receiver
}

fn runtime() -> Option<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().ok()
}

/// Ends at the signal, whatever the server is doing then.
fn until_stopped(args: ServeArgs) -> ExitCode {
    let Some(runtime) = runtime() else { return ExitCode::FAILURE };
    runtime.block_on(async {
        // Listens for signals first, so that none is missed.
        let stopped = tokio::spawn(signal::stop());
        let ended = run_beside(args);
        tokio::select! {
            biased;
            _ = stopped => ExitCode::SUCCESS,
            code = ended => code.unwrap_or(ExitCode::FAILURE),
        }
    })
}

/// Serves behind a proxy that makes the mistake.
fn behind_proxy(mut args: ServeArgs, fault: StartupFault, database: PathBuf) -> ExitCode {
    let (Some(runtime), Ok(secret), Ok(port)) = (runtime(), secret(&args), free_port()) else {
        return ExitCode::FAILURE;
    };
    let listen = args.listen.replace(format!("127.0.0.1:{port}")).unwrap_or_default();
    let Some(proxy) = FaultyProxy::new(format!("http://127.0.0.1:{port}"), fault, secret, database) else {
        return ExitCode::FAILURE;
    };
    runtime.block_on(async {
        let ended = run_beside(args);
        let serving = tokio::spawn(async move { proxy.serve(&listen, signal::stop()).await });
        let code = ended.await.unwrap_or(ExitCode::FAILURE);
        serving.abort();
        code
    })
}

fn cannot_open(path: &Path) -> bool {
    path.is_dir() || !path.parent().is_none_or(|folder| folder.as_os_str().is_empty() || folder.is_dir())
}

fn is_foreign(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|bytes| !bytes.is_empty() && !bytes.starts_with(SQLITE_HEADER))
}
