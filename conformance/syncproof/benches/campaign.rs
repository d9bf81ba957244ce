//! How fast sequences are generated and performed: in this process, and over sockets beside a client that only sends.
//!
//! Everything runs on this thread, except the server behind the sockets. Each figure is the median of several rounds.
//! `cargo bench --bench campaign -- NAME` measures one of `generated`, `reference`, `specimen` and `sockets` alone.
#![allow(clippy::unwrap_used, reason = "a measurement that fails has no result")]
#![allow(clippy::print_stdout, reason = "results go to standard output")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use syncproof::{in_process, reference};
use syncproof_campaign as campaign;
use syncproof_campaign::sequence::{Step, VersionRef, WorkspaceRef, identity};
use syncproof_campaign::{CampaignTarget, TargetHandle, generator};
use syncproof_harness::client::{Client, Recorder};
use syncproof_harness::credential::{Credentials, DEFAULT_PROVIDER, Minter};
use syncproof_harness::tls::Tls;

/// Rounds of each measurement.
const ROUNDS: usize = 7;
/// Sequences of a round.
const SEQUENCES: usize = 500;
/// Sequences of a round over sockets.
const SOCKET_SEQUENCES: usize = 150;
/// Ops of a sequence.
const OPS: usize = 20;
/// Ops of a push.
const BATCH: usize = 5;
/// The key that signs tokens. It need not be secret: no other program uses this server.
const SECRET: &str = "a secret that no other process has to know";

/// As in the binary that is measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    // Arguments that begin with a dash come from cargo.
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let is_asked = |name: &str| only.as_deref().is_none_or(|only| only == name);
    let sequences = sequences(SEQUENCES);
    if is_asked("generated") {
        generated();
    }
    if is_asked("reference") {
        in_this_process("reference", &in_process::reference(), &sequences);
    }
    if is_asked("specimen") {
        in_this_process("specimen", &in_process::specimen(None, Vec::new()), &sequences);
    }
    if is_asked("sockets") {
        sockets(&sequences[..SOCKET_SEQUENCES]);
    }
}

/// How fast sequences are generated.
fn generated() {
    let speed = median(|round| {
        let began = Instant::now();
        (0..SEQUENCES).for_each(|number| drop(generator::sequence(round as u64, number as u64).unwrap()));
        per_second(SEQUENCES, began.elapsed())
    });
    println!("generated: {speed:.0} sequences/s");
}

/// How fast they are performed without sockets, on a fresh server each.
fn in_this_process(name: &str, target: &CampaignTarget, sequences: &[Vec<Step>]) {
    let runtime = runtime();
    let mut requests = 0;
    let speed = median(|_| {
        let began = Instant::now();
        requests = sequences.iter().map(|steps| runtime.block_on(perform(target, steps))).sum();
        per_second(SEQUENCES, began.elapsed())
    });
    let each = requests as f64 / SEQUENCES as f64;
    println!(
        "in process, {name}: {speed:.0} sequences/s of {OPS} ops, {each:.1} requests each: {:.0} requests/s, {:.0} ops/s",
        speed * each,
        speed * OPS as f64
    );
}

/// How fast they are performed over sockets, compared with a client that only sends.
fn sockets(sequences: &[Vec<Step>]) {
    let base = serve();
    let runtime = runtime();
    let (mut suite, mut bare) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let (by_suite, by_bare) = runtime.block_on(over_sockets(&base, round, sequences));
        suite.push(by_suite);
        bare.push(by_bare);
    }
    let mut ratios: Vec<f64> = suite.iter().zip(&bare).map(|(suite, bare)| suite / bare).collect();
    let (suite, bare, ratio) = (middle(&mut suite), middle(&mut bare), middle(&mut ratios));
    println!("over sockets: {suite:.0} requests/s; a bare client: {bare:.0} requests/s; ratio {ratio:.2}");
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Sequences of twenty generated ops in four pushes, followed by reads of the state.
fn sequences(count: usize) -> Vec<Vec<Step>> {
    // Every fifth sequence has conflicting writes.
    let steps = (0..).step_by(5).flat_map(|number| generator::sequence(1, number).unwrap());
    let mut ops = steps.filter_map(|step| match step {
        Step::Push { ops, .. } => Some(ops),
        _ => None,
    });
    let (by, at) = (0, WorkspaceRef::Home(0));
    let sequence = |ops: Vec<_>| {
        let pushes = ops.chunks(BATCH).map(|ops| Step::Push { by, at, ops: ops.to_vec() });
        let reads = [
            Step::Pull { by, at, cursor: VersionRef::At(0), limit: 1000, tables: None },
            Step::Follow { by, at, cursor: VersionRef::At(0), limit: 7, tables: None },
            Step::Snapshot { by, at, page_size: 1000, tables: None, between: Vec::new() },
        ];
        pushes.chain(reads).collect()
    };
    (0..count).map(|_| sequence(ops.by_ref().flatten().take(OPS).collect())).collect()
}

