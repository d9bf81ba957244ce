//! Generators of difficult texts: unusual Unicode, characters that need escaping, texts that look alike.

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use syncproof_protocol::family::{Family, is_name, may_be_refused};

/// Texts that a careless server takes for one another. A sequence uses one such set, side by side.
pub(super) type Set = &'static [&'static str];

/// Longer texts take more time than they find.
const LONGEST: usize = 1100;

/// The sets of each family, in the order of [`Family::ALL`]: texts that fit, at least one set.
static SETS: LazyLock<Vec<Vec<Vec<&str>>>> = LazyLock::new(|| {
    let fitting = |set: &'static Vec<String>| -> Vec<&'static str> {
        set.iter().map(String::as_str).filter(|text| text.chars().count() <= LONGEST).collect()
    };
    let of = |family: Family| {
        // A family of values that are no texts has plain keys.
        let family = if family.sets().is_empty() { Family::Plain } else { family };
        family.sets().iter().map(fitting).filter(|set| !set.is_empty()).collect()
    };
    Family::ALL.into_iter().map(of).collect()
});

/// The sets of that family.
pub(super) fn sets(family: Family) -> &'static [Vec<&'static str>] {
    &SETS[family as usize]
}

/// Any family, most often the plainest.
pub(super) fn any_family() -> BoxedStrategy<Family> {
    prop_oneof![3 => Just(Family::Plain), 4 => select(&Family::ALL[..])].boxed()
}

/// One of that family's sets.
pub(super) fn set(family: Family) -> BoxedStrategy<Set> {
    let sets = sets(family);
    (0..sets.len()).prop_map(|place| &*sets[place]).boxed()
}

/// A key, most often of that set.
pub(super) fn pk(set: Set) -> BoxedStrategy<String> {
    prop_oneof![
        14 => select(set).prop_map(str::to_owned),
        2 => (0..20_u8).prop_map(|number| format!("k{number}")),
        1 => Just(String::new()),
    ]
    .boxed()
}

/// Hybrid logical clocks that a careless comparison takes as equal, or orders differently. All are in the basic
/// multilingual plane: comparing others by code point is only a SHOULD (`lww.code-point-order`).
const CLOCKS: [Set; 9] = [
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

/// Whether all servers order these alike, by code point or by UTF-16 code unit (`lww.code-point-order`).
pub(super) fn is_ordered_alike(set: &[&str]) -> bool {
    let units = |text: &str| text.encode_utf16().collect::<Vec<u16>>();
    set.iter().all(|one| set.iter().all(|other| one.cmp(other) == units(one).cmp(&units(other))))
}

/// A set of hybrid logical clocks: those texts, where all servers order them alike, or others.
pub(super) fn clocks(set: Set) -> BoxedStrategy<Set> {
    let is_clear = is_ordered_alike(set);
    prop_oneof![
        1 => Just(CLOCKS[0]),
        2 => select(&CLOCKS[..]),
        if is_clear { 3 } else { 0 } => Just(set),
    ]
    .boxed()
}

/// A hybrid logical clock of that set, or the one that matches the clock.
pub(super) fn hlc(clocks: Set) -> BoxedStrategy<Option<String>> {
    prop_oneof![1 => Just(None), 3 => select(clocks).prop_map(|hlc| Some(hlc.to_owned()))].boxed()
}

/// The texts of that family that can be names.
pub(super) fn names(family: Family) -> Vec<&'static str> {
    let names: Vec<&str> = sets(family).iter().flatten().copied().filter(|text| is_name(text)).collect();
    if names.is_empty() { vec!["one", "two"] } else { names }
}

/// How many characters a name may have (`workspace.name-rules`).
pub(super) const LONGEST_NAME: usize = 100;

