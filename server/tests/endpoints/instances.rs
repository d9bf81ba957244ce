//! Several server processes on one database file.

use serde_json::{Value, json};

use crate::harness::{join_all, put, uuid};
use crate::process::{Process, client};
use crate::pull::versions;

/// Starts several processes at the same time on a file that does not exist yet.
fn start(count: usize, folder: &tempfile::TempDir) -> Vec<Process> {
    let database = folder.path().join("sync.db");
    std::thread::scope(|scope| {
        let starts: Vec<_> = (0..count).map(|_| scope.spawn(|| Process::start(&database))).collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    })
}

#[tokio::test]
async fn concurrent_first_requests_at_all_processes_make_one_user() {
    let folder = tempfile::tempdir().unwrap();
    let processes = start(2, &folder);
    for user in ["one", "two", "three"] {
        let logins = (0..20).map(|number| processes[number % 2].get("/api/auth/session", user));
        let answers = join_all(logins).await;
        let (_, first) = &answers[0];
        for (status, body) in &answers {
            assert_eq!(*status, 200, "{body}");
            for place in ["/session/user/id", "/session/workspace/id"] {
                assert!(body.pointer(place).unwrap().is_string());
                assert_eq!(body.pointer(place), first.pointer(place));
            }
        }
        for process in &processes {
            let (_, list) = process.get("/api/workspaces", user).await;
            assert_eq!(list["workspaces"].as_array().unwrap().len(), 1);
        }
    }
}

#[tokio::test]
async fn pushes_to_all_processes_get_contiguous_versions_and_show_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let processes = start(3, &folder);
    let homes = join_all((0..30).map(|number| processes[number % 3].home())).await;
    assert!(homes.iter().all(|home| home == &homes[0]), "{homes:?}");
    let ops: Vec<Value> = (0..150).map(|number| put(&number.to_string(), 1, number)).collect();
    let results = join_all(ops.iter().enumerate().map(|(number, op)| processes[number % 3].push(&homes[0], op))).await;
    let mut versions = versions(&results);
    versions.sort_unstable();
    assert_eq!(versions, (1..=150).collect::<Vec<u64>>());
    let replay = processes[1].push(&homes[0], &ops[0]).await;
    assert_eq!((&replay["serverVersion"], &replay["replayed"]), (&results[0]["serverVersion"], &json!(true)));
    // One after the other, each at another process: every acknowledged write is there, with a lower version.
    for number in 0..30 {
        let pushed = processes[number % 3].push(&homes[0], &put(&uuid(), 1, 1)).await;
        assert_eq!(pushed["serverVersion"], 151 + number as u64);
        assert_eq!(processes[(number + 1) % 3].changes(&homes[0], 150 + number as u64).await.len(), 1);
    }
}

#[tokio::test]
async fn processes_that_start_together_migrate_the_database_once() {
    let folder = tempfile::tempdir().unwrap();
    let home = {
        let mut process = start(1, &folder).remove(0);
        let home = process.home().await;
        process.push(&home, &put("a", 1, 1)).await;
        process.signal("-TERM");
        assert_eq!(process.child.wait().unwrap().code(), Some(0));
        home
    };
    syncproof_server::maintenance::make_older(&folder.path().join("sync.db")).unwrap();
    let processes = start(3, &folder);
    for (number, process) in processes.iter().enumerate() {
        assert_eq!(process.push(&home, &put("b", 1, 1)).await["serverVersion"], 2 + number as u64);
    }
}

#[tokio::test]
async fn a_snapshot_can_continue_at_another_process() {
    let folder = tempfile::tempdir().unwrap();
    let processes = start(2, &folder);
    let home = processes[0].home().await;
    for pk in ["a", "b", "c"] {
        processes[0].push(&home, &put(pk, 1, 1)).await;
    }
    let (mut token, mut pks, scope) = (Value::Null, Vec::new(), json!({ "workspaceId": home }));
    for number in 0..3 {
        let body = json!({ "scope": scope, "pageSize": 1, "pageToken": token });
        let (status, page) = processes[number % 2].post("/api/sync/snapshot", &body).await;
        assert_eq!((status, &page["highWatermark"]), (200, &json!(3)), "{page}");
        pks.push(page["items"][0]["pk"].clone());
        token = page["nextPageToken"].clone();
        processes[(number + 1) % 2].push(&home, &put("c", 10 + number as u64, 1)).await;
    }
    assert_eq!((pks, token), (vec![json!("a"), json!("b"), json!("c")], Value::Null));
}

#[tokio::test]
async fn a_process_stops_cleanly_while_another_is_busy() {
    let folder = tempfile::tempdir().unwrap();
    let mut processes = start(2, &folder);
    let home = processes[0].home().await;
    let mut leaving = processes.remove(0);
    let busy = &processes[0];
    let ops: Vec<Value> = (0..40).map(|number| put(&number.to_string(), 1, number)).collect();
    let pushing = join_all(ops.iter().map(|op| busy.push(&home, op)));
    leaving.signal("-TERM");
    assert_eq!(pushing.await.len(), 40);
    assert_eq!(leaving.child.wait().unwrap().code(), Some(0));
    assert_eq!(busy.push(&home, &put("last", 1, 1)).await["serverVersion"], 41);
}

#[tokio::test]
async fn the_rate_is_limited_by_address_without_a_credential() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start_with(&folder.path().join("sync.db"), &["--rate-limit", "1"]);
    let (client, url) = (client(), process.url("/api/auth/session"));
    for _ in 0..1000 {
        let answers = join_all((0..4).map(|_| client.get(&url).send())).await;
        let refused = answers.into_iter().map(Result::unwrap).find(|answer| answer.status() == 429);
        if let Some(refused) = refused {
            assert_eq!(refused.headers()["retry-after"], "1");
            let body: Value = refused.json().await.unwrap();
            assert_eq!(body["statusCode"], 429);
            return;
        }
    }
    panic!("no 429");
}
