//! Texts at the edges: of Unicode, of what is escaped, of what looks alike.

use proptest::prelude::*;
use proptest::sample::select;

/// Keys that a careless comparison takes for each other.
const KEYS: [&str; 16] =
    ["a", "A", "a ", " a", "á", "a\u{301}", "ａ", "%", "_", "'", "\"", "\\", "a/b", "😀", "__proto__", "\u{feff}a"];

/// A pk: one of two, most of the time.
pub(super) fn pk() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => Just("a".to_owned()),
        5 => Just("b".to_owned()),
        3 => select(&KEYS[..]).prop_map(str::to_owned),
        1 => (0..20_u8).prop_map(|number| format!("k{number}")),
    ]
}

/// Hybrid logical clocks that tie, or that a careless comparison orders otherwise. All within the basic plane: whether
/// others compare by code point is a SHOULD (`lww.code-point-order`).
pub(super) fn hlc() -> impl Strategy<Value = Option<String>> {
    let hlcs = ["", "1", "10", "9", "A", "a", "B", "b", "a ", "a\u{301}", "á", "z", "Z", "_", "-", "é", "\u{ffff}"];
    prop_oneof![
        3 => Just(None),
        4 => select(vec!["1", "2"]).prop_map(|hlc| Some(hlc.to_owned())),
        3 => select(hlcs.to_vec()).prop_map(|hlc| Some(hlc.to_owned())),
    ]
}

/// Names of workspaces, in order and not (`workspace.name-rules`). Blanks around are ASCII, and what is of the longest
/// length is within the basic plane, since it is not said what else counts as one.
pub(super) fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(vec!["one", "two", "Ünï", "<b>&amp;", "'; DROP TABLE x; --", "constructor", "😀"])
            .prop_map(str::to_owned),
        2 => Just(" trimmed ".to_owned()),
        1 => Just("é".repeat(100)),
        1 => Just("é".repeat(101)),
        1 => Just(String::new()),
        1 => Just("  ".to_owned()),
    ]
}

/// Descriptions of workspaces.
pub(super) fn description() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        4 => Just(None),
        3 => select(vec!["words", "é\n\"\\", "null"]).prop_map(|text| Some(text.to_owned())),
        1 => Just(Some("d".repeat(1000))),
        1 => Just(Some("d".repeat(1001))),
    ]
}

/// Devices.
pub(super) fn device() -> impl Strategy<Value = String> {
    select(vec!["laptop", "phone", "Phone", ""]).prop_map(str::to_owned)
}

/// Table filters: none, some, one that nothing matches.
pub(super) fn tables() -> impl Strategy<Value = Option<Vec<String>>> {
    let names = vec!["threads", "messages", "projects", "posts", "kv", "file_meta", "notifications"];
    prop_oneof![
        6 => Just(None),
        1 => Just(Some(Vec::new())),
        1 => Just(Some(vec!["bogus".to_owned()])),
        3 => prop::collection::vec(select(names).prop_map(str::to_owned), 1..=2).prop_map(Some),
    ]
}
