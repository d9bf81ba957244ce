//! The op ids of a case. Each run of its script needs new ones, or a server that remembers them would take its ops for
//! known ones.

use std::collections::BTreeSet;

/// Length of a UUID, and where its last group begins.
const LENGTH: usize = 36;
const LAST_GROUP: usize = 24;

/// The UUIDs whose last group can be replaced, in lower case. The order of all op ids must not change, since it decides
/// which op wins, so these are only those that differ from their neighbours before the last group.
pub(super) fn replaceable(texts: &[&str]) -> BTreeSet<String> {
    let all: BTreeSet<String> = texts.iter().flat_map(|text| uuids(text)).map(|(_, id)| id).collect();
    let all: Vec<String> = all.into_iter().collect();
    let alike =
        |left: Option<&String>, right: &String| left.is_some_and(|left| left[..LAST_GROUP] == right[..LAST_GROUP]);
    let alone = |at: usize| {
        let previous = at.checked_sub(1).and_then(|previous| all.get(previous));
        !alike(previous, &all[at]) && !alike(all.get(at + 1), &all[at])
    };
    (0..all.len()).filter(|at| alone(*at)).map(|at| all[at].clone()).collect()
}

/// The text with the last group of each of those UUIDs replaced by the marker.
pub(super) fn replaced(text: &str, ids: &BTreeSet<String>, marker: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (start, id) in uuids(text) {
        if start >= done && ids.contains(&id) {
            out.push_str(&text[done..start + LAST_GROUP]);
            out.push_str(marker);
            done = start + LENGTH;
        }
    }
    out.push_str(&text[done..]);
    out
}

/// The positions of UUIDs, and the UUIDs in lower case.
fn uuids(text: &str) -> Vec<(usize, String)> {
    let bytes = text.as_bytes();
    let is_uuid = |window: &[u8]| {
        window.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    let found = bytes.windows(LENGTH).enumerate().filter(|(_, window)| window.get(8) == Some(&b'-') && is_uuid(window));
    found.map(|(start, window)| (start, String::from_utf8_lossy(window).to_ascii_lowercase())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_differ_in_their_last_group_only_stay() {
        let lone = "6f3a0c1e-0000-4000-8000-00000000000A";
        let (first, second) = ("00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002");
        let text = format!("{lone} {first} {second}");
        let ids = replaceable(&[&text]);
        assert_eq!(ids, BTreeSet::from([lone.to_lowercase()]));
        let expected = format!("6f3a0c1e-0000-4000-8000-@ {first} {second}");
        assert_eq!(replaced(&text, &ids, "@"), expected);
    }
}
