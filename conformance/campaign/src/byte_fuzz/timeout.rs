//! The time limit of one check. It also ends when a server waits for ever or never releases its thread.

use std::any::Any;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

/// The longest that a whole check may take. An answer has a shorter bound of its own, which says more.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Runs the check on a thread of its own, so that it ends here whatever the server does.
pub(super) fn within_bound<F>(check: impl FnOnce() -> F + Send + 'static) -> Result<(), String>
where
    F: Future<Output = Result<(), String>>,
{
    let (sender, receiver) = sync_channel(1);
    let thread = std::thread::Builder::new().name("check".to_owned()).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let outcome = runtime.map_err(|error| error.to_string()).and_then(|runtime| runtime.block_on(check()));
        // After the time limit nobody receives the result.
        let _ = sender.send(outcome);
    });
    let thread = thread.map_err(|error| format!("no thread for the check: {error}"))?;
    match receiver.recv_timeout(TIMEOUT) {
        Ok(outcome) => outcome,
        // The thread keeps running: nothing can end it.
        Err(RecvTimeoutError::Timeout) => {
            Err(format!("http.no-5xx: the server holds on to its thread for {TIMEOUT:?}"))
        }
        Err(RecvTimeoutError::Disconnected) => match thread.join() {
            Ok(()) => Err("the check ended without an outcome".to_owned()),
            Err(panic) => Err(format!("http.no-5xx: a panic: {}", words(panic.as_ref()))),
        },
    }
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without words")
}
