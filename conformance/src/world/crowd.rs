//! Many things at one instant.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::failure::{Checked, Failure};

/// Runs the futures on tasks of their own, lets all of them go at one instant, and returns what came of each, in
/// their order.
///
/// # Errors
/// When one of them panics, which is a fault of the suite.
pub async fn at_once<T, F>(futures: Vec<F>) -> Checked<Vec<T>>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let gate = Arc::new(Barrier::new(futures.len()));
    let mut tasks = JoinSet::new();
    for (index, future) in futures.into_iter().enumerate() {
        let gate = Arc::clone(&gate);
        tasks.spawn(async move {
            gate.wait().await;
            (index, future.await)
        });
    }
    let mut outcomes = Vec::with_capacity(tasks.len());
    while let Some(outcome) = tasks.join_next().await {
        let outcome = outcome
            .map_err(|error| Failure::new("http.no-5xx", "a task of the suite failed", "its end", error.to_string()))?;
        outcomes.push(outcome);
    }
    outcomes.sort_by_key(|(index, _)| *index);
    Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}
