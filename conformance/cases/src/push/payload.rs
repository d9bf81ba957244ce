//! Push: what a payload may be, and that it comes back as it was.

use rand::RngExt as _;
use serde_json::Map;

use crate::prelude::*;
use syncproof_protocol::json::same_json;

const ROUND_TRIP: &str = "push.payload-round-trips";

cases! {
    /// Text of every script, escapes, numbers at their limits, null, nesting: each comes back as it was.
    "push/payload-values-round-trip" checks [ROUND_TRIP] by values;
    /// Unknown fields under all kinds of names come back in every table.
    "push/payload-fields-round-trip" checks [ROUND_TRIP] by fields;
    /// 100 payloads generated from the seed come back as they were.
    "push/generated-payloads-round-trip" checks [ROUND_TRIP] by generated;
    /// A newer put without a field leaves nothing of the older one's.
    "push/payload-replaces-the-whole-record" checks [ROUND_TRIP] by replaces;
    /// A put whose payload says `deleted: true` is a put: pulled as one, and a row in the snapshot.
    "push/put-of-a-record-that-says-deleted" checks [ROUND_TRIP, "snapshot.complete"] by says_deleted;
}

/// Checks payload by payload what pull and snapshot give back, so that a failure names one value, and then the whole.
pub(crate) async fn comes_back(journal: &Journal) -> Checked {
    let (changes, answer) = journal.user.log(&journal.workspace, ROUND_TRIP).await?;
    // The payload of a delete does not have to come back.
    for op in journal.ops.iter().filter(|op| op.operation() == Operation::Put) {
        let change = changes.iter().find(|change| change.stamp.op_id == op.id());
        let actual = change.and_then(|change| change.payload.as_ref());
        let message = format!("the payload of {} {} comes back changed in a pull", op.table(), op.pk());
        answer.equal(ROUND_TRIP, message, op.content(), actual)?;
    }
    if journal.user.context().has(Capability::Snapshot) {
        let (items, answer) = journal.items(ROUND_TRIP).await?;
        for item in &items {
            let op = journal.ops.iter().find(|op| op.id() == item.revision().op_id);
            if let (Item::Row { payload, .. }, Some(op)) = (item, op) {
                let message = format!("the payload of {} {} comes back changed in a snapshot", op.table(), op.pk());
                let same = op.content().is_some_and(|content| same_json(content, payload));
                let expected = op.content().map(Value::to_string).unwrap_or_default();
                answer.ensure(ROUND_TRIP, same, message, expected, payload.to_string())?;
            }
        }
    }
    journal.holds().await
}

fn nested(depth: usize, wrap: impl Fn(Value) -> Value) -> Value {
    (0..depth).fold(json!("core"), |value, _| wrap(value))
}

