//! Generators of difficult texts: unusual Unicode, characters that need escaping, texts that look alike.

use proptest::prelude::*;
use proptest::sample::select;

use syncproof_protocol::family::{Family, is_name};

/// Keys that a careless comparison confuses, or that a careless query takes as a pattern. A sequence uses one such family.
const FAMILIES: [&[&str]; 22] = [
    &["a", "b"],
    &["a", "A"],
    &["a", "a ", " a"],
    &["á", "a\u{301}"],
    &["é", "e"],
    &["a", "ａ"],
    &["\u{3a9}", "\u{2126}"],
    &["ß", "ss"],
    &["a", "a\0", "a\0b"],
    &["a\r\nb", "a\nb"],
    &["%", "a"],
    &["_", "a"],
    &["a*", "ab"],
    &["'a'", "a"],
    &["\"a\"", "a"],
    &["a\\b", "a\\\\b"],
    &["a/b", "a%2Fb"],
    &["1", "01", "1.0"],
    &["true", "True", "null"],
    &["__proto__", "constructor"],
    &["a", "a\u{200b}", "\u{feff}a"],
    &["😀", "😁"],
];

/// A family of keys, most often the plainest.
pub(super) fn family() -> BoxedStrategy<&'static [&'static str]> {
    prop_oneof![3 => Just(FAMILIES[0]), 4 => select(&FAMILIES[..])].boxed()
}

/// A key, most often of that family.
pub(super) fn pk(family: &'static [&'static str]) -> BoxedStrategy<String> {
    prop_oneof![
        14 => select(family).prop_map(str::to_owned),
        2 => (0..20_u8).prop_map(|number| format!("k{number}")),
        1 => Just(String::new()),
    ]
    .boxed()
}

/// Hybrid logical clocks that a careless comparison takes as equal, or orders differently. All are in the basic
/// multilingual plane: comparing others by code point is only a SHOULD (`lww.code-point-order`).
const CLOCKS: [&[&str]; 9] = [
    &["1", "2"],
    &["9", "10"],
    &["A", "a", "B"],
    &["a", "a "],
    &["a\u{301}", "á", "b"],
    &["Z", "_", "é"],
    &["", "0"],
    &["a", "a\0"],
    &["z", "\u{ffff}"],
];

/// A family of hybrid logical clocks.
pub(super) fn clocks() -> BoxedStrategy<&'static [&'static str]> {
    prop_oneof![1 => Just(CLOCKS[0]), 2 => select(&CLOCKS[..])].boxed()
}

/// A hybrid logical clock of that family, or the one that matches the clock.
pub(super) fn hlc(clocks: &'static [&'static str]) -> BoxedStrategy<Option<String>> {
    prop_oneof![1 => Just(None), 3 => select(clocks).prop_map(|hlc| Some(hlc.to_owned()))].boxed()
}

/// Names of workspaces, valid and invalid (`workspace.name-rules`). Surrounding blanks are ASCII, and the longest names are
/// in the basic multilingual plane, because the protocol does not say what else counts as a blank or as one character.
pub(super) fn name() -> BoxedStrategy<String> {
    let hostile = [Family::Prototypes, Family::Sql, Family::Markup]
        .into_iter()
        .flat_map(Family::texts)
        .filter(|text| is_name(text));
    prop_oneof![
        3 => select(vec!["one", "two", "Ünï", "😀"]).prop_map(str::to_owned),
        3 => select(hostile.collect::<Vec<_>>()).prop_map(str::to_owned),
        2 => Just(" trimmed ".to_owned()),
        1 => Just("é".repeat(100)),
        1 => Just("é".repeat(101)),
        1 => Just(String::new()),
        1 => Just("  ".to_owned()),
    ]
    .boxed()
}

/// Descriptions of workspaces.
pub(super) fn description() -> BoxedStrategy<Option<String>> {
    prop_oneof![
        4 => Just(None),
        3 => select(vec!["words", "other words", "it's", "é\n\"\\", "null"]).prop_map(|text| Some(text.to_owned())),
        1 => Just(Some("d".repeat(1000))),
        1 => Just(Some("d".repeat(1001))),
    ]
    .boxed()
}

/// Device ids that a careless store confuses. The devices of one collection are of one such family.
const DEVICES: [&[&str]; 5] = [
    &["laptop", "phone"],
    &["laptop", "Laptop"],
    &["laptop", "laptop%"],
    &["1", "1.0"],
    &[
        "a-device-whose-name-is-longer-than-the-sixty-four-characters-of-some-columns-1",
        "a-device-whose-name-is-longer-than-the-sixty-four-characters-of-some-columns-2",
    ],
];

/// A family of devices, most often the plainest.
pub(super) fn devices() -> BoxedStrategy<&'static [&'static str]> {
    prop_oneof![2 => Just(DEVICES[0]), 3 => select(&DEVICES[..])].boxed()
}

/// Devices.
pub(super) fn device() -> BoxedStrategy<String> {
    prop_oneof![
        8 => Just("laptop".to_owned()),
        4 => select(vec!["phone", "Phone", "laptop%"]).prop_map(str::to_owned),
        1 => Just(String::new()),
        1 => Just("d".repeat(300)),
    ]
    .boxed()
}

/// Table filters: none, some, one that nothing matches.
pub(super) fn tables() -> BoxedStrategy<Option<Vec<String>>> {
    let names = vec!["threads", "messages", "projects", "posts", "kv", "file_meta", "notifications"];
    prop_oneof![
        6 => Just(None),
        1 => Just(Some(Vec::new())),
        1 => select(vec!["bogus", "it's", "\"threads\""]).prop_map(|name| Some(vec![name.to_owned()])),
        3 => prop::collection::vec(select(names).prop_map(str::to_owned), 1..=2).prop_map(Some),
    ]
    .boxed()
}
