//! The authentication provider of the users that the suite creates.

use crate::command::{Specimen, syncproof};

#[test]
fn run_fuzz_and_diff_create_users_of_the_provider_that_is_given() {
    let specimen = Specimen::start(&["--trust-header"]);
    // It prints no header for users of any other provider.
    let credentials = "test {provider} = mine && echo 'Authorization: Bearer '{user}";
    let target = ["--target", &specimen.base];
    let credentials = ["--credential-command", credentials];
    for command in [
        [&["run"][..], &target, &["--filter", "isolation/same-pk-put-in-two-workspaces"]].concat(),
        [&["fuzz"][..], &target, &["--cases", "3"]].concat(),
        vec!["diff", "reference", &specimen.base, "--cases", "3"],
    ] {
        let command = [&command[..], &credentials].concat();
        let output = syncproof(&[&command[..], &["--provider", "mine"]].concat());
        assert_eq!(output.code, 0, "{command:?}: {output:?}");
        let output = syncproof(&command);
        assert_ne!(output.code, 0, "{command:?}: {output:?}");
    }
}