/// Values that servers are known to change.
fn varied_payloads() -> Vec<(&'static str, Value)> {
    let controls: String = (1..32).chain([127]).filter_map(char::from_u32).collect();
    vec![
        ("ascii", json!((32..127).filter_map(char::from_u32).collect::<String>())),
        ("latin", json!("ÄÖÜäöüß éèê ñ ø å ç Œ ÿ")),
        ("scripts", json!("Ελληνικά Русский עברית العربية हिन्दी ไทย 中文 日本語 한국어 ქართული")),
        ("astral", json!("😀 𝒜 𐍈 𠀀 🇩🇪 👩‍👩‍👧‍👦 \u{10fffd}")),
        ("combining", json!("e\u{301} é a\u{308}\u{323} a\u{323}\u{308} \u{1e9b}\u{323}")),
        ("bidi", json!("\u{202e}gnirts\u{202c} \u{2067}שלום\u{2069} \u{200f}")),
        ("separators", json!("a\u{2028}b\u{2029}c\u{85}d\u{a0}e\u{feff}f\u{200b}g\u{200d}h")),
        ("private", json!("\u{e000}\u{f8ff}\u{fffd}")),
        ("controls", json!(controls)),
        ("escapes", json!("\" \\ / \u{8} \u{c} \n \r \t \\u0041 \\n %41 &amp; <b> ${x} {{x}} %s")),
        // Text that looks escaped: a server that unescapes it changes it.
        ("escapes twice", json!("C:\\\\dir \\\\n \\\" \\\\u0041 %20 %2F + %25 &amp;amp; &#39; ''")),
        ("line ends", json!("a\nb\r\nc\rd\n")),
        ("blanks", json!("  leading, trailing \t ")),
        ("empty text", json!("")),
        ("sql", json!("'; DROP TABLE threads; --")),
        ("text like json", json!("{\"a\": [1, null]}")),
        ("text like null", json!("null")),
        ("text like a number", json!("0123.4500")),
        ("texts like numbers", json!(["007", "00", "1e3", "12E400", "0x1f", "+7", "7."])),
        ("text like a date", json!("2024-02-30T25:61:61Z")),
        ("date", json!("2024-02-29")),
        ("time", json!("2024-02-29T03:04:05Z")),
        ("time with a fraction", json!("2024-02-29T03:04:05.120000Z")),
        ("time elsewhere", json!("2024-02-29T03:04:05+00:00")),
        ("time with a blank", json!("2024-02-29 03:04:05")),
        ("capital uuid", json!("0B6F5F4C-1C58-4A3E-9E0B-6F1C2A7D8E90")),
        ("null", Value::Null),
        ("true", json!(true)),
        ("false", json!(false)),
        ("zero", json!(0)),
        ("one", json!(1)),
        ("minus one", json!(-1)),
        ("2^31", json!(2_147_483_648_u64)),
        ("2^32", json!(4_294_967_296_u64)),
        ("2^53-1", json!(9_007_199_254_740_991_u64)),
        ("2^53-2", json!(9_007_199_254_740_990_u64)),
        ("-(2^53-1)", json!(-9_007_199_254_740_991_i64)),
        ("0.1", json!(0.1)),
        ("0.1+0.2", json!(0.1 + 0.2)),
        ("1e-7", json!(1e-7)),
        ("1e21", json!(1e21)),
        ("1e22", json!(1e22)),
        ("pi", json!(std::f64::consts::PI)),
        ("-2.5", json!(-2.5)),
        ("largest", json!(1.797_693_134_862_315_7e308)),
        ("-largest", json!(-1.797_693_134_862_315_7e308)),
        ("smallest normal", json!(2.225_073_858_507_201_4e-308)),
        ("smallest", json!(5e-324)),
        ("empty array", json!([])),
        ("empty object", json!({})),
        ("empties", json!([[], {}, "", null, [[]], {"a": {}}])),
        ("nulls", json!([null, null, {"a": null, "b": [null]}])),
        ("mixed array", json!([1, "1", true, "true", null, "null", 1.5, [1], {"1": 1}])),
        ("array order", json!([3, 1, 2, 2, 1])),
        ("numbers for keys", json!({"0": "a", "10": "b", "2": "c", "01": "d", "-1": "e"})),
        ("keys alike", json!({"a": 1, "A": 2, "á": 3, "a\u{301}": 4, " a": 5, "a ": 6})),
        (
            "keys in every style",
            json!({"in": [{"snake_case": 1, "two_words_more": {"inner_key": 2}, "camelCase": 3, "PascalCase": 4,
                "kebab-case": 5, "UPPER_CASE": 6, "_lead": 7, "trail_": 8, "with__two": 9, "dotted.key": 10}]}),
        ),
        ("deep arrays", nested(30, |value| json!([value]))),
        ("deep objects", nested(30, |value| json!({"in": value}))),
        ("deep mixed", nested(15, |value| json!([{"in": value, "beside": null}, 1]))),
        ("long text", json!("lång 😀 ".repeat(2000))),
        ("wide array", json!((0..2000).collect::<Vec<_>>())),
        ("wide object", Value::Object((0..500).map(|number| (format!("key{number}"), json!(number))).collect())),
    ]
}

async fn values(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, ROUND_TRIP).await?;
    let values = varied_payloads();
    // As the value of a key, which may be anything, and as a field that the table does not know.
    let keys: Vec<Op> = values.iter().map(|(name, value)| user.put("kv", name).field("value", value.clone())).collect();
    journal.push_ok(&keys).await?;
    let extras: Vec<Op> =
        values.iter().map(|(name, value)| user.put("posts", name).field("extra", value.clone())).collect();
    journal.push_ok(&extras).await?;
    // And text in the fields that the table does know.
    let texts: Vec<Op> = values
        .iter()
        .filter(|(_, value)| value.is_string())
        .map(|(name, value)| user.put("posts", &format!("text {name}")).field("content", value.clone()))
        .collect();
    journal.push_ok(&texts).await?;
    comes_back(&journal).await
}

