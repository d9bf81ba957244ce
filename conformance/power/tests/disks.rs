//! Journals made by hand, and the disks that each model allows: all that are possible, and none that are not.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test says by panicking what is wrong")]

use std::collections::BTreeSet;

use syncproof_power::{Change, Disk, Draw, Kind, Model, Node, Place, ROOT, Survivors, left};

/// As many random draws find every disk of these small journals.
const DRAWS: u64 = 3000;

fn place(name: &str) -> Place {
    Place { folder: ROOT, name: name.to_owned() }
}

fn make(name: &str, node: Node) -> Change {
    Change::Make { at: place(name), node, kind: Kind::File, mode: 0o600, owner: 0, group: 0 }
}

fn write(node: Node, offset: u64, text: &str) -> Change {
    Change::Write { node, offset, bytes: text.as_bytes().to_vec() }
}

fn sync(node: Node) -> Change {
    Change::Sync { node }
}

fn rename(node: Node, from: &str, to: &str) -> Change {
    Change::Rename { node, from: place(from), to: place(to), swapped: None }
}

/// A disk as text: `name=content`, with a dot for each zero.
fn text(disk: &Disk) -> String {
    let content = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace('\0', ".");
    let files = disk.files();
    let files: Vec<String> =
        files.iter().map(|(path, bytes)| format!("{}={}", path.display(), content(bytes))).collect();
    files.join(" ")
}

/// Every disk that is possible after these changes.
fn disks(model: Model, changes: &[Change]) -> BTreeSet<String> {
    let draws = std::iter::once(Draw::Harshest).chain((0..DRAWS).map(Draw::Chance));
    draws.map(|draw| text(&Disk::of(changes, &left(changes, model, draw)))).collect()
}

fn harshest(model: Model, changes: &[Change]) -> String {
    text(&Disk::of(changes, &left(changes, model, Draw::Harshest)))
}

#[track_caller]
fn assert_disks(model: Model, changes: &[Change], expected: &[&str]) {
    let expected: BTreeSet<String> = expected.iter().map(|disk| (*disk).to_owned()).collect();
    assert_eq!(disks(model, changes), expected, "{}", model.name());
}

#[test]
fn what_was_synced_is_always_there() {
    let changes = [make("a", 2), write(2, 0, "one"), sync(2), sync(ROOT)];
    for model in Model::ALL {
        assert_disks(model, &changes, &["a=one"]);
    }
}

#[test]
fn a_sync_before_the_write_does_not_count() {
    let changes = [make("a", 2), sync(2), sync(ROOT), write(2, 0, "one")];
    for model in Model::ALL {
        assert_disks(model, &changes, &["a=", "a=one"]);
        assert_eq!(harshest(model, &changes), "a=");
    }
}

#[test]
fn a_sync_of_another_file_does_not_count() {
    let changes = [make("a", 2), make("b", 3), sync(ROOT), write(2, 0, "one"), sync(3)];
    for model in Model::ALL {
        assert_disks(model, &changes, &["a= b=", "a=one b="]);
    }
}

#[test]
fn of_one_file_a_prefix_is_left_or_any_write() {
    let changes = [make("a", 2), sync(ROOT), write(2, 0, "1"), write(2, 1, "2"), write(2, 2, "3")];
    assert_disks(Model::Ordered, &changes, &["a=", "a=1", "a=12", "a=123"]);
    let any = ["a=", "a=1", "a=12", "a=123", "a=.2", "a=.23", "a=1.3", "a=..3"];
    assert_disks(Model::Posix, &changes, &any);
}

#[test]
fn files_are_lost_independently() {
    let changes = [make("a", 2), make("b", 3), sync(ROOT), write(2, 0, "1"), write(3, 0, "2")];
    for model in Model::ALL {
        assert_disks(model, &changes, &["a= b=", "a=1 b=", "a= b=2", "a=1 b=2"]);
    }
}

#[test]
fn an_overwritten_range_is_old_or_new() {
    let changes = [make("a", 2), write(2, 0, "old"), sync(2), sync(ROOT), write(2, 0, "new")];
    for model in Model::ALL {
        assert_disks(model, &changes, &["a=old", "a=new"]);
    }
}

#[test]
fn a_file_that_was_synced_has_its_name_only_where_the_model_says_so() {
    let changes = [make("a", 2), write(2, 0, "1"), sync(2)];
    assert_disks(Model::Ordered, &changes, &["a=1"]);
    assert_disks(Model::Posix, &changes, &["", "a=1"]);
}

#[test]
fn names_come_in_their_order_or_by_themselves() {
    let changes = [make("a", 2), make("b", 3)];
    assert_disks(Model::Ordered, &changes, &["", "a=", "a= b="]);
    assert_disks(Model::Posix, &changes, &["", "a=", "b=", "a= b="]);
}

#[test]
fn a_commit_of_one_name_carries_the_earlier_ones() {
    let changes = [make("a", 2), make("b", 3), sync(3), make("c", 4)];
    assert_disks(Model::Ordered, &changes, &["a= b=", "a= b= c="]);
}

