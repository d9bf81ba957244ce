//! Recordings as files, and points as words.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test says by panicking what is wrong")]

use syncproof_power::{Change, Draw, Point, ROOT, Recording, User, points};

fn recording() -> Recording {
    let user =
        User { provider: "p".to_owned(), subject: "s".to_owned(), email: "e@x".to_owned(), name: "n".to_owned() };
    let write = Change::Write { node: 2, offset: 7, bytes: vec![0, 255, 10] };
    let changes = (0..50).flat_map(|_| [write.clone(), Change::Sync { node: ROOT }]).collect();
    Recording { seed: 9, ready: 10, users: vec![user], changes, ..Recording::default() }
}

#[test]
fn a_file_holds_all_of_a_recording() {
    let before = recording();
    let after = Recording::read(before.to_text().unwrap().as_bytes()).unwrap();
    assert_eq!((after.seed, after.ready), (before.seed, before.ready));
    assert_eq!((after.users, after.changes), (before.users, before.changes));
}

#[test]
fn a_file_that_is_no_recording_is_refused() {
    let head = r#"{"recording":{"format":1,"seed":1,"ready":0}}"#;
    let batch = r#"{"batch":{"user":0,"workspace":"w","ops":[],"acknowledged":{"at":0,"versions":[1]}}}"#;
    let user = r#"{"user":{"provider":"p","subject":"s","email":"e","name":"n"}}"#;
    for (file, says) in [
        (String::new(), "empty"),
        ("{}".to_owned(), "line 1"),
        (format!("{head}\n{head}\n"), "line 2"),
        (format!("{user}\n"), "does not begin"),
        (head.replace("1,\"seed\"", "2,\"seed\""), "line 1"),
        (head.replace("\"ready\":0", "\"ready\":3"), "after its journal"),
        (format!("{head}\n{batch}\n"), "not in it"),
        (format!("{head}\n{user}\n{batch}\n"), "one version for each op"),
    ] {
        let refused = Recording::read(file.as_bytes()).expect_err(&file);
        assert!(refused.contains(says), "{refused}");
    }
}

#[test]
fn points_are_as_many_as_asked_for_and_within_what_can_be_judged() {
    let recording = recording();
    let chosen = points(&recording, 301, 5);
    assert_eq!(chosen.len(), 301);
    assert_eq!(chosen, points(&recording, 301, 5));
    assert_ne!(chosen, points(&recording, 301, 6));
    assert!(chosen.iter().all(|point| (recording.ready..=recording.changes.len()).contains(&point.at)));
    assert_eq!(chosen.iter().filter(|point| point.draw == Draw::Harshest).count(), 151);
}

#[test]
fn a_point_is_read_as_it_is_written() {
    for point in [Point { at: 12, draw: Draw::Harshest }, Point { at: 0, draw: Draw::Chance(77) }] {
        assert_eq!(point.to_string().parse(), Ok(point));
    }
    for wrong in ["", "x", "-1", "1.x", "1.2.3", ".5", "1."] {
        assert!(wrong.parse::<Point>().is_err(), "{wrong}");
    }
}
