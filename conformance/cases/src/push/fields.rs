//! Push: the payload fields that the tables know come back as they were.

use crate::prelude::*;
use crate::push::payload::comes_back;
use syncproof_protocol::table::FieldType;

const ROUND_TRIP: &str = "push.payload-round-trips";

cases! {
    /// Every number field of every table with large, fractional, negative and zero numbers.
    "push/number-fields-round-trip" checks [ROUND_TRIP] by numbers;
    /// Text fields with long text, capitals and blanks, and long names, are kept exactly, or refused as not valid.
    "push/text-fields-round-trip" checks [ROUND_TRIP] by texts;
    /// A payload may name the workspace that it is pushed to, and still does when it comes back.
    "push/own-workspace-id-round-trips" checks [ROUND_TRIP] by own_workspace_id;
}

/// The number fields of a table, required and optional.
fn number_fields(table: &str) -> Vec<&'static str> {
    let known = TABLES.iter().find(|known| known.name == table);
    let fields = known.into_iter().flat_map(|known| known.fields());
    fields.filter(|(_, kind)| matches!(kind, FieldType::Number)).map(|(field, _)| field).collect()
}

/// Whether a careful server may find such a number no sense in that field: the payload's clock may be held to what a
/// clock is (`push.clock-range`), and bytes are counted.
fn makes_sense(field: &str, number: &Value) -> bool {
    !["clock", "size_bytes"].contains(&field) || number.is_u64()
}

async fn numbers(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, ROUND_TRIP).await?;
    let numbers = [
        json!(0),
        json!(1),
        json!(-1),
        json!(1.5),
        json!(-0.25),
        json!(32_768),
        json!(2_147_483_648_u64),
        json!(4_294_967_296_u64),
        json!(1_750_000_000_123_u64),
        json!(1_750_000_000.125),
        json!(9_007_199_254_740_990_u64),
        json!(9_007_199_254_740_991_u64),
    ];
    for table in TABLES {
        let fields = number_fields(table.name);
        let put = |number: &Value| {
            let fields = fields.iter().filter(|field| makes_sense(field, number));
            fields.fold(user.put(table.name, &format!("is {number}")), |op, field| op.field(field, number.clone()))
        };
        let puts: Vec<Op> = numbers.iter().map(put).collect();
        journal.push_ok(&puts).await?;
    }
    comes_back(&journal).await
}

async fn texts(context: Context) -> Checked {
    // Free text, and the words of which a server may know a few only.
    const FREE: [(&str, &str); 7] = [
        ("threads", "title"),
        ("projects", "name"),
        ("posts", "title"),
        ("posts", "content"),
        ("kv", "name"),
        ("notifications", "title"),
        ("notifications", "body"),
    ];
    const WORDS: [(&str, &str); 6] = [
        ("threads", "status"),
        ("messages", "role"),
        ("posts", "post_type"),
        ("file_meta", "kind"),
        ("file_meta", "mime_type"),
        ("notifications", "type"),
    ];
    let (user, mut journal) = Journal::with_user(&context, ROUND_TRIP).await?;
    let mut puts = Vec::new();
    for (table, field) in FREE {
        for length in [256, 1_025, 5_000] {
            // The end tells from where it was cut.
            let text = format!("{:x<width$}", "Long text ", width = length - 4) + " end";
            puts.push(user.put(table, &format!("{field} of {length}")).field(field, json!(text)));
        }
    }
    for (table, field) in WORDS {
        for word in ["Mixed-Case", "UPPER", "two words", "with/slash; and=more", " blanks "] {
            puts.push(user.put(table, &format!("{field} {word}")).field(field, json!(word)));
        }
    }
    for length in [64, 129, 256, 1_025] {
        let name = format!("{:n<width$}", "long_name_", width = length - 4) + "_end";
        puts.push(user.put("kv", &format!("a name of {length}")).field(&name, json!(1)));
        puts.push(user.put("posts", &format!("a name of {length}")).field("extra", json!([{"in": {name: 1}}])));
    }
    // One by one: a server may refuse one of them, and the others have to be seen all the same.
    for put in puts {
        let what = format!("the put of {} {}", put.table(), put.pk());
        let settled = journal.attempt(&[put]).await?;
        let code = settled.result(0).filter(|result| !result.success).map(|result| result.error_code);
        let fair = [None, Some(Some(ErrorCode::ValidationError)), Some(Some(ErrorCode::Oversized))].contains(&code);
        let message = format!("{what} is neither taken nor refused as not valid");
        let actual = settled.answer.outcome();
        settled.answer.ensure(ROUND_TRIP, fair, message, "success, a 4xx, or VALIDATION_ERROR", actual)?;
    }
    // The key of a file is text like that of any other record (`push.text-exact`).
    let keys = ["ABCDEF0123", "abcdef0123", "sha256-AbC+/=", "Hash With Blanks "];
    let files: Vec<Op> = keys.iter().map(|key| user.put("file_meta", key).mark(key)).collect();
    journal.push_ok(&files).await?;
    comes_back(&journal).await
}

async fn own_workspace_id(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, ROUND_TRIP).await?;
    for table in TABLES {
        let put = |clock| user.put(table.name, "pk").clock(clock).mark(&format!("clock {clock}"));
        let named = put(2).field("workspace_id", json!(journal.workspace));
        journal.push_ok(&[put(1), named.clone()]).await?;
        // As the same op again it is a replay, and the newer one may do without.
        journal.push_ok(&[named, put(3)]).await?;
        journal.push_ok(&[user.put(table.name, "other").field("workspace_id", json!(journal.workspace))]).await?;
    }
    comes_back(&journal).await
}
