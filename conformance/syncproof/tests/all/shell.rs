//! What the command does for a shell and a terminal: completions, manual pages, colours, and few words.

use crate::command::{Specimen, command, finish, syncproof};

#[test]
fn every_shell_gets_a_script_that_names_the_subcommands() {
    for shell in ["bash", "zsh", "fish"] {
        let output = syncproof(&["completions", shell]);
        assert_eq!(output.code, 0, "{output:?}");
        for word in ["syncproof", "variants", "ca-file"] {
            assert!(output.stdout.contains(word), "{shell}: {word}");
        }
    }
    assert_eq!(syncproof(&["completions", "cmd"]).code, 2);
}

#[test]
fn there_is_a_manual_page_for_the_command_and_for_each_subcommand() {
    let page = syncproof(&["man"]).stdout;
    assert!(page.contains(".TH syncproof") && page.contains("variants"), "{page}");
    let page = syncproof(&["man", "run"]).stdout;
    assert!(page.contains(".TH syncproof-run") && page.contains("\\-\\-ca\\-file"), "{page}");
    let output = syncproof(&["man", "rum"]);
    assert!(output.code == 2 && output.stderr.contains("did you mean run?"), "{output:?}");
}

#[test]
fn a_quiet_run_prints_the_causes_and_the_verdict() {
    let specimen = Specimen::start(&["--mutant", "cursor-inclusive"]);
    let output = specimen.run(&["--quiet", "--filter", "pull/empty-*", "--filter", "pull/from-every-cursor"]);
    assert_eq!(output.code, 1, "{output:?}");
    let all = syncproof::cases::all().len();
    let verdict = format!(
        "2 of {all} cases selected: 1 failed, 1 passed. Not a verdict. Selected by --filter 'pull/empty-*' --filter \
         pull/from-every-cursor."
    );
    let lines: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(lines, ["MUST pull.after-cursor: 1 case, such as pull/from-every-cursor", &verdict]);
}

#[test]
fn colours_are_printed_on_request_only() {
    let run = ["run", "--filter", "isolation/same-pk-put-in-two-workspaces", "--color"];
    for (when, coloured) in [("auto", false), ("never", false), ("always", true)] {
        let mut command = command(&[&run[..], &[when]].concat());
        command.env_remove("NO_COLOR");
        let output = finish(command.spawn().expect("the command starts"));
        assert_eq!(output.stdout.contains('\u{1b}'), coloured, "{when}: {output:?}");
    }
}
