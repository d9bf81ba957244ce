//! Starting: what is refused, with which message, and what stays unchanged.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rusqlite::Connection;
use syncproof_server::maintenance;

use crate::harness::{SECRET, Server, put};
use crate::process::{self, Process};

fn command(settings: &[(&str, &str)]) -> Command {
    let mut command = process::command();
    command.envs(settings.iter().copied());
    command
}

/// Runs the server with settings that it has to refuse.
fn refuse(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let words = String::from_utf8(stderr).unwrap();
    assert!(!status.success(), "{words}");
    assert!(status.code().is_some(), "it was killed: {words}");
    assert!(stdout.is_empty(), "it reported that it listens");
    assert!(!words.contains("panicked"), "{words}");
    words
}

/// Starts the server, waits until it listens, stops it, and returns what it wrote to stderr.
fn start_and_stop(command: &mut Command) -> String {
    let mut process = Process::spawn(command.stderr(Stdio::piped()));
    process.signal("-TERM");
    let mut words = String::new();
    process.child.stderr.take().unwrap().read_to_string(&mut words).unwrap();
    assert!(process.address.starts_with("127.0.0.1:"), "{words}");
    assert_eq!(process.child.wait().unwrap().code(), Some(0), "{words}");
    words
}

/// Everything in a folder, by name.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn without_a_path_it_does_not_start_and_names_the_setting() {
    assert!(refuse(&mut command(&[])).contains("OR3_SQLITE_DB_PATH"));
    assert!(refuse(&mut command(&[("OR3_SQLITE_DB_PATH", "")])).contains("OR3_SQLITE_DB_PATH"));
    assert!(refuse(&mut command(&[("OR3_SQLITE_ALLOW_IN_MEMORY", "")])).contains("OR3_SQLITE_DB_PATH"));
    assert_eq!(command(&[]).output().unwrap().status.code(), Some(2));
}

#[test]
fn in_memory_storage_needs_the_switch_and_gives_a_warning() {
    for path in [":memory:", " ", "file::memory:", "file:x?mode=memory&cache=shared"] {
        refuse(&mut command(&[("OR3_SQLITE_DB_PATH", path)]));
        let words =
            start_and_stop(&mut command(&[("OR3_SQLITE_DB_PATH", path), ("OR3_SQLITE_ALLOW_IN_MEMORY", "true")]));
        assert!(words.contains("WARNING") && words.contains("in-memory") && words.contains("lost"), "{words}");
    }
    start_and_stop(command(&[]).arg("--allow-in-memory"));
    refuse(command(&[]).arg("--allow-in-memory=false"));
}

#[test]
fn strict_forbids_in_memory_storage_even_with_the_switch() {
    let settings = [("OR3_SQLITE_ALLOW_IN_MEMORY", "true"), ("OR3_SQLITE_STRICT", "true")];
    assert!(refuse(&mut command(&settings)).contains("OR3_SQLITE_STRICT"));
    refuse(command(&settings[..1]).args(["--strict", "--database", ":memory:"]));
}

#[test]
fn a_path_wins_over_the_switch() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sync.db");
    let settings = [("OR3_SQLITE_ALLOW_IN_MEMORY", "true"), ("OR3_SQLITE_STRICT", "true")];
    let words = start_and_stop(command(&settings).arg("--database").arg(&path));
    assert!(!words.contains("WARNING"), "{words}");
    assert!(path.exists());
}

#[test]
fn invalid_settings_are_named() {
    let base = [("OR3_SQLITE_ALLOW_IN_MEMORY", "true")];
    assert!(refuse(&mut command(&[("OR3_SQLITE_ALLOW_IN_MEMORY", "maybe")])).contains("OR3_SQLITE_ALLOW_IN_MEMORY"));
    assert!(refuse(&mut command(&[("OR3_SQLITE_STRICT", "2")])).contains("OR3_SQLITE_STRICT"));
    assert!(refuse(command(&base).env("SYNCPROOF_LISTEN", "here")).contains("SYNCPROOF_LISTEN"));
    assert!(refuse(command(&base).env("SYNCPROOF_LISTEN", "192.0.2.1:1")).contains("SYNCPROOF_LISTEN"));
    assert!(refuse(command(&base).env("OR3_SQLITE_DB_PATH", "file:x.db")).contains("OR3_SQLITE_DB_PATH"));
    for (variable, flag) in [
        ("SYNCPROOF_MAX_BODY_BYTES", "--max-body-bytes"),
        ("SYNCPROOF_MAX_BATCH_OPS", "--max-batch-ops"),
        ("SYNCPROOF_MAX_PAYLOAD_BYTES", "--max-payload-bytes"),
        ("SYNCPROOF_RATE_LIMIT", "--rate-limit"),
        ("SYNCPROOF_GC_MIN_RETENTION_SECONDS", "--gc-min-retention-seconds"),
    ] {
        for words in [refuse(command(&base).env(variable, "0")), refuse(command(&base).args([flag, "0"]))] {
            assert!(words.contains(variable) && words.contains(flag), "{words}");
        }
    }
}

