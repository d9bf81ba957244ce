//! The proxy: forwards each complete request and loses its answer in one of several ways.

use std::io;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::transfer::{Transfer, read_answer, read_request, readdressed};
use crate::http1::Address;
use crate::targets::Target;

/// Connections that are served at the same time; more of them wait.
const MAX_CONNECTIONS: usize = 64;
/// How long one exchange may take.
const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(60);
/// How long to wait for answers that are still outstanding.
const QUIET_TIMEOUT: Duration = Duration::from_secs(30);
/// Pause between two checks for outstanding answers.
const INTERVAL: Duration = Duration::from_millis(10);

/// What goes wrong with every exchange through a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The target sends its whole answer; the client receives none of it.
    AnswerLost,
    /// The client receives the answer's head and half of its body.
    AnswerCut,
    /// The client's connection is closed as soon as the request has been forwarded. The target does not notice.
    ClientGone,
    /// Both connections are closed as soon as the request has been forwarded, so the target sees its client disconnect.
    BothGone,
}

impl Fault {
    /// Every fault that leaves the client without a complete answer.
    pub const ALL: [Fault; 4] = [Fault::AnswerLost, Fault::AnswerCut, Fault::ClientGone, Fault::BothGone];
}

/// A proxy on loopback in front of one target. Dropping it stops it.
#[derive(Debug)]
pub struct Proxy {
    base: String,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    target: Address,
    fault: Fault,
    passed: AtomicUsize,
    under_way: AtomicUsize,
    lost: Mutex<Vec<Value>>,
}

impl Proxy {
    /// A proxy in front of that target. Its clients use plain HTTP, also when the target uses TLS.
    ///
    /// # Errors
    /// When the address of the target cannot be parsed, or when no socket can be opened.
    pub async fn start(target: &Target, fault: Fault) -> Result<Self, String> {
        let target = Address::parse(&target.base, &target.tls)?;
        let no_socket = |error: io::Error| format!("the proxy cannot open a socket: {error}");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(no_socket)?;
        let address = listener.local_addr().map_err(no_socket)?;
        let base = format!("http://{address}{}", target.prefix);
        let state = Arc::new(State {
            target,
            fault,
            passed: AtomicUsize::new(0),
            under_way: AtomicUsize::new(0),
            lost: Mutex::default(),
        });
        let task = tokio::spawn(accept(listener, Arc::clone(&state)));
        Ok(Proxy { base, state, task })
    }

    /// The address under which clients reach the target through the proxy.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// How many complete requests were forwarded to the target.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.state.passed.load(Ordering::SeqCst)
    }

    /// The bodies of the answers that the target sent and the client did not receive, where they are JSON.
    #[must_use]
    pub fn lost(&self) -> Vec<Value> {
        self.state.lost.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until the target has answered every forwarded request, within a bound.
    pub async fn quiet(&self) {
        let looking = async {
            while self.state.under_way.load(Ordering::SeqCst) > 0 {
                tokio::time::sleep(INTERVAL).await;
            }
        };
        // If the target never answers, the next request to it shows that.
        let _ = timeout(QUIET_TIMEOUT, looking).await;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    // The semaphore is never closed. If the listener fails, the proxy stops.
    while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
        let Ok((client, _)) = listener.accept().await else { return };
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            state.under_way.fetch_add(1, Ordering::SeqCst);
            // The client notices every error here, since it gets no answer.
            let _ = timeout(EXCHANGE_TIMEOUT, state.exchange(client)).await;
            state.under_way.fetch_sub(1, Ordering::SeqCst);
            drop(slot);
        });
    }
}

impl State {
    async fn exchange(&self, mut client: TcpStream) -> io::Result<()> {
        let request = read_request(&mut client).await?;
        let mut target = self.target.connect().await?;
        let head = readdressed(request.head(), &self.target.authority);
        target.write_all(&[&head, request.body()].concat()).await?;
        target.flush().await?;
        self.passed.fetch_add(1, Ordering::SeqCst);
        match self.fault {
            Fault::BothGone => {}
            Fault::ClientGone => {
                drop(client);
                self.keep(&read_answer(&mut target).await?);
            }
            Fault::AnswerLost => self.keep(&read_answer(&mut target).await?),
            Fault::AnswerCut => {
                let answer = read_answer(&mut target).await?;
                self.keep(&answer);
                client.write_all(&[answer.head(), &answer.body()[..answer.body().len() / 2]].concat()).await?;
            }
        }
        Ok(())
    }

    fn keep(&self, answer: &Transfer) {
        if let Ok(body) = serde_json::from_slice(answer.content()) {
            self.lost.lock().unwrap_or_else(PoisonError::into_inner).push(body);
        }
    }
}
