//! Checks whether a server answers at an address.

use std::time::{Duration, Instant};

/// Pause between two requests.
const INTERVAL: Duration = Duration::from_millis(25);

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
    let url = format!("{base}/api/auth/session");
    let deadline = Instant::now() + within;
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().ok();
    loop {
        if let Some(client) = &client {
            let left = deadline.saturating_duration_since(Instant::now()).max(INTERVAL);
            let answer = client.get(&url).timeout(left).send().await;
            if answer.is_ok_and(|answer| !matches!(answer.status().as_u16(), 502..=504)) {
                return Ok(());
            }
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
