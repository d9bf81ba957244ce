//! Histories in the forms of other checkers.

#![allow(clippy::unwrap_used, clippy::panic)] // tests may

use syncproof_history::export::{Form, export};
use syncproof_history::file;

fn exported(lines: &[&str], form: Form) -> String {
    let text: String =
        std::iter::once(&r#"{"syncproof_history":1}"#).chain(lines).map(|line| format!("{line}\n")).collect();
    let history = file::read(text.as_bytes()).unwrap();
    let mut out = Vec::new();
    export(&history, form, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn push(client: &str, began: u64, ended: Option<u64>, ops: &[(u32, u64)], status: u16) -> String {
    let sent = ops.iter().map(|(id, _)| {
        format!(r#"{{"tableName":"kv","pk":"k","operation":"put","payload":{{}},"stamp":{{"deviceId":"d","opId":"op-{id}","hlc":"h","clock":1}}}}"#)
    });
    let told =
        ops.iter().map(|(id, version)| format!(r#"{{"opId":"op-{id}","success":true,"serverVersion":{version}}}"#));
    let (sent, told): (Vec<_>, Vec<_>) = (sent.collect(), told.collect());
    let answer = ended.map_or(String::new(), |ended| {
        let results = if status == 200 { told.join(",") } else { String::new() };
        format!(r#","ended_us":{ended},"status":{status},"saw":{{"results":[{results}]}}"#)
    });
    format!(
        r#"{{"client":"{client}","user":"u","began_us":{began},"method":"POST","path":"/api/sync/push","sent":{{"scope":{{"workspaceId":"w"}},"ops":[{}]}}{answer}}}"#,
        sent.join(",")
    )
}

fn pull(client: &str, (began, ended): (u64, u64), cursor: u64, shown: &[(u32, u64)], has_more: bool) -> String {
    let changes = shown.iter().map(|(id, version)| {
        format!(r#"{{"serverVersion":{version},"tableName":"kv","pk":"k","op":"put","payload":{{}},"stamp":{{"deviceId":"d","opId":"op-{id}","hlc":"h","clock":1}}}}"#)
    });
    let next = shown.last().map_or(cursor, |(_, version)| *version);
    let changes = changes.collect::<Vec<_>>().join(",");
    format!(
        r#"{{"client":"{client}","user":"u","began_us":{began},"ended_us":{ended},"method":"POST","path":"/api/sync/pull","sent":{{"scope":{{"workspaceId":"w"}},"cursor":{cursor},"limit":100}},"status":200,"saw":{{"changes":[{changes}],"nextCursor":{next},"hasMore":{has_more}}}}}"#
    )
}

/// Two writers, one of whom gets no answer and sends the same again; a push that is refused; a reader in two pages.
fn lines() -> Vec<String> {
    vec![
        pull("r", (0, 1), 0, &[], false),
        push("a", 2, Some(5), &[(1, 1), (2, 2)], 200),
        push("b", 3, None, &[(3, 3)], 0),
        push("c", 4, Some(6), &[(9, 0)], 403),
        pull("r", (7, 8), 0, &[(1, 1)], true),
        pull("r", (9, 10), 1, &[(2, 2), (3, 3)], false),
        push("b", 11, Some(12), &[(3, 3), (4, 4)], 200),
    ]
}

fn all(form: Form) -> String {
    let lines = lines();
    exported(&lines.iter().map(String::as_str).collect::<Vec<_>>(), form)
}

#[test]
fn elle_reads_lists_that_are_appended_to() {
    let expected = "\
{:index 0, :time 0, :type :invoke, :process 0, :f :txn, :value [[:r 0 nil]]}
{:index 1, :time 1000, :type :ok, :process 0, :f :txn, :value [[:r 0 []]]}
{:index 2, :time 2000, :type :invoke, :process 1, :f :txn, :value [[:append 0 1] [:append 0 2]]}
{:index 3, :time 3000, :type :invoke, :process 2, :f :txn, :value [[:append 0 3]]}
{:index 4, :time 4000, :type :invoke, :process 3, :f :txn, :value [[:append 0 4]]}
{:index 5, :time 5000, :type :ok, :process 1, :f :txn, :value [[:append 0 1] [:append 0 2]]}
{:index 6, :time 6000, :type :fail, :process 3, :f :txn, :value [[:append 0 4]]}
{:index 7, :time 9000, :type :invoke, :process 0, :f :txn, :value [[:r 0 nil]]}
{:index 8, :time 10000, :type :ok, :process 0, :f :txn, :value [[:r 0 [1 2 3]]]}
{:index 9, :time 11000, :type :invoke, :process 4, :f :txn, :value [[:append 0 5]]}
{:index 10, :time 12000, :type :ok, :process 4, :f :txn, :value [[:append 0 5]]}
";
    assert_eq!(all(Form::Elle), expected);
}

#[test]
fn plume_and_dbcop_read_registers() {
    assert_eq!(all(Form::Plume), "r(0,0,0,0)\nw(0,2,1,1)\nw(0,3,4,2)\nr(0,3,0,3)\nw(0,5,2,4)\n");
    assert_eq!(all(Form::Dbcop), "[w0==?] [w0==3]\n---\n[w0:=2]\n---\n[w0:=5]\n---\n[w0:=3]\n");
}
