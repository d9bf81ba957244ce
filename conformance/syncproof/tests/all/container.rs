//! The reference server in a container, as a target: built into an image of the host's own files, checked, and removed.
//!
//! Where no engine answers the test says so loudly and passes, unless SYNCPROOF_REQUIRE_CONTAINERS=1.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::command::{SECRET, command, finish};
use serde_json::Value;

/// A name that no other run of this test has.
fn image_name() -> String {
    format!("syncproof-test-{}:1", std::process::id())
}

fn docker(arguments: &[&str]) -> Option<String> {
    let output = Command::new("docker").args(arguments).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn containers() -> BTreeSet<String> {
    let all = docker(&["ps", "--all", "--quiet", "--no-trunc"]).expect("a list");
    all.lines().map(str::to_owned).collect()
}

/// An image that is removed with the test.
struct Image(String);

impl Drop for Image {
    fn drop(&mut self) {
        docker(&["image", "rm", "--force", &self.0]);
    }
}

/// The libraries that a program is linked with, as the loader finds them.
fn libraries(program: &Path) -> Vec<PathBuf> {
    let output = Command::new("ldd").arg(program).output().expect("ldd");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.split_whitespace().filter(|word| word.starts_with('/')).map(PathBuf::from).collect()
}

/// Builds the image: the program, its libraries, and a folder for the database.
fn build() -> Image {
    let root = tempfile::tempdir().expect("a folder");
    let place = |path: &Path| root.path().join(path.strip_prefix("/").unwrap_or(path));
    let program = Path::new(env!("CARGO_BIN_EXE_syncproof"));
    std::fs::create_dir(root.path().join("data")).expect("a folder");
    let stripped = Command::new("strip").arg("-o").arg(root.path().join("syncproof")).arg(program).status();
    if !stripped.is_ok_and(|status| status.success()) {
        std::fs::copy(program, root.path().join("syncproof")).expect("a copy");
    }
    for library in libraries(program) {
        std::fs::create_dir_all(place(&library).parent().expect("a folder")).expect("a folder");
        std::fs::copy(&library, place(&library)).expect("a copy");
    }
    let image = Image(image_name());
    let mut tar = Command::new("tar")
        .arg("-C")
        .arg(root.path())
        .args(["-c", "."])
        .stdout(Stdio::piped())
        .spawn()
        .expect("tar starts");
    let imported = Command::new("docker")
        .args(["import", "--change", "ENV SYNCPROOF_LISTEN=0.0.0.0:8787 OR3_SQLITE_DB_PATH=/data/sync.sqlite"])
        .args(["--change", r#"ENTRYPOINT ["/syncproof", "serve"]"#, "-", &image.0])
        .stdin(tar.stdout.take().expect("a pipe"))
        .output()
        .expect("docker starts");
    assert!(tar.wait().expect("tar ends").success() && imported.status.success(), "{imported:?}");
    image
}

#[test]
fn the_reference_in_a_container_passes_and_leaves_nothing_behind() {
    if docker(&["info"]).is_none() {
        let must = std::env::var("SYNCPROOF_REQUIRE_CONTAINERS").is_ok_and(|value| value == "1");
        assert!(!must, "SYNCPROOF_REQUIRE_CONTAINERS=1, and no container engine answers");
        eprintln!("SKIPPED: no container engine answers, so that no container was checked");
        return;
    }
    let image = build();
    let before = containers();

    let child = command(&["run", "--image", &image.0, "--format", "json", "--jobs", "3"])
        .env("SYNCPROOF_JWT_SECRET", SECRET)
        .spawn()
        .expect("the command starts");
    let output = finish(child);
    let report: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("no report: {output:?}"));
    assert_eq!(output.code, 0, "{report:#}");
    let capabilities = report["capabilities"].as_array().expect("capabilities");
    assert!(capabilities.contains(&"restart".into()) && !capabilities.contains(&"launch".into()), "{capabilities:?}");
    for case in report["cases"].as_array().expect("cases") {
        let id = case["id"].as_str().expect("an id");
        // What has to choose how the server is started does not apply.
        if id.starts_with("durable/") && !id.starts_with("durable/full-store-") {
            assert_eq!(case["status"], "passed", "{case:#}");
        }
    }
    assert_eq!(containers(), before, "containers are left behind");

    // A container that ends at once, and one that cannot even be started.
    for (setting, words) in
        [("OR3_SQLITE_DB_PATH=/no/such/folder/x", "/no/such/folder"), ("SYNCPROOF_LISTEN=x", "SYNCPROOF_LISTEN")]
    {
        let child = command(&["run", "--image", &image.0, "--env", setting]).spawn().expect("the command starts");
        let output = finish(child);
        assert!(output.code == 3 && output.stderr.contains(words), "{output:?}");
    }
    let child = command(&["run", "--image", "syncproof-test.invalid/nothing:1"]).spawn().expect("the command starts");
    assert_eq!(finish(child).code, 3);
    assert_eq!(containers(), before, "containers are left behind after failures");

    // An interrupted run.
    let child = command(&["run", "--image", &image.0]).spawn().expect("the command starts");
    let started = std::time::Instant::now();
    while containers() == before && started.elapsed().as_secs() < 120 {
        std::thread::yield_now();
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("a signal");
    assert_eq!(finish(child).code, 3);
    assert_eq!(containers(), before, "containers are left behind after an interrupt");
}

#[test]
fn no_engine_is_no_target() {
    let child = command(&["run", "--image", "anything"])
        .env("DOCKER_HOST", "unix:///no/such/socket")
        .spawn()
        .expect("the command starts");
    let output = finish(child);
    assert!(output.code == 3 && output.stderr.contains("no container engine answers"), "{output:?}");
}
