//! Running the server: from settings to a listening socket, until a signal stops it.

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::args::ServeArgs;
use crate::config::Config;
use crate::router::router;
use crate::state::AppState;
use crate::store::{OpenError, Storage, Store};

/// How long requests in flight may take after the signal to stop.
const DRAIN_TIMEOUT_SECONDS: u64 = 10;

/// How long the store may take after that to finish the work in its queues.
const CLOSE_TIMEOUT_SECONDS: u64 = 20;

const EXIT_FAILURE: u8 = 1;
const EXIT_CONFIGURATION: u8 = 2;

/// Why the server did not start, or ended without a signal.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The database cannot be used.
    #[error("OR3_SQLITE_DB_PATH: {0}")]
    Open(#[from] OpenError),
    /// The server cannot listen on the address.
    #[error("SYNCPROOF_LISTEN: cannot listen on {address}: {source}")]
    Bind {
        /// The address from the settings.
        address: SocketAddr,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// The operating system reported an error while the server was running.
    #[error("cannot continue to serve: {0}")]
    Io(#[from] std::io::Error),
    /// The store did not finish its work in time.
    #[error("the database did not close within {CLOSE_TIMEOUT_SECONDS} seconds")]
    CloseTimeout,
}

/// Runs the server with these arguments until SIGTERM or SIGINT, and returns the exit code: 0 after a regular stop, 2
/// for invalid settings, 1 for everything else. Errors go to stderr, one sentence each, and so does the log.
pub fn run(args: ServeArgs) -> ExitCode {
    // A process that has a logger already keeps it.
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(tracing::Level::WARN);
    let _ = log.try_init();
    let config = match args.resolve() {
        Ok(config) => config,
        Err(error) => return fail(EXIT_CONFIGURATION, &error),
    };
    let served = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(ServeError::from).and_then(
        |runtime| {
            let served = runtime.block_on(serve(config));
            // A connection that is still open after the drain must not delay the exit.
            runtime.shutdown_background();
            served
        },
    );
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(EXIT_FAILURE, &error),
    }
}

#[allow(clippy::print_stderr)]
fn fail(code: u8, error: &dyn std::error::Error) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::from(code)
}

/// Opens the store, listens, prints the address to stdout (`listening on http://ADDR`), and serves until SIGTERM or
/// SIGINT. Then it finishes the requests in flight, within a time limit, and closes the store.
///
/// # Errors
///
/// When the database or the address cannot be used, or the store does not close in time.
pub async fn serve(config: Config) -> Result<(), ServeError> {
    // Before anything else, so that no signal is missed after the server has printed its address.
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    print_warnings(&config);
    let storage = config.storage.clone();
    let store = tokio::task::spawn_blocking(move || Store::open(&storage)).await.map_err(std::io::Error::from)??;
    let served = listen(&config, store.clone(), async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
    .await;
    let closed = tokio::time::timeout(Duration::from_secs(CLOSE_TIMEOUT_SECONDS), store.close()).await;
    served.and(closed.map_err(|_| ServeError::CloseTimeout))
}

async fn listen(config: &Config, store: Store, stop: impl Future<Output = ()> + Send) -> Result<(), ServeError> {
    let address = config.listen;
    let listener = TcpListener::bind(address).await.map_err(|source| ServeError::Bind { address, source })?;
    announce(&listener.local_addr()?);
    let (stopping, stopped) = tokio::sync::oneshot::channel::<()>();
    let service = router(AppState::with_limits(store, &config.secret, config.limits));
    // The rate limit identifies clients without a credential by their address.
    let service = service.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
        let _ = stopped.await;
    });
    let serving = tokio::spawn(async move { serving.await });
    stop.await;
    let _ = stopping.send(());
    match tokio::time::timeout(Duration::from_secs(DRAIN_TIMEOUT_SECONDS), serving).await {
        Ok(served) => Ok(served.map_err(std::io::Error::from)??),
        Err(_) => {
            tracing::warn!("some connections were still open after {DRAIN_TIMEOUT_SECONDS} seconds");
            Ok(())
        }
    }
}

/// Prints the address. A closed stdout does not matter.
fn announce(address: &SocketAddr) {
    let mut stdout = std::io::stdout().lock();
    let _ = writeln!(stdout, "listening on http://{address}").and_then(|()| stdout.flush());
}

#[allow(clippy::print_stderr)]
fn print_warnings(config: &Config) {
    if config.storage == Storage::Memory {
        eprintln!("WARNING: in-memory storage: all data is lost when this process exits.");
    }
    if config.secret.is_short() {
        eprintln!("WARNING: SYNCPROOF_JWT_SECRET is shorter than 32 bytes and may be guessed.");
    }
}
