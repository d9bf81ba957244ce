//! Targets that somebody else runs: several addresses of one store, and the operator's hooks.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::{Arc, Mutex};

use crate::command::{Output, SECRET, command, syncproof};
use serde_json::Value;

/// The reference server on a file, killed at the end of the test.
struct Reference {
    child: Child,
    database: PathBuf,
    base: String,
}

impl Reference {
    fn start(database: &Path) -> Self {
        Reference::listening(database, "127.0.0.1:0")
    }

    fn listening(database: &Path, listen: &str) -> Self {
        let path = database.to_str().expect("text");
        let mut child = command(&["serve", "--listen", listen, "--database", path, "--gc-min-retention-seconds", "1"])
            .env("SYNCPROOF_JWT_SECRET", SECRET)
            .spawn()
            .expect("the server starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        let base = line.trim().strip_prefix("listening on ").expect("an address").to_owned();
        Reference { child, database: database.to_owned(), base }
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Ends it and starts it at the same address.
    fn restart(&mut self, database: &Path) {
        self.end();
        *self = Reference::listening(database, self.base.trim_start_matches("http://"));
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        self.end();
    }
}

/// Ends the server with the test: the hooks' threads, which live as long as the process, hold it as well.
struct Ends(Arc<Mutex<Reference>>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).end();
    }
}

/// Runs against these addresses.
fn run(bases: &[&str], arguments: &[&str]) -> (Output, Value) {
    let targets = bases.iter().flat_map(|base| ["--target", base]);
    let arguments: Vec<&str> =
        ["run", "--format", "json"].into_iter().chain(targets).chain(arguments.iter().copied()).collect();
    let child = command(&arguments).env("SYNCPROOF_JWT_SECRET", SECRET).spawn().expect("the command starts");
    let output = crate::command::finish(child);
    let report = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("no report: {output:?}"));
    (output, report)
}

/// The status of each case.
fn statuses(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    report["cases"].as_array().expect("cases").iter().map(|case| (text(&case["id"]), text(&case["status"]))).collect()
}

fn assert_all(report: &Value, status: &str) {
    let cases = statuses(report);
    assert!(!cases.is_empty() && cases.iter().all(|(_, one)| one == status), "{report:#}");
}

/// A hook that hands its values to the test and waits for its word: the command line, and where the values come in.
fn wired_to(act: impl Fn(&[&str]) -> bool + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    // Ends with the test's process.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let answer = |mut stream: TcpStream| {
                let mut line = String::new();
                BufReader::new(stream.try_clone().ok()?).read_line(&mut line).ok()?;
                let good = act(&line.split_whitespace().collect::<Vec<_>>());
                stream.write_all(if good { b"done\n" } else { b"refused\n" }).ok()
            };
            let _ = stream.ok().and_then(answer);
        }
    });
    format!(
        "bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}; echo \"$@\" >&3; read -r word <&3; echo \"$word\"; [ \"$word\" = done ]' hook"
    )
}

#[test]
fn several_addresses_of_one_store_are_instances() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("shared.sqlite");
    let (one, other) = (Reference::start(&database), Reference::start(&database));
    let (output, report) = run(&[&one.base, &other.base], &["--filter", "instances/*"]);
    assert_eq!(output.code, 0, "{report:#}");
    assert_all(&report, "passed");
    let (_, report) = run(&[&one.base], &["--filter", "instances/*", "--filter", "session/anonymous*"]);
    let of_instances = statuses(&report).into_iter().filter(|(id, _)| id.starts_with("instances/"));
    assert!(of_instances.map(|(_, status)| status).all(|status| status == "not_applicable"), "{report:#}");
}

#[test]
fn two_servers_on_stores_of_their_own_are_no_instances_of_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let one = Reference::start(&folder.path().join("one.sqlite"));
    let other = Reference::start(&folder.path().join("other.sqlite"));
    let (output, report) = run(&[&one.base, &other.base], &["--filter", "instances/*"]);
    assert_eq!(output.code, 1, "{report:#}");
    let passed: Vec<_> = statuses(&report).into_iter().filter(|(_, status)| status == "passed").collect();
    assert!(passed.is_empty(), "{passed:?}");
}

