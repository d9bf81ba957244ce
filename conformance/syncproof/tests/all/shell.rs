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
    let output = specimen.run(&["--quiet", "--filter", "pull/empty-workspace", "--filter", "pull/from-every-cursor"]);
    assert_eq!(output.code, 1, "{output:?}");
    let all = syncproof::cases::all().len();
    let verdict = format!(
        "2 of {all} cases selected: 1 failed, 1 passed. Not a verdict. Selected by --filter pull/empty-workspace --filter \
         pull/from-every-cursor."
    );
    let lines: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(lines, ["MUST pull.after-cursor: 1 case, such as pull/from-every-cursor", &verdict]);
}

#[test]
fn a_quiet_run_says_what_its_verdict_does_not_cover_and_why_the_baseline_is_broken() {
    let specimen = Specimen::start(&[]);
    let baseline = tempfile::NamedTempFile::new().expect("a file");
    let entry = "[[known]]\ncase = 'pull/from-every-cursor'\nreason = 'r'\nowner = 'o'\nexpires = 2999-12-31\n";
    std::fs::write(baseline.path(), entry).expect("written");
    let name = baseline.path().display().to_string();
    let filters = ["--filter", "pull/from-every-cursor", "--filter", "snapshot/*"];
    let arguments = ["--quiet", "--capabilities", "members", "--baseline", &name];
    let output = specimen.run(&[&arguments[..], &filters].concat());
    assert_eq!(output.code, 1, "{output:?}");
    let lines: Vec<&str> = output.stdout.lines().collect();
    let [warning, not_judged, breach, _verdict] = &lines[..] else { panic!("four lines: {output:?}") };
    assert!(warning.starts_with("WARNING the target shows snapshot, "), "{output:?}");
    assert!(not_judged.starts_with("not judged: ") && not_judged.ends_with(" not applicable"), "{output:?}");
    assert!(breach.starts_with("BASELINE ") && breach.contains("pull/from-every-cursor passes now"), "{output:?}");
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
