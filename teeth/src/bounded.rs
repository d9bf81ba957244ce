//! Running a program for a limited time.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long a program may take to stop once it was asked to.
const STOP: Duration = Duration::from_secs(30);

const PAUSE: Duration = Duration::from_millis(50);

/// Runs a program, with its output in that file. Returns its exit code; `None` if it took longer than `limit`, or was ended
/// by a signal. A program that is still there at the end of its time is asked to stop, so that it stops what it has started.
pub(crate) fn run(command: &mut Command, output: &Path, limit: Duration) -> Result<Option<i32>, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let file = File::create(output).map_err(|error| format!("{}: {error}", output.display()))?;
    let errors = file.try_clone().map_err(|error| format!("{}: {error}", output.display()))?;
    let spawned = command.stdin(Stdio::null()).stdout(file).stderr(errors).spawn();
    let mut child = spawned.map_err(|error| format!("cannot run {name}: {error}"))?;
    if let Some(code) = wait(&mut child, limit)? {
        return Ok(code);
    }
    let _ = kill_process(Pid::from_child(&child), Signal::TERM);
    if wait(&mut child, STOP)?.is_none() {
        child.kill().and_then(|()| child.wait()).map_err(|error| error.to_string())?;
    }
    Ok(None)
}

/// The exit code once the program has ended; `None` if it has not within that time.
#[allow(clippy::option_option, reason = "a program that has ended may have no exit code")]
fn wait(child: &mut Child, limit: Duration) -> Result<Option<Option<i32>>, String> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return Ok(Some(status.code()));
        }
        if started.elapsed() >= limit {
            return Ok(None);
        }
        std::thread::sleep(PAUSE);
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test says by panicking what is wrong")]
mod tests {
    use std::process::Command;
    use std::time::{Duration, Instant};

    use super::run;

    #[test]
    fn a_program_has_its_code_and_no_more_than_its_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let output = folder.path().join("output");
        let shell = |script: &str, limit: Duration| run(Command::new("sh").args(["-c", script]), &output, limit);
        assert_eq!(shell("echo told; exit 3", Duration::from_secs(10)), Ok(Some(3)));
        let started = Instant::now();
        assert_eq!(shell("exec sleep 30", Duration::from_millis(100)), Ok(None));
        assert!(started.elapsed() < Duration::from_secs(20));
    }
}
