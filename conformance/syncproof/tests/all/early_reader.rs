//! A reader who goes away (`syncproof … | head -1`): the command ends quietly, as other commands do.

use std::fs::read_dir;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use crate::command::{Output, SECRET, Specimen, command, finish_within};

/// The code of commands that nobody read to the end: what a shell shows for a process that SIGPIPE ended.
const READER_GONE: i32 = 141;
/// No command takes longer, not even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// Runs the command with a standard output that nobody reads, and perhaps with a standard error like it.
fn unread(arguments: &[&str], with_stderr: bool) -> Output {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = command(arguments);
    let stderr = if with_stderr { Stdio::from(writer.try_clone().expect("a handle")) } else { Stdio::piped() };
    command.env("SYNCPROOF_JWT_SECRET", SECRET).stdout(writer).stderr(stderr);
    let child = command.spawn().expect("the command starts");
    // The parent's end of the pipe goes with it.
    drop(command);
    finish_within(child, PATIENCE)
}

fn assert_quiet(arguments: &[&str]) {
    let output = unread(arguments, false);
    assert_eq!(output.code, READER_GONE, "{arguments:?}: {output:?}");
    assert_eq!(output.stderr, "", "{arguments:?}");
}

fn regression() -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../campaign/regressions");
    read_dir(folder).expect("a folder").next().expect("a trace").expect("an entry").path()
}

#[test]
fn what_only_prints_ends_quietly() {
    for arguments in [
        &["list"][..],
        &["list", "--format", "json"],
        &["list", "--requirements"],
        &["explain", "pull.after-cursor"],
        &["schema"],
        &["schema", "trace"],
        &["mutants", "--list"],
        &["variants", "--list"],
    ] {
        assert_quiet(arguments);
    }
}

#[test]
fn runs_end_quietly_in_every_format() {
    let specimen = Specimen::start(&[]);
    let run = ["run", "--target", &specimen.base, "--filter", "pull/empty-workspace"];
    for format in [
        ["--format", "human"],
        ["--format", "json"],
        ["--report", "human=-"],
        ["--report", "json=-"],
        ["--report", "junit=-"],
        ["--report", "html=-"],
        ["--report", "github=-"],
        ["--report", "json=/dev/stdout"],
    ] {
        assert_quiet(&[&run[..], &format].concat());
    }
    assert_quiet(&["doctor", "--target", &specimen.base]);
}

#[test]
fn a_run_that_nothing_else_was_asked_of_ends_at_once() {
    let specimen = Specimen::start(&[]);
    // At this rate all cases would take far longer than the patience of this test.
    assert_quiet(&["run", "--target", &specimen.base, "--rate", "20"]);
}

#[test]
fn campaigns_end_quietly_in_every_format() {
    let trace = regression();
    let trace = trace.to_str().expect("a path");
    for format in ["human", "json"] {
        for arguments in [
            &["fuzz", "--in-process", "reference", "--cases", "3"][..],
            &["diff", "reference", "specimen", "--cases", "3"],
            &["replay", trace, "--in-process", "reference"],
            &["variants", "--filter", "names-in-a-header", "--cases", "pull/from-every-cursor"],
            &["mutants", "--filter", "cursor-inclusive", "--cases", "pull/from-every-cursor"],
        ] {
            assert_quiet(&[arguments, &["--format", format]].concat());
        }
    }
}

#[test]
fn nothing_panics_where_nobody_reads_the_errors_either() {
    assert_eq!(unread(&["list"], true).code, READER_GONE);
    assert_eq!(unread(&["explain", "no.such-thing"], true).code, 2);
    assert_eq!(unread(&["--help"], true).code, 0);
}

#[test]
fn a_server_goes_on_where_nobody_reads_where_it_listens() {
    for arguments in [&["serve", "--specimen", "--listen", "127.0.0.1:0"][..], &["serve", "--listen", "127.0.0.1:0"]] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = command(arguments);
        command.env("SYNCPROOF_JWT_SECRET", SECRET).env("OR3_SQLITE_ALLOW_IN_MEMORY", "true").stdout(writer);
        let mut child = command.spawn().expect("the server starts");
        std::thread::sleep(Duration::from_secs(1));
        let ended = child.try_wait().expect("a look");
        let _ = child.kill();
        let _ = child.wait();
        assert_eq!(ended, None, "{arguments:?}");
    }
}