#[test]
fn empty_settings_count_as_unset() {
    let nothing = [
        ("OR3_SQLITE_DB_PATH", ""),
        ("OR3_SQLITE_STRICT", ""),
        ("SYNCPROOF_JWT_SECRET_FILE", ""),
        ("SYNCPROOF_RATE_LIMIT", ""),
        ("SYNCPROOF_MAX_BODY_BYTES", ""),
        ("OR3_SQLITE_ALLOW_IN_MEMORY", "TRUE"),
    ];
    start_and_stop(&mut command(&nothing));
}

#[test]
fn a_secret_is_required_and_a_short_one_gives_a_warning() {
    let base = [("OR3_SQLITE_ALLOW_IN_MEMORY", "true")];
    assert!(refuse(command(&base).env_remove("SYNCPROOF_JWT_SECRET")).contains("SYNCPROOF_JWT_SECRET"));
    assert!(refuse(command(&base).env("SYNCPROOF_JWT_SECRET", " ")).contains("SYNCPROOF_JWT_SECRET"));
    let words = start_and_stop(command(&base).env("SYNCPROOF_JWT_SECRET", "short"));
    assert!(words.contains("SYNCPROOF_JWT_SECRET"), "{words}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    let with_file = || {
        let mut command = command(&base);
        command.env_remove("SYNCPROOF_JWT_SECRET").arg("--jwt-secret-file").arg(&file);
        command
    };
    assert!(refuse(&mut with_file()).contains("SYNCPROOF_JWT_SECRET_FILE"));
    std::fs::write(&file, "\n").unwrap();
    assert!(refuse(&mut with_file()).contains("SYNCPROOF_JWT_SECRET_FILE"));
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    start_and_stop(&mut with_file());
}

#[test]
fn paths_that_are_no_database_are_refused_and_left_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let other = Connection::open(folder.path().join("other.db")).unwrap();
    other
        .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE records (id); INSERT INTO records VALUES (1)")
        .unwrap();
    drop(other);
    std::fs::write(folder.path().join("note.txt"), "no database\n").unwrap();
    std::fs::write(folder.path().join("noise"), [0xa5; 9000]).unwrap();
    let mut forged = b"SQLite format 3\0".to_vec();
    forged.resize(9000, 0x5a);
    std::fs::write(folder.path().join("forged.db"), forged).unwrap();
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    let before = contents(folder.path());
    for name in ["other.db", "note.txt", "noise", "forged.db", "folder", "missing/sync.db", "note.txt/sync.db"] {
        let path = folder.path().join(name);
        let words = refuse(command(&[]).arg("--database").arg(&path));
        assert!(words.contains(path.to_str().unwrap()), "{words}");
        assert_eq!(contents(folder.path()), before, "{name}");
    }
    assert!(!folder.path().join("missing").exists());
}

#[test]
fn a_truncated_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sync.db");
    start_and_stop(command(&[]).arg("--database").arg(&path));
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let before = contents(folder.path());
    refuse(command(&[]).arg("--database").arg(&path));
    assert_eq!(contents(folder.path()), before);
}

#[test]
fn an_empty_file_counts_as_a_new_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sync.db");
    std::fs::write(&path, "").unwrap();
    start_and_stop(command(&[]).arg("--database").arg(&path));
    start_and_stop(command(&[]).arg("--database").arg(&path));
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_and_left_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sync.db");
    start_and_stop(command(&[]).arg("--database").arg(&path));
    // Once with the version in the file itself, once with it in a write-ahead log that was left behind.
    let newer = Connection::open(&path).unwrap();
    newer.execute_batch("PRAGMA user_version = 99").unwrap();
    let left_behind = tempfile::tempdir().unwrap();
    for name in ["sync.db", "sync.db-wal"] {
        std::fs::copy(folder.path().join(name), left_behind.path().join(name)).unwrap();
    }
    drop(newer);
    for (folder, has_log) in [(&folder, false), (&folder, false), (&left_behind, true)] {
        let path = folder.path().join("sync.db");
        let mut before = contents(folder.path());
        let words = refuse(command(&[]).arg("--database").arg(&path));
        assert!(words.contains("newer") && words.contains(path.to_str().unwrap()), "{words}");
        let mut after = contents(folder.path());
        for files in [&mut before, &mut after] {
            // Reading a log makes this file.
            files.retain(|(name, _)| !has_log || name != "sync.db-shm");
        }
        assert_eq!(before, after);
    }
}

#[tokio::test]
async fn migrating_from_the_first_version_loses_nothing() {
    let (server, ann, home) = Server::with_ann().await;
    let before = (home, ann.user_id().await);
    let folder = server.stop().await;
    let path = folder.path().join("sync.db");
    maintenance::make_older(&path).unwrap();
    // The first version had no sync tables.
    let old = Connection::open(&path).unwrap();
    for table in ["cursors", "tombstones", "records", "op_ledger", "change_log"] {
        old.execute_batch(&format!("DROP TABLE {table}")).unwrap();
    }
    old.execute_batch("PRAGMA user_version = 1").unwrap();
    drop(old);
    let server = Server::on(folder);
    let (ann, workspace) = server.signed_in("ann").await;
    assert_eq!(before, (workspace.clone(), ann.user_id().await));
    assert_eq!(ann.pushed(&workspace, &[put("a", 1, 1)]).await[0]["serverVersion"], 1);
}
