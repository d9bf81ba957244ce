//! `power-loss` from outside: the reference keeps what it acknowledged, a journal without syncs does not, and wrong values
//! are told. Needs FUSE; without it the test says so and looks at nothing, unless SYNCPROOF_REQUIRE_FUSE=1.

use std::fs;

use crate::command::syncproof;

#[allow(clippy::print_stderr, reason = "that nobody looked has to be seen")]
/// Whether the command said that there is no FUSE.
fn is_skipped(code: i32, said: &str) -> bool {
    if code != 4 {
        return false;
    }
    assert!(said.contains("no FUSE file system can be mounted here"), "{said}");
    assert!(std::env::var_os("SYNCPROOF_REQUIRE_FUSE").is_none_or(|value| value != "1"), "{said}");
    eprintln!("SKIPPED: {said} (SYNCPROOF_REQUIRE_FUSE=1 forbids that)");
    true
}

#[test]
fn the_reference_keeps_what_it_acknowledged_and_one_that_never_syncs_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let (kept, edited) = (folder.path().join("kept.jsonl"), folder.path().join("edited.jsonl"));
    let (kept, edited) = (kept.to_str().unwrap(), edited.to_str().unwrap());
    let run = syncproof(&["power-loss", "--seed", "1", "--points", "60", "--keep", kept]);
    if is_skipped(run.code, &run.stderr) {
        return;
    }
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("nothing lost that was acknowledged"), "{}", run.stdout);
    let run = syncproof(&["power-loss", "--recording", kept, "--model", "posix", "--points", "40"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);

    // Zeros of no length in place of each sync: the same journal of a server that asks for nothing.
    let journal = fs::read_to_string(kept).unwrap();
    let without = |line: &str| match line.strip_prefix(r#"{"change":{"change":"sync","node":"#) {
        Some(rest) => {
            let node = rest.trim_end_matches('}');
            format!(r#"{{"change":{{"change":"zero","node":{node},"offset":0,"length":0}}}}"#)
        }
        None => line.to_owned(),
    };
    let journal: Vec<String> = journal.lines().map(without).collect();
    fs::write(edited, journal.join("\n") + "\n").unwrap();
    let run = syncproof(&["power-loss", "--recording", edited, "--points", "20"]);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    for says in ["durable.acknowledged-survives-power-loss", "is gone", "no fsync", "syncproof.sqlite"] {
        assert!(run.stdout.contains(says), "no {says} in {}", run.stdout);
    }
    let repeat = run.stdout.lines().find_map(|line| line.strip_prefix("repeat: syncproof ")).expect("a line to repeat");
    let words: Vec<&str> = repeat.split(' ').collect();
    let again = syncproof(&words);
    assert_eq!(again.code, 1, "{repeat}: {}{}", again.stdout, again.stderr);
    assert!(again.stdout.contains("1 points"), "{}", again.stdout);
}

#[test]
fn wrong_values_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.jsonl");
    fs::write(&empty, "").unwrap();
    let empty = empty.to_str().unwrap();
    for (flags, says) in [
        (&["--points", "0"][..], "0 is not in"),
        (&["--points", "many"], "many"),
        (&["--model", "ext3"], "ext3"),
        (&["--point", "7"], "--recording"),
        (&["--recording", empty, "--point", "x"], "a point is a number of changes"),
        (&["--recording", empty], "it is empty"),
        (&["--recording", "no such file"], "no such file"),
        (&["--target", "http://127.0.0.1:9"], ""),
    ] {
        let run = syncproof(&[&["power-loss"], flags].concat());
        assert!(matches!(run.code, 2 | 3), "{flags:?}: {}", run.code);
        assert!(run.stderr.contains(says), "{flags:?}: {}", run.stderr);
    }
}