/// What a hook does to the store of the reference server: each statement has the workspace, the user and the role.
const ADD: &[&str] = &["INSERT INTO members (workspace_id, user_id, role, created_at) VALUES (?1, ?2, ?3, 1)"];
const SET_ROLE: &[&str] = &["UPDATE members SET role = ?3 WHERE workspace_id = ?1 AND user_id = ?2"];
const REMOVE: &[&str] = &[
    "UPDATE users SET active_workspace_id = (SELECT workspace_id FROM members
        WHERE user_id = ?2 AND workspace_id <> ?1 AND role = 'owner' AND ?3 = 'none' LIMIT 1)
        WHERE id = ?2 AND active_workspace_id = ?1",
    "DELETE FROM members WHERE workspace_id = ?1 AND user_id = ?2 AND ?3 = 'none'",
];

/// A hook that runs these statements; and how often it did.
fn in_store(server: &Reference, statements: &'static [&str]) -> (String, Arc<Mutex<u32>>) {
    let database = server.database.clone();
    let done = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&done);
    let hook = wired_to(move |values| {
        let [workspace, user, role] = values else { return false };
        *counted.lock().expect("a lock") += 1;
        let mut connection = rusqlite::Connection::open(&database).expect("a database");
        connection.busy_timeout(std::time::Duration::from_secs(30)).expect("a setting");
        let all = connection.transaction().expect("a transaction");
        statements.iter().all(|sql| all.execute(sql, (workspace, user, role)).is_ok()) && all.commit().is_ok()
    });
    (hook, done)
}

#[test]
fn hooks_change_and_remove_members_where_the_target_has_no_endpoint_for_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Reference::start(&folder.path().join("members.sqlite"));
    let [add, set_role, remove] = [ADD, SET_ROLE, REMOVE].map(|statements| in_store(&server, statements).0);
    let [add, set_role] = [add, set_role].map(|hook| format!("{hook} {{workspace}} {{user}} {{role}}"));
    let remove = format!("{remove} {{workspace}} {{user}} none");
    let mut arguments = vec!["--capabilities", "snapshot,applied,op_id_tie_break,private_notifications"];
    arguments.extend(["--hook-add-member", &add, "--hook-set-role", &set_role, "--hook-remove-member", &remove]);
    // Without `member/removed-from-the-last-workspace`, because this hook makes no workspace for a user who has lost all.
    for filter in [
        "member/role*",
        "member/removed-m*",
        "member/every*",
        "member/last*",
        "notification/*",
        "*-removal",
        "*-by-members",
    ] {
        arguments.extend(["--filter", filter]);
    }
    let (output, report) = run(&[&server.base], &arguments);
    assert_eq!(output.code, 0, "{report:#}");
    let passed: Vec<String> =
        statuses(&report).into_iter().filter(|(_, status)| status == "passed").map(|(id, _)| id).collect();
    for id in [
        "member/removed-member-gets-no-access",
        "member/role-change-counts-at-once",
        "member/every-endpoint-after-removal",
        "notification/overwritten-by-another",
        "notification/of-a-removed-member",
        "snapshot/token-after-removal",
        "workspace/delete-by-members",
    ] {
        assert!(passed.iter().any(|one| one == id), "{id}: {report:#}");
    }
    assert!(!passed.iter().any(|id| id == "member/last-owner-stays"), "it checks the endpoints: {passed:?}");
}

#[test]
fn a_hook_adds_members_where_the_target_has_no_endpoint_for_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Reference::start(&folder.path().join("members.sqlite"));
    let (hook, added) = in_store(&server, ADD);
    let hook = format!("{hook} {{workspace}} {{user}} {{role}}");
    let arguments = [
        "--capabilities",
        "snapshot,applied,op_id_tie_break,private_notifications",
        "--hook-add-member",
        &hook,
        "--filter",
        "deletion/members-*",
        "--filter",
        "op/replay-by-another-member",
        "--filter",
        "member/*",
        "--filter",
        "concurrent/pushes-of-several-members",
    ];
    let (output, report) = run(&[&server.base], &arguments);
    assert_eq!(output.code, 0, "{report:#}");
    for (id, status) in statuses(&report) {
        let is_about_adding_only =
            ["member/editor-reads-and-writes", "member/viewer-reads-only", "member/roles-are-per-workspace"];
        let runs = !id.starts_with("member/")
            || is_about_adding_only.contains(&id.as_str())
            || id.starts_with("member/every-endpoint-as-");
        assert_eq!(status, if runs { "passed" } else { "not_applicable" }, "{id}: {report:#}");
    }
    assert!(*added.lock().expect("a lock") > 10, "the hook was not asked");
}

