//! Checks whether a server answers at an address.

use std::error::Error;
use std::time::{Duration, Instant};

use crate::tls::Tls;

/// Pause between two requests.
const INTERVAL: Duration = Duration::from_millis(25);
/// More causes than any error has.
const MAX_CAUSES: usize = 16;

/// Whether the server gives any HTTP answer within that time. The request is for the session, the one call that needs no
/// credential.
pub async fn is_alive(base: &str, within: Duration) -> bool {
    wait_until_ready(base, within, || None::<()>).await.is_ok()
}

/// Waits until the server gives an HTTP answer. The error of a proxy in front of a server that is down does not count.
///
/// # Errors
/// What `given_up` returned, or None when the time is over.
pub async fn wait_until_ready<E>(
    base: &str,
    within: Duration,
    mut given_up: impl FnMut() -> Option<E>,
) -> Result<(), Option<E>> {
    let deadline = Instant::now() + within;
    // Any server that answers counts, and it gets no secret: its certificate does not matter here.
    let client = Tls::unverified().ok().and_then(|tls| tls.http_client().build().ok());
    loop {
        if let Some(client) = &client
            && let Ok(true) = is_answered(client, base, deadline.saturating_duration_since(Instant::now())).await
        {
            return Ok(());
        }
        if let Some(reason) = given_up() {
            return Err(Some(reason));
        }
        if Instant::now() >= deadline {
            return Err(None);
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Waits for an HTTP answer of a server that should be running already: a connection that fails is an error at once.
///
/// # Errors
/// One phrase that says why there is no answer.
pub async fn check_reachable(base: &str, tls: &Tls, within: Duration) -> Result<(), String> {
    let deadline = Instant::now() + within;
    let client = tls.http_client().build().map_err(|error| root_cause(&error))?;
    loop {
        match is_answered(&client, base, deadline.saturating_duration_since(Instant::now())).await {
            Ok(true) => return Ok(()),
            Err(error) if error.is_connect() && !error.is_timeout() => return Err(root_cause(&error)),
            Ok(false) | Err(_) => {}
        }
        if Instant::now() >= deadline {
            return Err(format!("no answer within {} s", within.as_secs_f64()));
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// The innermost cause of an error, such as `Connection refused (os error 111)`.
fn root_cause(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.take(MAX_CAUSES).last().map(ToString::to_string).unwrap_or_default()
}

/// Whether the server answers a request for the session; false when only a proxy in front of it answers.
async fn is_answered(client: &reqwest::Client, base: &str, within: Duration) -> reqwest::Result<bool> {
    let request = client.get(format!("{base}/api/auth/session")).timeout(within.max(INTERVAL));
    let answer = request.send().await?;
    Ok(!matches!(answer.status().as_u16(), 502..=504))
}

/// Waits until a server that was asked to restart answers and keeps answering: at first the old process may still
/// answer, and then no process does.
///
/// # Errors
/// When it does not answer for `steady` without interruption before `within` is over.
pub async fn wait_until_steady(base: &str, steady: Duration, within: Duration) -> Result<(), ()> {
    let deadline = Instant::now() + within;
    let mut since = None;
    while Instant::now() < deadline {
        if is_alive(base, INTERVAL * 40).await {
            let first = *since.get_or_insert_with(Instant::now);
            if first.elapsed() >= steady {
                return Ok(());
            }
        } else {
            since = None;
        }
        tokio::time::sleep(INTERVAL).await;
    }
    Err(())
}
