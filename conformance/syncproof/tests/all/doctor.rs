//! The doctor from outside: what it says of odd servers, and the configuration that it writes.

use crate::command::{Output, SECRET, Specimen, bent, finish, syncproof};

fn doctor(base: &str, arguments: &[&str]) -> Output {
    let mut command = crate::command::command(&["doctor", "--target", base]);
    finish(command.args(arguments).env("SYNCPROOF_JWT_SECRET", SECRET).spawn().expect("the command starts"))
}

#[test]
fn the_file_that_it_writes_is_one_that_run_takes() {
    let specimen = Specimen::start(&[]);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("syncproof.toml");
    let name = path.to_string_lossy().into_owned();
    let output = doctor(&specimen.base, &["--write", &name]);
    assert_eq!(output.code, 0, "{output:?}");
    let text = std::fs::read_to_string(&path).expect("the file");
    assert!(!text.contains(SECRET), "{text}");
    let table: toml::Table = text.parse().expect("TOML");
    let names: Vec<&str> =
        table["capabilities"].as_array().expect("a list").iter().filter_map(|it| it.as_str()).collect();
    assert_eq!(names, ["members", "snapshot", "gc", "op_id_tie_break", "applied", "private_notifications"]);
    for word in ["[gate]", "[startup]", "[hooks]", "[reports]"] {
        assert!(text.contains(word), "no example of {word}: {text}");
    }
    // Its examples are settings as well.
    let run = |file: &std::path::Path| {
        let mut command = crate::command::command(&["run", "--filter", "session/stable*", "--format", "json"]);
        command.arg("--config").arg(file).env("SYNCPROOF_JWT_SECRET", SECRET);
        finish(command.spawn().expect("the command starts"))
    };
    let output = run(&path);
    assert_eq!(output.code, 0, "{output:?}");
    assert!(output.stdout.contains("capabilities declared"), "{output:?}");

    let output = doctor(&specimen.base, &["--write", &name]);
    assert!(output.code == 2 && output.stderr.contains("--force"), "{output:?}");
    std::fs::write(&path, "old").expect("written");
    let output = doctor(&specimen.base, &["--write", &name, "--force"]);
    assert_eq!(output.code, 0, "{output:?}");
    assert_eq!(std::fs::read_to_string(&path).expect("the file"), text);
}

#[test]
fn a_secret_file_is_named_and_not_read_out() {
    let specimen = Specimen::start(&[]);
    let folder = tempfile::tempdir().expect("a folder");
    let (secret, file) = (folder.path().join("secret.txt"), folder.path().join("made.toml"));
    std::fs::write(&secret, SECRET).expect("written");
    let (secret, file) = (secret.to_string_lossy().into_owned(), file.to_string_lossy().into_owned());
    let output = syncproof(&["doctor", "--target", &specimen.base, "--jwt-secret-file", &secret, "--write", &file]);
    assert_eq!(output.code, 0, "{output:?}");
    let text = std::fs::read_to_string(&file).expect("the file");
    assert!(text.contains(&secret) && !text.contains(SECRET), "{text}");
    let output = syncproof(&["run", "--config", &file, "--filter", "session/stable*"]);
    assert_eq!(output.code, 0, "{output:?}");
}

#[test]
fn of_a_half_broken_server_it_says_what_it_saw() {
    let base = bent::start(|path, _| (path == "/api/sync/snapshot").then_some(500));
    let output = doctor(&base, &[]);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stdout.contains("POST /api/sync/snapshot is answered 500"), "{output:?}");
    assert!(output.stdout.contains("TROUBLE snapshot"), "{output:?}");

    let base = bent::start(|path, _| (path == "/api/sync/push").then_some(503));
    let output = doctor(&base, &[]);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stdout.contains("TROUBLE") && output.stdout.contains("503"), "{output:?}");

    // A cause of a run about an endpoint that is missing is repeated with this command.
    let base = bent::start(|path, _| (path == "/api/sync/update-cursor").then_some(404));
    let output = doctor(&base, &[]);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stdout.contains("TROUBLE core endpoint missing: POST /api/sync/update-cursor"), "{output:?}");
    assert!(output.stdout.starts_with(&format!("target        {base}\n")), "the address stands there once: {output:?}");

    let base = bent::start(|path, _| (path == "/api/auth/session").then_some(500));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("made.toml");
    let output = doctor(&base, &["--write", &file.to_string_lossy()]);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stdout.contains("no user can be made") && output.stdout.contains("500"), "{output:?}");
    assert!(!file.exists(), "nothing is known that could be written");
}