/// Performs the steps, checked by the oracle. Returns the number of requests.
async fn perform(target: &CampaignTarget, steps: &[Step]) -> u64 {
    let performance = campaign::execute_on_new_target(target, steps).await.unwrap();
    assert!(performance.finding.is_none(), "{:?}", performance.finding);
    performance.requests
}

/// Requests a second of the suite, and of a client that sends the same requests and only waits for the end of each
/// answer.
async fn over_sockets(base: &str, round: usize, sequences: &[Vec<Step>]) -> (f64, f64) {
    let recorder = || Arc::new(Recorder::new("bench", Arc::default()));
    let minter = Minter::new(SECRET.as_bytes().to_vec());
    let client = Client::anonymous(base, &Tls::none().unwrap(), recorder()).unwrap();
    let credentials = Arc::new(Credentials::jwt_secret(SECRET));
    let handle = TargetHandle::new(client, credentials, reference::capabilities());
    let recorders: Vec<_> = sequences.iter().map(|_| recorder()).collect();
    let (began, mut requests) = (Instant::now(), 0);
    for (steps, recorder) in sequences.iter().zip(&recorders) {
        requests += campaign::execute_on(&handle, steps, Arc::clone(recorder)).await.unwrap().requests;
    }
    let by_suite = per_second(usize::try_from(requests).unwrap(), began.elapsed());

    let http = Tls::none().unwrap().http_client().build().unwrap();
    let mut prepared = Vec::new();
    for (number, recorder) in recorders.iter().enumerate() {
        let person = identity(0, DEFAULT_PROVIDER, (round * SEQUENCES + number) as u64, false).unwrap();
        let (name, value) = minter.authorization(&person).unwrap();
        let login = http.get(format!("{base}/api/auth/session")).header(&name, &value).send().await.unwrap();
        let new_home = home(&login.bytes().await.unwrap());
        let transcript = recorder.transcript();
        let old_home = home(&transcript.sent[0].exchange.response);
        for sent in &transcript.sent {
            let body = sent
                .exchange
                .request
                .as_deref()
                .map(|body| String::from_utf8_lossy(body).replace(&old_home, &new_home).into_bytes());
            let method: reqwest::Method = sent.exchange.method.parse().unwrap();
            let request = http.request(method, format!("{base}{}", sent.exchange.path)).header(&name, &value);
            let request = match body {
                Some(body) => request.header("content-type", "application/json").body(body),
                None => request,
            };
            prepared.push(request.build().unwrap());
        }
    }
    let (began, requests) = (Instant::now(), prepared.len());
    for request in prepared {
        http.execute(request).await.unwrap().bytes().await.unwrap();
    }
    (by_suite, per_second(requests, began.elapsed()))
}

/// The active workspace of a session.
fn home(session: &[u8]) -> String {
    let session: Value = serde_json::from_slice(session).unwrap();
    session["session"]["workspace"]["id"].as_str().unwrap().to_owned()
}

/// The reference server on a port of its own, on a thread of its own, until this process ends.
fn serve() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        runtime().block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, reference::router(SECRET, Arc::default()).unwrap()).await.unwrap();
        });
    });
    base
}

fn per_second(count: usize, elapsed: Duration) -> f64 {
    count as f64 / elapsed.as_secs_f64()
}

fn median(measure: impl FnMut(usize) -> f64) -> f64 {
    middle(&mut (0..ROUNDS).map(measure).collect::<Vec<_>>())
}

fn middle(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
