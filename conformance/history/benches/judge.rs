//! How long histories of 10^4 to 10^6 calls take to read and to judge, and how much memory that needs at its peak.
//!
//! `cargo bench -p syncproof-history` runs each length in a process of its own, on one thread.

#![allow(clippy::expect_used, reason = "a measurement that fails has no result")]
#![allow(clippy::print_stdout, reason = "results go to standard output")]

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use syncproof_history::{file, judge};

/// Clients that write, and as many that read.
const CLIENTS: usize = 8;
/// Workspaces that they share.
const WORKSPACES: usize = 4;
/// Records of each table.
const RECORDS: usize = 500;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(path) = arguments.iter().position(|word| word == "--judge").and_then(|place| arguments.get(place + 1)) {
        return judge_file(Path::new(path));
    }
    println!("{:>9} {:>9} {:>9} {:>9} {:>9} {:>11}", "calls", "file MB", "read s", "judge s", "peak MB", "calls/s");
    for calls in [10_000, 30_000, 100_000, 300_000, 1_000_000] {
        let path = std::env::temp_dir().join(format!("syncproof-history-{}-{calls}.jsonl", std::process::id()));
        write_history(&path, calls);
        let program = std::env::current_exe().expect("the path of this program");
        let status = Command::new(program).arg("--judge").arg(&path).status();
        fs::remove_file(&path).expect("the file can be removed");
        assert!(status.is_ok_and(|status| status.success()), "the history of {calls} calls was not judged");
    }
}

fn judge_file(path: &Path) {
    let bytes = fs::metadata(path).map_or(0, |metadata| metadata.len());
    let started = Instant::now();
    let opened = BufReader::with_capacity(1 << 20, File::open(path).expect("the file is there"));
    let history = file::read(opened).expect("a history");
    let read = started.elapsed().as_secs_f64();
    let anomalies = judge(&history);
    let total = started.elapsed().as_secs_f64();
    assert!(anomalies.is_empty(), "{:?}", anomalies.kept());
    let calls = history.len();
    println!(
        "{calls:>9} {:>9.1} {read:>9.2} {:>9.2} {:>9.0} {:>11.0}",
        bytes as f64 / 1e6,
        total - read,
        peak_mb(),
        calls as f64 / total
    );
}

/// The most memory that this process had so far, in megabytes.
fn peak_mb() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1e3
}

/// A workspace of a server that answers correctly.
#[derive(Default)]
struct Server {
    log: Vec<String>,
    cursors: [usize; CLIENTS],
}

/// Writes a history of so many calls: half of them pushes of one to three ops, the others pulls that follow the log.
fn write_history(path: &Path, calls: usize) {
    let mut file = BufWriter::new(File::create(path).expect("a file in the folder for temporary files"));
    let mut servers: Vec<Server> = (0..WORKSPACES).map(|_| Server::default()).collect();
    let (mut now, mut random) = (0_u64, 1_u64);
    let mut next = |bound: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(random >> 33).unwrap_or_default() % bound
    };
    writeln!(file, r#"{{"syncproof_history":1}}"#).expect("room");
    let mut ops = 0;
    for _ in 0..calls {
        let (workspace, client) = (next(WORKSPACES), next(CLIENTS));
        let server = &mut servers[workspace];
        let (began, ended) = (now, now + 150 + next(100) as u64);
        now += 60;
        if next(2) == 0 {
            let (mut sent, mut results) = (Vec::new(), Vec::new());
            for _ in 0..=next(3) {
                ops += 1;
                let (id, pk) = (format!("{ops:08x}-0000-4000-8000-000000000000"), next(RECORDS));
                let version = server.log.len() + 1;
                let stamp =
                    format!(r#"{{"deviceId":"device-{client}","opId":"{id}","hlc":"{ops:013}:0000","clock":{ops}}}"#);
                let payload = format!(
                    r#"{{"id":"record-{pk}","name":"a record","created_at":1,"updated_at":{ops},"clock":{ops}}}"#
                );
                server.log.push(format!(
                    r#"{{"serverVersion":{version},"tableName":"kv","pk":"record-{pk}","op":"put","payload":{payload},"stamp":{stamp}}}"#
                ));
                sent.push(format!(
                    r#"{{"id":"{id}","tableName":"kv","operation":"put","pk":"record-{pk}","payload":{payload},"stamp":{stamp},"createdAt":1,"attempts":0,"status":"pending"}}"#
                ));
                results.push(format!(r#"{{"opId":"{id}","success":true,"serverVersion":{version},"applied":true}}"#));
            }
            let (sent, results, head) = (sent.join(","), results.join(","), server.log.len());
            writeln!(file, r#"{{"client":"writer {client}","user":"user {client}","began_us":{began},"ended_us":{ended},"method":"POST","path":"/api/sync/push","sent":{{"scope":{{"workspaceId":"workspace-{workspace}"}},"ops":[{sent}]}},"status":200,"saw":{{"results":[{results}],"serverVersion":{head}}}}}"#).expect("room");
        } else {
            let cursor = server.cursors[client];
            let end = server.log.len().min(cursor + 10);
            let (changes, more) = (server.log[cursor..end].join(","), end < server.log.len());
            server.cursors[client] = end;
            writeln!(file, r#"{{"client":"reader {client}","user":"user {client}","began_us":{began},"ended_us":{ended},"method":"POST","path":"/api/sync/pull","sent":{{"scope":{{"workspaceId":"workspace-{workspace}"}},"cursor":{cursor},"limit":10}},"status":200,"saw":{{"changes":[{changes}],"nextCursor":{end},"hasMore":{more}}}}}"#).expect("room");
        }
    }
}