async fn fields(context: Context) -> Checked {
    const NAMES: [&str; 47] = [
        "unknown",
        "camelCase",
        "UPPER",
        "with blank",
        " lead",
        "trail ",
        "with.dot",
        "with-dash",
        "$dollar",
        "@at",
        "#hash",
        "a/b",
        "a\\b",
        "a\"b",
        "a'b",
        "[0]",
        "0",
        "ключ",
        "鍵",
        "🔑",
        "tab\there",
        "order by",
        "version",
        "rev",
        // Words of languages and of the protocol, and what stores call fields of their own.
        "self",
        "cls",
        "class",
        "this",
        "import",
        "lambda",
        "None",
        "function",
        "return",
        "default",
        "select",
        "key",
        "keys",
        "get",
        "items",
        "args",
        "data",
        "payload",
        "pk",
        "op_id",
        "server_version",
        "_id",
        "rowid",
    ];
    let (user, mut journal) = Journal::with_user(&context, ROUND_TRIP).await?;
    for table in TABLES {
        let all = NAMES.iter().fold(user.put(table.name, "all"), |op, name| op.field(name, json!({"name": name})));
        let typed = user
            .put(table.name, "typed")
            .field("forked", json!(false))
            .field("nothing", Value::Null)
            .field("count", json!(0))
            .field("list", json!([]))
            .field("text", json!(""));
        journal.push_ok(&[all, typed]).await?;
    }
    comes_back(&journal).await
}

/// Any JSON value, not deeper than that.
fn any_value(rng: &mut impl rand::Rng, depth: u32) -> Value {
    match rng.random_range(0..if depth == 0 { 7 } else { 10 }) {
        0 => Value::Null,
        1 => json!(rng.random::<bool>()),
        2 => json!(rng.random_range(-9_007_199_254_740_991_i64..=9_007_199_254_740_991)),
        3 => json!(rng.random_range(-1000_i64..1000)),
        4 => {
            // Any finite double by its bits; -0 is 0 to some.
            let double = f64::from_bits(rng.random());
            if double.is_finite() && double != 0.0 { json!(double) } else { json!(0.25) }
        }
        5 | 6 => json!(any_text(rng)),
        7 | 8 => Value::Array((0..rng.random_range(0..5)).map(|_| any_value(rng, depth - 1)).collect()),
        _ => {
            let fields = (0..rng.random_range(0..5)).map(|_| (any_text(rng), any_value(rng, depth - 1)));
            Value::Object(fields.filter(|(name, _)| !name.starts_with("__")).collect::<Map<_, _>>())
        }
    }
}

/// Any text without NUL, which a server may refuse.
fn any_text(rng: &mut impl rand::Rng) -> String {
    let length = rng.random_range(0..12);
    let any_char = |_| {
        let range = [1..0x80, 0x80..0x800, 0x800..0xd800, 0xe000..0xfdd0, 0x1_0000..0x1_fffe];
        let range = range[rng.random_range(0..range.len())].clone();
        char::from_u32(rng.random_range(range)).unwrap_or('x')
    };
    (0..length).map(any_char).collect()
}

async fn generated(context: Context) -> Checked {
    let mut rng = context.rng();
    let (user, mut journal) = Journal::with_user(&context, ROUND_TRIP).await?;
    let ops: Vec<Op> = (0..100)
        .map(|number| {
            let table = TABLES[number % TABLES.len()];
            let op = user.put(table.name, &format!("pk{number}")).mark(&any_text(&mut rng));
            op.field("extra", any_value(&mut rng, 5)).field("more", any_value(&mut rng, 2))
        })
        .collect();
    for batch in ops.chunks(20) {
        journal.push_ok(batch).await?;
    }
    comes_back(&journal).await
}

async fn replaces(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, ROUND_TRIP).await?;
    for table in TABLES {
        let rich = user.put(table.name, "pk").clock(1).field("extra", json!({"a": 1, "b": 2})).field("old", json!(1));
        let poor = user.put(table.name, "pk").clock(2).field("extra", json!({"c": 3}));
        journal.push_ok(&rich).await?;
        journal.push_ok(&[poor]).await?;
        // A loser leaves nothing in the winner.
        let loser = rich.with_new_id().clock(0).field("lost", json!(true));
        journal.push_ok(&[loser]).await?;
    }
    comes_back(&journal).await
}

async fn says_deleted(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, ROUND_TRIP).await?;
    for table in TABLES {
        // In a table without this field it is an unknown one.
        let put = |pk: &str, clock, deleted: bool| {
            user.put(table.name, pk).clock(clock).field("deleted", json!(deleted)).mark(&format!("clock {clock}"))
        };
        journal.push_ok(&[put("first", 1, true)]).await?;
        journal.push_ok(&[put("changed", 1, false)]).await?;
        journal.push_ok(&[put("changed", 2, true)]).await?;
        journal
            .push_ok(&[put("back", 1, true), put("back", 2, false), put("lost", 5, false), put("lost", 4, true)])
            .await?;
    }
    comes_back(&journal).await
}
