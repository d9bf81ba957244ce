//! The file system as programs see it, and what it records of them. Needs FUSE; without it the test says so and looks at
//! nothing, unless SYNCPROOF_REQUIRE_FUSE=1.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test says by panicking what is wrong, and on standard error that it was skipped"
)]

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;

use syncproof_power::{Change, Disk, Draw, Model, Mount, left};

fn mount() -> Option<Mount> {
    match Mount::new() {
        Ok(mount) => Some(mount),
        Err(reason) => {
            assert!(std::env::var_os("SYNCPROOF_REQUIRE_FUSE").is_none_or(|value| value != "1"), "{reason}");
            eprintln!("SKIPPED: {reason} (SYNCPROOF_REQUIRE_FUSE=1 forbids that)");
            None
        }
    }
}

#[test]
fn files_are_kept_and_changes_recorded_in_their_order() {
    let Some(mount) = mount() else { return };
    let path = |name: &str| mount.path().join(name);
    let mut file = File::create(path("a")).unwrap();
    file.write_all(b"one").unwrap();
    file.sync_data().unwrap();
    file.write_at(b"two", 6).unwrap();
    fs::rename(path("a"), path("b")).unwrap();
    File::open(mount.path()).unwrap().sync_all().unwrap();
    file.set_len(4).unwrap();
    assert_eq!(fs::read(path("b")).unwrap(), b"one\0");
    fs::create_dir(path("d")).unwrap();
    fs::hard_link(path("b"), path("d/c")).unwrap();
    assert!(fs::remove_dir(path("d")).is_err(), "it is not empty");
    assert!(fs::create_dir(path("d")).is_err(), "it is there");
    fs::remove_file(path("b")).unwrap();
    assert_eq!(fs::read(path("d/c")).unwrap(), b"one\0");
    let names: Vec<_> = fs::read_dir(mount.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["d"]);
    let changes = mount.journal().take();
    let kinds: Vec<&str> = changes.iter().map(kind).collect();
    let expected = "make write sync write rename sync resize make link remove";
    assert_eq!(kinds.join(" "), expected);
}

fn kind(change: &Change) -> &'static str {
    match change {
        Change::Make { .. } => "make",
        Change::Write { .. } => "write",
        Change::Resize { .. } => "resize",
        Change::Zero { .. } => "zero",
        Change::Rename { .. } => "rename",
        Change::Link { .. } => "link",
        Change::Remove { .. } => "remove",
        Change::Sync { .. } => "sync",
    }
}

#[test]
fn a_file_that_is_gone_can_be_written_by_who_has_it_open() {
    let Some(mount) = mount() else { return };
    let path = mount.path().join("a");
    let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path).unwrap();
    fs::remove_file(&path).unwrap();
    file.write_at(b"still", 0).unwrap();
    let mut read = [0; 5];
    file.read_exact_at(&mut read, 0).unwrap();
    assert_eq!(&read, b"still");
}

#[test]
fn what_is_left_gets_into_a_plain_folder() {
    let Some(mount) = mount() else { return };
    fs::create_dir(mount.path().join("d")).unwrap();
    fs::write(mount.path().join("d/a"), "kept").unwrap();
    File::open(mount.path().join("d/a")).unwrap().sync_all().unwrap();
    fs::write(mount.path().join("d/b"), "lost").unwrap();
    let changes = mount.journal().take();
    let folder = tempfile::tempdir().unwrap();
    let survivors = left(&changes, Model::Ordered, Draw::Harshest);
    Disk::of(&changes, &survivors).write_to(folder.path()).unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("d/a")).unwrap(), "kept");
    assert!(!folder.path().join("d/b").exists());
}

#[test]
fn nothing_stays_mounted() {
    let Some(mount) = mount() else { return };
    let path = mount.path().to_owned();
    let _open = File::create(path.join("a")).unwrap();
    drop(mount);
    assert!(!path.exists());
    assert!(!fs::read_to_string("/proc/self/mounts").unwrap().contains(&*path.to_string_lossy()));
}