#[test]
fn a_rename_is_done_or_not_and_never_half() {
    let changes = [make("a", 2), write(2, 0, "1"), sync(2), sync(ROOT), rename(2, "a", "b")];
    for model in Model::ALL {
        assert_disks(model, &changes, &["a=1", "b=1"]);
    }
}

#[test]
fn a_file_that_was_renamed_before_it_was_synced_may_be_empty() {
    let changes = [
        make("a", 2),
        write(2, 0, "old"),
        sync(2),
        sync(ROOT),
        make("new", 3),
        write(3, 0, "new"),
        rename(3, "new", "a"),
        sync(ROOT),
    ];
    for model in Model::ALL {
        assert_disks(model, &changes, &["a=", "a=new"]);
    }
}

#[test]
fn a_removal_is_durable_with_its_folder() {
    let mut changes =
        vec![make("a", 2), write(2, 0, "1"), sync(2), sync(ROOT), Change::Remove { node: 2, from: place("a") }];
    for model in Model::ALL {
        assert_disks(model, &changes, &["", "a=1"]);
        assert_eq!(harshest(model, &changes), "a=1");
    }
    changes.push(sync(ROOT));
    for model in Model::ALL {
        assert_disks(model, &changes, &[""]);
    }
}

#[test]
fn a_truncation_may_be_lost_like_a_write() {
    let changes =
        [make("a", 2), write(2, 0, "123"), sync(2), sync(ROOT), Change::Resize { node: 2, size: 1 }, write(2, 1, "X")];
    assert_disks(Model::Ordered, &changes, &["a=123", "a=1", "a=1X"]);
    assert_disks(Model::Posix, &changes, &["a=123", "a=1", "a=1X", "a=1X3"]);
}

#[test]
fn zeros_may_be_lost_and_do_not_lengthen() {
    let changes =
        [make("a", 2), write(2, 0, "123"), sync(2), sync(ROOT), Change::Zero { node: 2, offset: 1, length: 9 }];
    for model in Model::ALL {
        assert_disks(model, &changes, &["a=123", "a=1.."]);
    }
}

#[test]
fn a_large_write_is_torn_at_sectors_in_one_model_only() {
    let two = "x".repeat(512) + &"y".repeat(512);
    let changes = [make("a", 2), sync(ROOT), write(2, 0, &two)];
    let (none, first) = (".".repeat(1024), "x".repeat(512) + &".".repeat(512));
    let second = ".".repeat(512) + &"y".repeat(512);
    let all = [String::new(), two.clone(), none, first, second].map(|content| format!("a={content}"));
    assert_disks(Model::Ordered, &changes, &["a=", &format!("a={two}")]);
    assert_disks(Model::Posix, &changes, &all.each_ref().map(String::as_str));
}

#[test]
fn a_torn_write_is_torn_where_sectors_of_the_file_begin() {
    let changes = [make("a", 2), write(2, 0, &"o".repeat(1100)), sync(2), sync(ROOT), write(2, 500, &"n".repeat(600))];
    for disk in disks(Model::Posix, &changes) {
        for sector in disk.as_bytes()["a=".len()..].chunks(512) {
            let inner = if sector.starts_with(b"o") { &sector[500.min(sector.len())..] } else { sector };
            assert!(inner.windows(2).all(|pair| pair[0] == pair[1]), "{disk}");
        }
    }
}

#[test]
fn what_is_in_a_folder_that_is_lost_is_lost() {
    let folder = Change::Make { at: place("d"), node: 2, kind: Kind::Folder, mode: 0o700, owner: 0, group: 0 };
    let inner = Place { folder: 2, name: "a".to_owned() };
    let file = Change::Make { at: inner, node: 3, kind: Kind::File, mode: 0o600, owner: 0, group: 0 };
    let changes = [folder, file, write(3, 0, "1"), sync(3), sync(2)];
    assert_disks(Model::Ordered, &changes, &["d/a=1"]);
    assert_disks(Model::Posix, &changes, &["", "d/a=1"]);
}

#[test]
fn a_link_and_an_exchange_are_names_too() {
    let link = [make("a", 2), sync(2), sync(ROOT), Change::Link { node: 2, to: place("b") }];
    let exchange = Change::Rename { node: 2, from: place("a"), to: place("b"), swapped: Some(3) };
    let exchange =
        [make("a", 2), make("b", 3), write(2, 0, "1"), write(3, 0, "2"), sync(2), sync(3), sync(ROOT), exchange];
    for model in Model::ALL {
        assert_disks(model, &link, &["a=", "a= b="]);
        assert_disks(model, &exchange, &["a=1 b=2", "a=2 b=1"]);
    }
}

#[test]
fn the_same_changes_have_one_digest() {
    let changes = [make("a", 2), sync(ROOT), write(2, 0, "1"), write(2, 1, "2")];
    let at = |count: usize| left(&changes[..count], Model::Ordered, Draw::Harshest);
    assert_eq!(at(2).digest(), at(4).digest());
    assert_ne!(at(2).digest(), at(1).digest());
    assert_eq!(at(0), Survivors::default());
}
