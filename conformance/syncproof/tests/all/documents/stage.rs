//! Where one line runs: a folder of its own, with what the line needs, and stand-ins for a stranger's programs.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::line::{ADDRESS, How, Line};
use crate::command::{SECRET, Specimen, command};

/// The longest that a line may take.
const PATIENCE: Duration = Duration::from_secs(180);
/// How long a line may take to stop what it started.
const STOPPING: Duration = Duration::from_secs(20);

/// Stands in for the server in `node server.js --port {port}`.
const NODE: &str = r#"#!/bin/sh
[ "$1 $2" = 'server.js --port' ] || exit 64
exec syncproof serve --specimen --jwt-secret-file secret.txt --listen "127.0.0.1:$3"
"#;

/// Runs the line, and says what is wrong if it does not do what it should.
pub(super) fn run(line: &Line) -> Result<(), String> {
    let is_served = match line.how {
        How::No(_) => return Ok(()),
        How::Serves => true,
        How::Runs => false,
    };
    let folder = tempfile::tempdir().expect("a folder");
    furnish(folder.path());
    let server = line.server.map(Specimen::start);
    let text = filled(line, server.as_ref().map(|server| server.base.as_str()));
    let mut job = Job::start(&text, folder.path());
    let ended = if is_served { job.wait_for_service() } else { job.wait() };
    job.stop();
    let printed = job.printed();
    let code = ended.map_err(|reason| format!("`{text}` {reason}:\n{printed}"))?;
    if (code, printed.contains(line.says)) != (line.code, true) {
        let expected = format!("{} and `{}`", line.code, line.says);
        return Err(format!("`{text}` ends with {code}, where {expected} are expected:\n{printed}"));
    }
    Ok(())
}

/// What the lines find in the folder and in PATH.
fn furnish(folder: &Path) {
    let bin = folder.join("bin");
    fs::create_dir(&bin).expect("a folder");
    symlink(env!("CARGO_BIN_EXE_syncproof"), bin.join("syncproof")).expect("a link");
    fs::write(bin.join("node"), NODE).expect("written");
    fs::set_permissions(bin.join("node"), fs::Permissions::from_mode(0o755)).expect("a permission");
    fs::write(folder.join("secret.txt"), SECRET).expect("written");
    fs::write(folder.join("known-failures.toml"), "").expect("written");
    let good = include_str!("../../../../history/tests/histories/two-at-once.jsonl");
    let bad = good.replace("\"began_us\":18", "\"began_us\":21");
    fs::write(folder.join("syncproof-1-0.jsonl"), bad).expect("written");
    let trace = concat!(env!("CARGO_MANIFEST_DIR"), "/../campaign/regressions/hlc-by-code-point.json");
    fs::copy(trace, folder.join("syncproof-7-854.json")).expect("a trace");
}

/// The line as the test runs it.
fn filled(line: &Line, base: Option<&str>) -> String {
    let mut text = line.text.to_owned();
    let mut change = |from: &str, to: &str| {
        assert!(text.contains(from), "`{text}` has no `{from}`");
        text = text.replace(from, to);
    };
    line.changed.iter().for_each(|(from, to)| change(from, to));
    match (line.how, base) {
        (_, Some(base)) => change(&format!("http://{ADDRESS}"), base),
        (How::Serves, None) if line.text.contains(ADDRESS) => change(ADDRESS, "127.0.0.1:0"),
        (How::Serves, None) => change("syncproof serve", "syncproof serve --listen 127.0.0.1:0"),
        (How::Runs | How::No(_), None) => assert!(!text.contains(ADDRESS), "`{text}` needs a server"),
    }
    // A server in the background is one that the test does not wait for.
    text.trim_end_matches(" &").to_owned()
}

/// A line under way, in a group of processes of its own.
struct Job {
    child: Child,
    output: std::path::PathBuf,
    began: Instant,
}

impl Job {
    fn start(text: &str, folder: &Path) -> Self {
        let output = folder.join("printed");
        let file = File::create(&output).expect("a file");
        let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap_or_default());
        let mut shell = Command::new("sh");
        // As `command` does it: nothing of the settings of whoever runs the tests.
        for (name, value) in command(&[]).get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        // The lines of a block share what its first one exports.
        shell.env("SYNCPROOF_JWT_SECRET", SECRET).env("PATH", path).env_remove("GITHUB_STEP_SUMMARY");
        if text.contains("--jwt-secret-file") || text.contains("--header") {
            shell.env_remove("SYNCPROOF_JWT_SECRET");
        }
        shell.arg("-c").arg(text).current_dir(folder).process_group(0).stdin(Stdio::null());
        shell.stdout(file.try_clone().expect("a handle")).stderr(file);
        Job { child: shell.spawn().expect("a shell"), output, began: Instant::now() }
    }

    /// Looks again and again until there is something to say, within the bound.
    fn until<T>(&mut self, patience: Duration, mut look: impl FnMut(&mut Self) -> Option<T>) -> Result<T, String> {
        while self.began.elapsed() < patience {
            if let Some(seen) = look(self) {
                return Ok(seen);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(format!("is not done after {patience:?}"))
    }

    fn exit_code(&mut self) -> Option<i32> {
        self.child.try_wait().expect("a look").map(|status| status.code().unwrap_or(-1))
    }

    fn wait(&mut self) -> Result<i32, String> {
        self.until(PATIENCE, Job::exit_code)
    }

    /// Waits until it listens and answers.
    fn wait_for_service(&mut self) -> Result<i32, String> {
        let address = self.until(PATIENCE, |job| {
            let printed = job.printed();
            let address = printed.lines().find_map(|line| line.strip_prefix("listening on http://").map(str::to_owned));
            address.map(Ok).or_else(|| job.exit_code().map(Err))
        })?;
        let address = address.map_err(|code| format!("ends with {code}"))?;
        let answer = session_at(&address).map_err(|error| format!("does not answer: {error}"))?;
        if answer.contains("\"session\"") { Ok(0) } else { Err(format!("answers {answer}")) }
    }

    /// Stops what still runs: with a signal that lets it stop what it started, and then for good.
    fn stop(&mut self) {
        let group = Pid::from_child(&self.child);
        // Nobody is left in the group when all have ended.
        let _ = kill_process_group(group, Signal::TERM);
        let until = self.began.elapsed() + STOPPING;
        let _ = self.until(until, Job::exit_code);
        let _ = kill_process_group(group, Signal::KILL);
        let _ = self.child.wait();
    }

    fn printed(&self) -> String {
        fs::read_to_string(&self.output).expect("a text")
    }
}

fn session_at(address: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(STOPPING))?;
    stream.write_all(b"GET /api/auth/session HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
