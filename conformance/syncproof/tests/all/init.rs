//! `syncproof init`: the files that it writes work, it never overwrites one, and it names the level to aim for.

use std::path::Path;

use syncproof_protocol::milestone::Milestone;

use crate::against::levels::built_up_to;
use crate::command::{Output, SECRET, bent, finish};

fn syncproof_in(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = crate::command::command(arguments);
    command.current_dir(folder).env("SYNCPROOF_JWT_SECRET", SECRET);
    finish(command.spawn().expect("the command starts"))
}

#[test]
fn it_writes_what_run_takes_and_names_the_level_to_aim_for() {
    let base = built_up_to(Milestone::Session);
    let folder = tempfile::tempdir().expect("a folder");
    let init = ["init", "--target", &base];
    let output = syncproof_in(folder.path(), &init);
    assert_eq!(output.code, 0, "{output:?}");
    for words in ["Reached level 1 of 7: session", "Aim for level 2 of 7: workspaces", "syncproof run --up-to 2"] {
        assert!(output.stdout.contains(words), "{words}: {output:?}");
    }
    assert!(output.stdout.contains("missing       a plain put is not answered as the protocol says"), "{output:?}");
    assert!(output.stdout.contains("missing       POST /api/sync/update-cursor\n"), "{output:?}");
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect(name);
    let (file, workflow) = (read("syncproof.toml"), read(".github/workflows/syncproof.yml"));
    assert!(!file.contains(SECRET) && !workflow.contains(SECRET), "{file}{workflow}");
    assert!(workflow.contains("run: syncproof run --config syncproof.toml --up-to 1 --report"), "{workflow}");
    assert!(workflow.contains("${{ secrets.SYNCPROOF_JWT_SECRET }}"), "{workflow}");
    // What a server gets later is not hidden by a list that was made too early.
    let table: toml::Table = file.parse().expect("TOML");
    assert_eq!((table["target"].as_str(), table.get("capabilities")), (Some(base.as_str()), None), "{file}");

    // The command of the workflow, with the file.
    let gate = ["run", "--config", "syncproof.toml", "--up-to", "1"];
    let output = syncproof_in(folder.path(), &gate);
    assert_eq!(output.code, 0, "{output:?}");
    // Where the file was not committed, the run must not be green for the reference server.
    let empty = tempfile::tempdir().expect("a folder");
    let output = syncproof_in(empty.path(), &gate);
    assert!(output.code == 2 && output.stderr.contains("syncproof.toml"), "{output:?}");
    let output = syncproof_in(folder.path(), &["run", "--up-to", "2"]);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stdout.contains("Next: level 2 of 7: workspaces: "), "{output:?}");

    let output = syncproof_in(folder.path(), &init);
    assert!(output.code == 2 && output.stderr.contains("--force"), "{output:?}");
    std::fs::remove_file(folder.path().join("syncproof.toml")).expect("removed");
    let output = syncproof_in(folder.path(), &init);
    assert!(output.code == 2 && output.stderr.contains("syncproof.yml is there already"), "{output:?}");
    assert!(!folder.path().join("syncproof.toml").exists(), "nothing is written by half");
    let output = syncproof_in(folder.path(), &[&init[..], &["--force"]].concat());
    assert_eq!(output.code, 0, "{output:?}");
    assert_eq!(read("syncproof.toml"), file);
}

#[test]
fn of_a_server_that_has_reached_no_level_it_says_so() {
    let base = bent::start(|path, _| (path == "/api/workspaces").then_some(500));
    let folder = tempfile::tempdir().expect("a folder");
    let output = syncproof_in(folder.path(), &["init", "--target", &base]);
    assert_eq!(output.code, 0, "{output:?}");
    for words in [
        "broken        GET /api/workspaces always answers 500",
        "syncproof.yml: fails until the server reaches level 1",
    ] {
        assert!(output.stdout.contains(words), "{words}: {output:?}");
    }
}
