//! Differences between two states that are the sign of one fault, whatever the case that meets them looks for.

use serde_json::Value;

use syncproof_protocol::op::Op;

/// The rule that is broken, where the difference between the state that should be and the one that is tells it.
pub(super) fn rule_of_difference(expected: &[Value], actual: &[Value], ops: &[Op]) -> Option<&'static str> {
    let extra = actual.iter().find(|item| !expected.iter().any(|other| is_of_one_record(item, other)));
    let missing = expected.iter().find(|item| !actual.iter().any(|other| is_of_one_record(item, other)));
    if extra.is_some_and(|extra| expected.iter().any(|item| looks_alike(extra, item))) {
        return Some("push.text-exact");
    }
    let tombstones = || actual.iter().filter(|item| item["kind"] == "tombstone");
    if let Some(missing) = missing.filter(|item| item["kind"] == "tombstone")
        && tombstones().any(|item| item["pk"] == missing["pk"])
    {
        return Some("tombstone.per-table");
    }
    let beside_a_row =
        |item: &&Value| actual.iter().any(|other| other["kind"] == "row" && is_of_one_record(item, other));
    let kept = tombstones().find(beside_a_row)?;
    let row = actual.iter().find(|other| other["kind"] == "row" && is_of_one_record(kept, other))?;
    let arrival = |item: &Value| ops.iter().position(|op| op.id() == item["revision"]["opId"]);
    match arrival(kept)? > arrival(row)? {
        true => Some("tombstone.losing-delete-leaves-none"),
        false => Some("lww.newer-put-revives"),
    }
}

fn is_of_one_record(item: &Value, other: &Value) -> bool {
    item["tableName"] == other["tableName"] && item["pk"] == other["pk"]
}

/// Whether two keys of one table differ in nothing but case, and blanks at their ends.
fn looks_alike(item: &Value, other: &Value) -> bool {
    let plain = |item: &Value| item["pk"].as_str().map(|pk| pk.trim().to_lowercase());
    item["tableName"] == other["tableName"] && item["pk"] != other["pk"] && plain(item) == plain(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_sign_names_its_rule() {
        let item = |kind: &str, table: &str, pk: &str, op: &Op| json!({"kind": kind, "tableName": table, "pk": pk, "revision": op.revision()});
        let put = Op::put("kv", "Key", &json!("user")).clock(2);
        let delete = Op::delete("kv", "Key").clock(1);
        let row = item("row", "kv", "Key", &put);
        let tombstone = item("tombstone", "kv", "Key", &delete);
        let rule = |expected: &[&Value], actual: &[&Value], ops: [&Op; 2]| {
            let owned = |items: &[&Value]| items.iter().copied().cloned().collect::<Vec<_>>();
            rule_of_difference(&owned(expected), &owned(actual), &ops.map(Op::clone))
        };
        let lowered = item("row", "kv", "key", &put);
        assert_eq!(rule(&[&row], &[&lowered], [&put, &delete]), Some("push.text-exact"));
        let beside = [&row, &tombstone];
        assert_eq!(rule(&[&row], &beside, [&put, &delete]), Some("tombstone.losing-delete-leaves-none"));
        assert_eq!(rule(&[&row], &beside, [&delete, &put]), Some("lww.newer-put-revives"));
        let elsewhere = item("tombstone", "posts", "Key", &delete);
        assert_eq!(rule(&[&tombstone, &elsewhere], &[&elsewhere], [&put, &delete]), Some("tombstone.per-table"));
        assert_eq!(rule(&[&row], &[&tombstone], [&put, &delete]), None);
    }
}
