//! A bad network: a proxy that forwards most exchanges, and disturbs the others in ways that a seed decides. Its target may
//! move to another address while it runs.

use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::transfer::{Transfer, read_answer, read_request, readdressed};
use crate::http1::Address;
use crate::tls::Tls;

/// Connections that are served at the same time; more of them wait.
const MAX_CONNECTIONS: usize = 256;
/// How long one exchange may take.
const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(60);
/// The longest delay of a request or an answer, in milliseconds.
const MAX_DELAY_MS: u64 = 60;
/// What is sent twice: there a second request does nothing that a client could not want.
const REPEATABLE: &str = "/api/sync/";

/// What happens to one exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Disturbance {
    /// The target never receives the request.
    RequestLost,
    /// The target receives the first half of the request.
    RequestCut,
    /// The client never receives the answer.
    AnswerLost,
    /// The client receives the first half of the answer.
    AnswerCut,
    /// The request arrives late, after others that were sent later.
    RequestDelayed,
    /// The answer arrives late, after others that were given later.
    AnswerDelayed,
    /// The target receives the request twice at once.
    SentTwice,
}

use Disturbance::{AnswerCut, AnswerDelayed, AnswerLost, RequestCut, RequestDelayed, RequestLost, SentTwice};

/// Each as often as the others, but for delays, which are more frequent.
const DISTURBANCES: [Disturbance; 10] = [
    RequestLost,
    RequestCut,
    AnswerLost,
    AnswerCut,
    RequestDelayed,
    RequestDelayed,
    AnswerDelayed,
    AnswerDelayed,
    SentTwice,
    SentTwice,
];

/// A proxy on loopback. Dropping it stops it.
#[derive(Debug)]
pub struct Network {
    base: String,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    target: Mutex<Address>,
    tls: Tls,
    random: Mutex<StdRng>,
    /// The share of exchanges that is disturbed, from 0 to 1.
    share: f64,
}

impl Network {
    /// A proxy in front of the target at `base`, which disturbs that share of the exchanges (0 to 1). Its clients use plain
    /// HTTP, also when the target uses TLS.
    ///
    /// # Errors
    /// When the address of the target cannot be parsed, or when no socket can be opened.
    pub async fn start(base: &str, tls: &Tls, share: f64, seed: u64) -> Result<Self, String> {
        let target = Address::parse(base, tls)?;
        let no_socket = |error: io::Error| format!("the proxy cannot open a socket: {error}");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(no_socket)?;
        let address = listener.local_addr().map_err(no_socket)?;
        let base = format!("http://{address}{}", target.prefix);
        let (target, random) = (Mutex::new(target), Mutex::new(StdRng::seed_from_u64(seed)));
        let state = Arc::new(State { target, tls: tls.clone(), random, share });
        let task = tokio::spawn(accept(listener, Arc::clone(&state)));
        Ok(Network { base, state, task })
    }

    /// The address under which clients reach the target.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// From now on the target is at this address.
    ///
    /// # Errors
    /// When the address cannot be parsed.
    pub fn lead_to(&self, base: &str) -> Result<(), String> {
        *lock(&self.state.target) = Address::parse(base, &self.state.tls)?;
        Ok(())
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    // The semaphore is never closed. If the listener fails, the proxy stops.
    while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
        let Ok((client, _)) = listener.accept().await else { return };
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            // The client notices every error here, since it gets no answer.
            let _ = timeout(EXCHANGE_TIMEOUT, state.exchange(client)).await;
            drop(slot);
        });
    }
}

impl State {
    fn disturbance(&self) -> (Option<Disturbance>, Duration) {
        let mut random = lock(&self.random);
        let delay = Duration::from_millis(random.random_range(0..=MAX_DELAY_MS));
        let is_disturbed = random.random_bool(self.share);
        (is_disturbed.then(|| DISTURBANCES[random.random_range(0..DISTURBANCES.len())]), delay)
    }

    async fn exchange(&self, mut client: TcpStream) -> io::Result<()> {
        let request = read_request(&mut client).await?;
        let (disturbance, delay) = self.disturbance();
        let answer = match disturbance {
            Some(RequestLost) => return Ok(()),
            Some(RequestCut) => {
                let (mut target, bytes) = self.reach(&request).await?;
                target.write_all(&bytes[..bytes.len() / 2]).await?;
                return target.shutdown().await;
            }
            Some(RequestDelayed) => {
                tokio::time::sleep(delay).await;
                self.forward(&request).await?
            }
            Some(SentTwice) if String::from_utf8_lossy(request.head()).contains(REPEATABLE) => {
                // Both are done before the client is told, so that nothing of it takes effect later.
                let (first, second) = tokio::join!(self.forward(&request), self.forward(&request));
                let second = second?;
                first.unwrap_or(second)
            }
            _ => self.forward(&request).await?,
        };
        match disturbance {
            Some(AnswerLost) => return Ok(()),
            Some(AnswerCut) => {
                return client.write_all(&[answer.head(), &answer.body()[..answer.body().len() / 2]].concat()).await;
            }
            Some(AnswerDelayed) => tokio::time::sleep(delay).await,
            _ => {}
        }
        client.write_all(&[answer.head(), answer.body()].concat()).await?;
        client.shutdown().await
    }

    /// A connection to the target, and the bytes of the request for it.
    async fn reach(&self, request: &Transfer) -> io::Result<(Box<dyn crate::tls::Connection>, Vec<u8>)> {
        let target = lock(&self.target).clone();
        let bytes = [&readdressed(request.head(), &target.authority), request.body()].concat();
        Ok((target.connect().await?, bytes))
    }

    async fn forward(&self, request: &Transfer) -> io::Result<Transfer> {
        let (mut target, bytes) = self.reach(request).await?;
        target.write_all(&bytes).await?;
        target.flush().await?;
        read_answer(&mut target).await
    }
}