/// Names of workspaces, valid and invalid (`workspace.name-rules`). Surrounding blanks are ASCII, and the longest names are
/// in the basic multilingual plane, because the protocol does not say what else counts as a blank or as one character.
pub(super) fn name(family: Family) -> BoxedStrategy<String> {
    prop_oneof![
        3 => select(vec!["one", "two", "Ünï", "😀"]).prop_map(str::to_owned),
        3 => select(names(family)).prop_map(str::to_owned),
        2 => Just(" trimmed ".to_owned()),
        1 => Just("é".repeat(LONGEST_NAME)),
        1 => Just("é".repeat(LONGEST_NAME + 1)),
        1 => Just(String::new()),
        1 => Just("  ".to_owned()),
    ]
    .boxed()
}

/// How many characters a description may have (`workspace.name-rules`).
pub(super) const LONGEST_DESCRIPTION: usize = 1000;

/// Descriptions of workspaces, with characters of two bytes where it is long.
pub(super) fn description(family: Family) -> BoxedStrategy<Option<String>> {
    prop_oneof![
        4 => Just(None),
        2 => select(vec!["words", "it's", "é\n\"\\", "null"]).prop_map(|text| Some(text.to_owned())),
        2 => select(names(family)).prop_map(|text| Some(text.to_owned())),
        1 => Just(Some(String::new())),
        1 => Just(Some("é".repeat(LONGEST_DESCRIPTION))),
        1 => Just(Some("é".repeat(LONGEST_DESCRIPTION + 1))),
    ]
    .boxed()
}

/// The values of that family, or the texts of that set, and values that are easily taken for none.
pub(super) fn values(family: Family, set: Set) -> Vec<Value> {
    let mut values = Family::FalsyValues.values().to_vec();
    values.push(json!(""));
    match family {
        Family::FalsyValues => {}
        _ if family.values().is_empty() => values.extend(set.iter().map(|text| json!(text))),
        _ => values.extend_from_slice(family.values()),
    }
    values
}

/// The devices that are named most often.
pub(super) const USUAL_DEVICES: [&str; 2] = ["laptop", "phone"];

/// Device ids that a careless store confuses. The devices of one collection are of one such set.
const DEVICES: [Set; 5] = [
    &["laptop", "phone"],
    &["laptop", "Laptop"],
    &["laptop", "laptop%"],
    &["1", "1.0"],
    &[
        "a-device-whose-name-is-longer-than-the-sixty-four-characters-of-some-columns-1",
        "a-device-whose-name-is-longer-than-the-sixty-four-characters-of-some-columns-2",
    ],
];

/// The texts of that set as device ids: blanks at their ends are a freedom, and longer ones may be refused.
pub(super) fn device_ids(set: &[&'static str]) -> Vec<&'static str> {
    let fits = |text: &&str| text.trim() == *text && !text.is_empty() && text.len() < 200 && !may_be_refused(text);
    set.iter().copied().filter(fits).collect()
}

/// The devices of one collection: those of a set of that family, others that look alike, or the plainest.
pub(super) fn devices(family: Family) -> BoxedStrategy<Vec<&'static str>> {
    let known = prop_oneof![2 => Just(DEVICES[0]), 3 => select(&DEVICES[..])].prop_map(<[_]>::to_vec);
    let own: Vec<Vec<&str>> =
        sets(family).iter().map(|set| device_ids(set)).filter(|devices| devices.len() > 1).collect();
    if own.is_empty() { known.boxed() } else { prop_oneof![2 => known, 3 => select(own)].boxed() }
}

/// The device of an op, where it is not the plainest.
pub(super) fn op_device(set: Set) -> BoxedStrategy<Option<String>> {
    let own = device_ids(set);
    prop_oneof![
        24 => Just(None),
        5 => Just(Some("laptop".to_owned())),
        1 => Just(Some("d".repeat(200))),
        if own.is_empty() { 0 } else { 5 } => select(if own.is_empty() { vec!["laptop"] } else { own }).prop_map(|id| Some(id.to_owned())),
    ]
    .boxed()
}

/// Devices.
pub(super) fn device(family: Family) -> BoxedStrategy<String> {
    let own: Vec<&str> = sets(family).iter().flat_map(|set| device_ids(set)).chain(["phone"]).collect();
    prop_oneof![
        8 => Just("laptop".to_owned()),
        4 => select(own).prop_map(str::to_owned),
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
