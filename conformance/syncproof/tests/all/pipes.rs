//! A reader who goes away (`syncproof … | head -1`): the command ends quietly.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command};

use crate::command::{SECRET, Specimen, command};

/// Reads one line of the standard output and closes it; the exit code and the standard error.
fn read_one_line(mut command: Command) -> (i32, String) {
    let mut child: Child = command.env("SYNCPROOF_JWT_SECRET", SECRET).spawn().expect("the command starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    let mut errors = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut errors).expect("text");
    (child.wait().expect("it ends").code().expect("an exit code"), errors)
}

#[test]
fn every_command_ends_quietly_when_its_reader_goes_away() {
    let server = Specimen::start(&[]);
    let target = ["--target", &server.base];
    let fuzz = ["--cases", "3", "--in-process", "specimen"];
    let folder = tempfile::tempdir().expect("a folder");
    let (file, repro) = (folder.path().join("r.json"), folder.path().join("repro"));
    let file = format!("json={}", file.display());
    let commands: [(&[&str], &[&str]); 17] = [
        (&["list"], &[]),
        (&["list", "--format", "json"], &[]),
        (&["explain", "pull.complete"], &[]),
        (&["schema"], &[]),
        (&["schema", "trace"], &[]),
        (&["mutants", "--list"], &[]),
        (&["variants", "--list"], &[]),
        (&["doctor"], &target),
        (&["run", "--filter", "pull/*"], &target),
        (&["run", "--filter", "pull/*", "--format", "json"], &target),
        (&["run", "--filter", "pull/*", "--report", "junit=-"], &target),
        (&["run", "--filter", "pull/*", "--report", "github=-"], &target),
        (&["run", "--filter", "pull/*", "--report", "html=-"], &target),
        (&["run", "--filter", "pull/*", "--report", &file], &target),
        (&["run", "--filter", "pull/*", "--repro", repro.to_str().expect("a path")], &target),
        (&["fuzz", "--format", "json"], &fuzz),
        (&["diff", "specimen", "specimen", "--cases", "3"], &[]),
    ];
    for (arguments, further) in commands {
        let (code, errors) = read_one_line(command(&[arguments, further].concat()));
        assert!(matches!(code, 0 | 141) && errors.is_empty(), "{arguments:?} ends with {code}: {errors}");
    }
    assert!(folder.path().join("r.json").exists(), "the other reports are written all the same");
}

#[test]
fn a_run_ends_early_when_nobody_reads_on() {
    let server = Specimen::start(&[]);
    let started = std::time::Instant::now();
    let (code, errors) = read_one_line(command(&["run", "--target", &server.base, "--jobs", "1"]));
    assert_eq!((code, errors.as_str()), (141, ""));
    // All cases one after the other take some 45 s and more, and wait for most of that.
    assert!(started.elapsed().as_secs() < 30, "the run went on for nobody");
}
