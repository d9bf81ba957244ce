//! A server process that the suite starts and ends.

use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

/// How long a process may take to end after SIGTERM before it is killed.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);
/// How much of the output of a process is kept, in bytes: the beginning, where start-up messages are.
const MAX_OUTPUT_BYTES: usize = 64 * 1024;

type Output = Arc<Mutex<Vec<u8>>>;

/// A running process in its own process group. Dropping it kills the group.
#[derive(Debug)]
pub struct Process {
    child: Child,
    group: Option<Pid>,
    output: Output,
    stdout: Output,
    readers: Vec<JoinHandle<()>>,
}

/// How a process ended.
#[derive(Debug, Clone)]
pub struct ExitedProcess {
    /// Its exit status; None when it had to be killed.
    pub status: Option<ExitStatus>,
    /// The beginning of what it printed on both streams.
    pub output: String,
    /// The beginning of what it printed on standard output.
    pub stdout: String,
}

impl Process {
    /// Starts the command.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(mut command: Command) -> std::io::Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let (output, stdout) = (Output::default(), Output::default());
        let mut readers = Vec::new();
        if let Some(stream) = child.stdout.take() {
            readers.push(tokio::spawn(keep(stream, vec![Arc::clone(&output), Arc::clone(&stdout)])));
        }
        if let Some(stream) = child.stderr.take() {
            readers.push(tokio::spawn(keep(stream, vec![Arc::clone(&output)])));
        }
        Ok(Process { child, group, output, stdout, readers })
    }

    /// Runs a command to its end. One that does not end within that time is killed, and has no status.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn run(command: Command, within: Duration) -> std::io::Result<ExitedProcess> {
        let mut process = Process::start(command)?;
        Ok(match process.wait(within).await {
            Some(status) => process.finish(Some(status)).await,
            None => ExitedProcess { status: None, ..process.kill().await },
        })
    }

    /// Its exit status, if it has ended by itself.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// What it printed so far.
    #[must_use]
    pub fn output(&self) -> String {
        text(&self.output)
    }

    /// Waits until it ends by itself; None if it still runs after that time.
    pub async fn wait(&mut self, within: Duration) -> Option<ExitStatus> {
        tokio::time::timeout(within, self.child.wait()).await.ok()?.ok()
    }

    /// Asks it to end (SIGTERM), waits, and kills it if it does not.
    pub async fn stop(mut self) -> ExitedProcess {
        self.signal(Signal::TERM);
        let status = self.wait(STOP_TIMEOUT).await;
        self.finish(status).await
    }

    /// Kills it at once (SIGKILL).
    pub async fn kill(mut self) -> ExitedProcess {
        self.signal(Signal::KILL);
        let status = self.wait(STOP_TIMEOUT).await;
        self.finish(status).await
    }

    /// Lets it stand still for that time (SIGSTOP, then SIGCONT).
    pub async fn freeze(&self, time: Duration) {
        self.signal(Signal::STOP);
        tokio::time::sleep(time).await;
        self.signal(Signal::CONT);
    }

    /// What it printed, after it has ended.
    pub async fn finish(mut self, status: Option<ExitStatus>) -> ExitedProcess {
        // A grandchild may live on and hold the streams open.
        self.signal(Signal::KILL);
        for reader in std::mem::take(&mut self.readers) {
            let abort = reader.abort_handle();
            if tokio::time::timeout(Duration::from_secs(2), reader).await.is_err() {
                abort.abort();
            }
        }
        ExitedProcess { status, output: text(&self.output), stdout: text(&self.stdout) }
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            // This fails only when the whole group has already ended.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}

/// Reads a stream to its end, so that the process never blocks on a full pipe, and keeps the beginning.
async fn keep(mut stream: impl AsyncRead + Unpin, outputs: Vec<Output>) {
    let mut buffer = [0; 4096];
    while let Ok(count) = stream.read(&mut buffer).await {
        if count == 0 {
            return;
        }
        for output in &outputs {
            let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
            let room = MAX_OUTPUT_BYTES.saturating_sub(output.len()).min(count);
            output.extend_from_slice(&buffer[..room]);
        }
    }
}
