//! The `syncproof` command as a child process, for tests from outside.
pub(crate) mod bent;
pub(crate) mod printed;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The secret that tests share with the servers that they start.
pub(crate) const SECRET: &str = "a secret of thirty-two bytes or more";

/// How a command ended and what it printed.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A command that sees nothing of the settings of whoever runs the tests.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_syncproof"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SYNCPROOF_") || name.starts_with("OR3_")) {
        command.env_remove(name);
    }
    command.args(arguments).env("NO_COLOR", "1").env("COLUMNS", "100");
    command.current_dir(std::env::temp_dir()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the command to its end.
pub(crate) fn syncproof(arguments: &[&str]) -> Output {
    finish(command(arguments).spawn().expect("the command starts"))
}

/// Waits for a started command.
pub(crate) fn finish(child: Child) -> Output {
    let output = child.wait_with_output().expect("the command ends");
    Output {
        code: output.status.code().expect("an exit code"),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The same, for a command that has to end within so long: after that it is killed, and the test fails.
pub(crate) fn finish_within(mut child: Child, patience: Duration) -> Output {
    let until = Instant::now() + patience;
    while child.try_wait().expect("a look").is_none() {
        if Instant::now() > until {
            let _ = child.kill();
            panic!("the command has not ended within {patience:?}: {:?}", child.wait_with_output());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    finish(child)
}

/// Runs `syncproof run` against a server that shares the tests' secret.
pub(crate) fn run_against(base: &str, arguments: &[&str]) -> Output {
    let mut command = command(&["run", "--target", base]);
    finish(command.args(arguments).env("SYNCPROOF_JWT_SECRET", SECRET).spawn().expect("the command starts"))
}

/// A specimen in a process of its own, at a free port, killed at the end of the test.
pub(crate) struct Specimen {
    child: Child,
    pub(crate) base: String,
}

impl Specimen {
    /// Starts one, with further arguments of `serve`.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child = command(&["serve", "--specimen", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .env("SYNCPROOF_JWT_SECRET", SECRET)
            .spawn()
            .expect("the specimen starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        let base = line.trim().strip_prefix("listening on ").expect("an address").to_owned();
        Specimen { child, base }
    }

    /// Runs `syncproof run` against it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        run_against(&self.base, arguments)
    }

    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Specimen {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A gate in front of a server that closes for good after so many reads from clients: from outside, a server that
/// dies half-way.
pub(crate) struct Gate {
    pub(crate) base: String,
}

impl Gate {
    pub(crate) fn in_front_of(base: &str, reads: usize) -> Self {
        let server = base.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let gate = Gate { base: format!("http://{}", listener.local_addr().expect("an address")) };
        listener.set_nonblocking(true).expect("a setting");
        let left = Arc::new(AtomicUsize::new(reads));
        std::thread::spawn(move || {
            // Ends with the gate, at the latest when the test's process does.
            while left.load(Ordering::SeqCst) > 0 {
                match listener.accept() {
                    Ok((client, _)) => {
                        let (server, left) = (server.clone(), Arc::clone(&left));
                        std::thread::spawn(move || pass(client, &server, &left));
                    }
                    Err(_) => std::thread::yield_now(),
                }
            }
        });
        gate
    }
}

fn pass(client: TcpStream, server: &str, left: &AtomicUsize) {
    let Ok(server) = TcpStream::connect(server) else { return };
    let (mut from_client, mut to_client) = (client.try_clone().expect("a handle"), client);
    let (mut to_server, mut from_server) = (server.try_clone().expect("a handle"), server);
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Both);
    });
    let mut buffer = [0; 64 * 1024];
    while let Ok(count) = from_client.read(&mut buffer) {
        let last = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).unwrap_or(0) <= 1;
        if count == 0 || last || to_server.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to_server.shutdown(Shutdown::Both);
    let _ = from_client.shutdown(Shutdown::Both);
}

/// Runs a command line as it would be pasted into a shell.
pub(crate) fn pasted(line: &str) -> Output {
    let folder = Path::new(env!("CARGO_BIN_EXE_syncproof")).parent().expect("a folder").display();
    let path = format!("{folder}:{}", std::env::var("PATH").expect("a path"));
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).env("PATH", path).env("SYNCPROOF_JWT_SECRET", SECRET).env("NO_COLOR", "1");
    finish(shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a shell"))
}