#[test]
fn a_hook_that_fails_is_reported_with_its_own_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Reference::start(&folder.path().join("members.sqlite"));
    let arguments = [
        "--capabilities",
        "snapshot",
        "--hook-add-member",
        "echo no such group >&2; exit 4",
        "--filter",
        "op/replay-by-another-member",
    ];
    let (output, report) = run(&[&server.base], &arguments);
    assert_eq!(output.code, 1, "{report:#}");
    let actual = report["cases"][0]["actual"].as_str().expect("words");
    assert!(actual.contains("no such group") && actual.contains("add_member"), "{actual}");
}

#[test]
fn a_hook_counts_tombstones() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Reference::start(&folder.path().join("counted.sqlite"));
    let program = env!("CARGO_BIN_EXE_syncproof");
    let right = format!("{program} serve --database '{}' --count-tombstones {{workspace}}", server.database.display());
    let filter = ["--filter", "tombstone/count-*", "--hook-count-tombstones"];
    let (output, report) = run(&[&server.base], &[&filter[..], &[&right]].concat());
    assert_eq!(output.code, 0, "{report:#}");
    assert_all(&report, "passed");
    let (output, report) = run(&[&server.base], &[&filter[..], &["echo 12"]].concat());
    assert_eq!(output.code, 1, "{report:#}");
    assert_all(&report, "failed");
}

#[test]
fn a_hook_restarts_a_target_that_the_suite_does_not_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Arc::new(Mutex::new(Reference::start(&folder.path().join("kept.sqlite"))));
    let _ends = Ends(Arc::clone(&server));
    let base = server.lock().expect("a lock").base.clone();
    let restarted = Arc::clone(&server);
    let hook = wired_to(move |_| {
        let mut server = restarted.lock().expect("a lock");
        let database = server.database.clone();
        server.restart(&database);
        true
    });
    let filter = ["--filter", "durable/*", "--filter", "pull/empty-workspace", "--hook-restart"];
    let (output, report) = run(&[&base], &[&filter[..], &[&hook]].concat());
    assert_eq!(output.code, 0, "{report:#}");
    for (id, status) in statuses(&report) {
        let expected = match id.as_str() {
            // All others start servers of their own.
            id if ["durable/kill-", "durable/retries-", "durable/graceful-"].iter().any(|it| id.starts_with(it)) => {
                "skipped"
            }
            // It has to choose how the server is started.
            id if id.starts_with("durable/full-store-") => "not_applicable",
            _ => "passed",
        };
        assert_eq!(status, expected, "{id}: {report:#}");
    }
    // A target that comes back with nothing.
    let (restarted, fresh) = (Arc::clone(&server), folder.path().join("fresh.sqlite"));
    let hook = wired_to(move |_| {
        restarted.lock().expect("a lock").restart(&fresh);
        true
    });
    let (output, report) = run(&[&base], &["--filter", "durable/restart-*", "--hook-restart", &hook]);
    assert_eq!(output.code, 1, "{report:#}");
    // A hook that cannot.
    let (output, report) = run(&[&base], &["--filter", "durable/restart-*", "--hook-restart", "echo not now; exit 1"]);
    assert!(output.code == 1 && output.stdout.contains("not now"), "{report:#}");
}

#[test]
fn an_image_that_cannot_be_run_is_no_target() {
    let output = syncproof(&["run", "--image", "no-such-image-anywhere:1"]);
    assert!(output.code == 3 && output.stderr.contains("the image no-such-image-anywhere:1: "), "{output:?}");
}
