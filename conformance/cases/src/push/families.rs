//! Push: every key and every value of the families, in payloads.

use crate::prelude::*;
use crate::push::payload::comes_back;
use crate::support::offering::{Offered, offer};
use syncproof_protocol::family::{Family, every_text};
use syncproof_protocol::table::Table;

const ROUND_TRIP: &str = "push.payload-round-trips";

cases! {
    /// Every text of the families as a key of a payload, at its top and nested, with values that are easily lost.
    "push/payload-keys-of-every-family" checks [ROUND_TRIP] by keys;
    /// Every text and number of the families as a value in payloads, where a table knows the field and where not.
    "push/payload-values-of-every-family" checks [ROUND_TRIP] by values;
}

/// A put with that key at the top of its payload, where the table knows no such field, and nested.
fn with_key(user: &User, table: &str, label: &str, key: &str, value: &Value) -> Op {
    let op =
        user.put(table, label).field("extra", json!([{key: value}, {key: {key: value, "beside": [{key: value}]}}]));
    let known = Table::named(table).into_iter().flat_map(|table| table.fields());
    let is_free = !known.map(|(name, _)| name).chain(["workspace_id"]).any(|name| name == key);
    if is_free { op.field(key, value.clone()) } else { op }
}

async fn keys(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, ROUND_TRIP).await?;
    let values = Family::FalsyValues.values().iter().chain([&json!("")]).cloned().collect::<Vec<_>>();
    let every = every_text().enumerate().map(|(number, (key, refusable))| -> Offered {
        (with_key(&user, "posts", &format!("key {number}"), key, &values[number % values.len()]), refusable)
    });
    let mut offered: Vec<Offered> = every.collect();
    // What a store or a library gives a meaning may depend on the value: `_deleted` is harmless while it is false.
    let families = [Family::StoreKeys, Family::LibraryKeys, Family::ProtocolKeys];
    for (number, key) in families.into_iter().flat_map(Family::texts).enumerate() {
        let with = |(place, value)| (with_key(&user, "kv", &format!("{number} with {place}"), key, value), false);
        offered.extend(values.iter().chain([&json!(2), &json!("text")]).enumerate().map(with));
    }
    offer(&mut journal, &offered).await?;
    comes_back(&journal).await?;
    journal.holds_everywhere().await
}

async fn values(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, ROUND_TRIP).await?;
    let put = |table: &str, field: &str, label: &str, value: &Value| {
        user.put(table, label).field(field, value.clone()).field("extra", json!([value, {"in": {"deep": [value]}}]))
    };
    let mut offered: Vec<Offered> = Vec::new();
    for (number, (text, _)) in every_text().enumerate() {
        let label = format!("text {number}");
        // A server may refuse NUL (`push.text-exact`), and nothing else in a value.
        let (table, field) = [("kv", "value"), ("posts", "content"), ("threads", "title")][number % 3];
        offered.push((put(table, field, &label, &json!(text)), text.contains('\0')));
    }
    for (number, value) in Family::EdgeNumbers.values().iter().chain(Family::FalsyValues.values()).enumerate() {
        offered.push((put("kv", "value", &format!("value {number}"), value), false));
    }
    offer(&mut journal, &offered).await?;
    comes_back(&journal).await?;
    journal.holds_everywhere().await
}
