//! Requests that are sent at the same instant.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::client::{Answer, Client, Request};
use syncproof_protocol::endpoint;
use syncproof_protocol::failure::{Checked, Failure, Stop};

/// Runs each future in its own task, starts all of them at the same instant, and returns their results in order.
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

/// Waits until each of them may send one request at the same instant, so that a rate limit does not spread the requests.
async fn reserve_rate(clients: &[Client]) {
    if let Some(client) = clients.first() {
        client.reserve_rate(clients.len()).await;
    }
}

/// Clients with the same credentials, each with its own open connection.
async fn open_connections(clients: &[&Client]) -> Checked<Vec<Client>> {
    let mut opened = Vec::with_capacity(clients.len());
    for client in clients {
        opened.push(client.on_new_connections().map_err(Stop::Skipped)?);
    }
    let opening: Vec<_> = opened
        .iter()
        .map(|client| client.with_credential("anonymous", &[]))
        .map(|client| async move { client.send_saved(Request::get(endpoint::SESSION.path)).await })
        .collect();
    reserve_rate(&opened).await;
    at_once(opening).await?;
    Ok(opened)
}

/// Sends each request over its own connection, all at the same instant: the connections are open before the first
/// request is sent.
///
/// # Errors
/// When the HTTP client cannot be set up.
pub async fn send_together(requests: Vec<(Client, Request)>) -> Checked<Vec<Answer>> {
    let (clients, requests): (Vec<Client>, Vec<Request>) = requests.into_iter().unzip();
    let clients = open_connections(&clients.iter().collect::<Vec<_>>()).await?;
    reserve_rate(&clients).await;
    let sending = clients.into_iter().zip(requests);
    at_once(sending.map(|(client, request)| async move { client.send_saved(request).await }).collect()).await
}
