//! What happens to requests and answers on their way: nothing on sockets, where they take the time they take; in a simulation
//! a seed decides how long each is under way, and which of them are lost.

use std::sync::Arc;
use std::time::Duration;

use syncproof_harness::client::{Answer, Client, Request};
use syncproof_protocol::simulation;

/// How long a request or an answer is under way, in milliseconds, and how long at times.
const ORDINARY_MS: u64 = 4;
const SLOW_MS: u64 = 40;
/// One in so many is slow.
const SLOW_ONE_IN: u64 = 20;
/// On a bad network, one exchange in so many is disturbed.
const DISTURBED_ONE_IN: u64 = 12;
/// How long a client waits before it hangs up, in milliseconds.
const PATIENCE_MS: u64 = 30;

/// How requests and answers travel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Transit {
    /// Whether the network of a simulation is a bad one.
    pub(crate) is_bad: bool,
}

impl Transit {
    /// Sends a request, and waits for what becomes of it.
    pub(crate) async fn send(self, client: &Client, request: Request) -> Answer {
        if !simulation::is_on() {
            return client.send(request).await;
        }
        wait(ORDINARY_MS).await;
        let disturbed = self.is_bad && below(DISTURBED_ONE_IN) == 0;
        let answer = match below(3) {
            // The answer is lost after the work was done.
            0 if disturbed => {
                client.send(request.clone()).await;
                unanswered(&request)
            }
            // The client hangs up, or its connection is lost, while the server is at work.
            1 if disturbed => {
                let patience = Duration::from_millis(below(PATIENCE_MS));
                tokio::time::timeout(patience, client.send(request.clone()))
                    .await
                    .unwrap_or_else(|_| unanswered(&request))
            }
            // It arrives twice.
            2 if disturbed => tokio::join!(client.send(request.clone()), client.send(request)).0,
            _ => client.send(request).await,
        };
        wait(ORDINARY_MS).await;
        answer
    }
}

/// Waits for a time below this one, or, now and then, for a longer one.
async fn wait(ordinary_ms: u64) {
    let longest = if below(SLOW_ONE_IN) == 0 { SLOW_MS } else { ordinary_ms };
    tokio::time::sleep(Duration::from_millis(below(longest))).await;
}

fn below(bound: u64) -> u64 {
    simulation::below(bound).unwrap_or(0)
}

/// What is known of a request whose client hung up, or whose answer was lost.
pub(crate) fn unanswered(request: &Request) -> Answer {
    Answer::new(Arc::new(request.exchange("")))
}
