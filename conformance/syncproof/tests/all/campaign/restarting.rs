//! Sequences that restart the server, each on one of its own.

use serde_json::{Value, json};

use crate::command::{self, Output, SECRET, finish};

/// A put, a restart, and a read of everything.
fn trace() -> Value {
    let op = json!({"id": 1, "op": "put", "table": "threads", "pk": "a", "clock": 1});
    json!({
        "syncproof_trace": 1,
        "summary": "what was acknowledged is gone after a restart",
        "requirement": "durable.acknowledged-survives-kill",
        "steps": [
            {"do": "push", "by": 0, "at": "home:0", "ops": [op]},
            {"do": "restart", "kill": true},
            {"do": "pull", "by": 0, "at": "home:0", "cursor": 0, "limit": 10},
        ],
    })
}

/// Performs the trace against servers that are started by that command; `SYNCPROOF` stands for the program.
fn performed_on(exec: &str) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trace.json");
    std::fs::write(&path, trace().to_string()).expect("a file");
    let program = env!("CARGO_BIN_EXE_syncproof");
    let exec = exec.replace("SYNCPROOF", &format!("{program} serve --listen 127.0.0.1:{{port}}"));
    let arguments = ["replay", path.to_str().expect("a path"), "--exec", &exec];
    finish(command::command(&arguments).env("SYNCPROOF_JWT_SECRET", SECRET).spawn().expect("the command starts"))
}

#[test]
fn what_a_server_forgets_at_a_restart_is_found() {
    let output = performed_on("sh -c 'rm -f \"$OR3_SQLITE_DB_PATH\"*; exec SYNCPROOF'");
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stdout.contains("the server is killed and started again"), "{output:?}");
}

#[test]
fn a_server_that_keeps_everything_is_silent() {
    let output = performed_on("SYNCPROOF");
    assert_eq!(output.code, 0, "{output:?}");
}
