//! Push: what a payload may be, and that it comes back as it was.

use rand::RngExt as _;
use serde_json::{Map, Value, json};

use crate::capability::Capability;
use crate::case::{Case, Stage};
use crate::failure::{Checked, Setup as _};
use crate::op::Op;
use crate::payload::TABLES;
use crate::wire::{ErrorCode, Item, same_json};
use crate::world::{Context, Journal, User};

use super::push::invalid;

const ROUND_TRIP: &str = "push.payload-round-trips";
const SCHEMA: &str = "push.payload-schema";
const OBJECT: &str = "push.payload-object";
const PK: &str = "push.pk-matches-payload";
const LARGE_PAYLOAD: &str = "push.large-payload";
const LARGE_BATCH: &str = "push.large-batch";
const BAD_BATCH: &str = "push.bad-batch-changes-nothing";

/// Cases of this file.
pub(super) const CASES: &[Case] = &[
    Case {
        id: "push/payload-values-round-trip",
        requirements: &[ROUND_TRIP],
        needs: &[],
        stage: Stage::Main,
        summary: "Text of every script, escapes, numbers at their limits, null, nesting: each comes back as it was.",
        run: |context| Box::pin(values(context)),
    },
    Case {
        id: "push/payload-fields-round-trip",
        requirements: &[ROUND_TRIP],
        needs: &[],
        stage: Stage::Main,
        summary: "Unknown fields under all kinds of names come back in every table.",
        run: |context| Box::pin(fields(context)),
    },
    Case {
        id: "push/generated-payloads-round-trip",
        requirements: &[ROUND_TRIP],
        needs: &[],
        stage: Stage::Main,
        summary: "100 payloads generated from the seed come back as they were.",
        run: |context| Box::pin(generated(context)),
    },
    Case {
        id: "push/payload-replaces-the-whole-record",
        requirements: &[ROUND_TRIP],
        needs: &[],
        stage: Stage::Main,
        summary: "A newer put without a field leaves nothing of the older one's.",
        run: |context| Box::pin(replaces(context)),
    },
    Case {
        id: "push/payload-schema-missing-field",
        requirements: &[SCHEMA],
        needs: &[],
        stage: Stage::Main,
        summary: "Every required field of every table, left out or null.",
        run: |context| Box::pin(missing_field(context)),
    },
    Case {
        id: "push/payload-schema-wrong-type",
        requirements: &[SCHEMA],
        needs: &[],
        stage: Stage::Main,
        summary: "Every required field of every table, with values of other types.",
        run: |context| Box::pin(wrong_type(context)),
    },
    Case {
        id: "push/payload-is-an-object",
        requirements: &[OBJECT],
        needs: &[],
        stage: Stage::Main,
        summary: "Puts with an array, a text, a number, true, null or nothing for a payload are refused.",
        run: |context| Box::pin(object(context)),
    },
    Case {
        id: "push/pk-matches-payload",
        requirements: &[PK],
        needs: &[],
        stage: Stage::Main,
        summary: "Payloads that name another pk, also one that looks alike, are refused in every table.",
        run: |context| Box::pin(pk_matches(context)),
    },
    Case {
        id: "push/large-payload",
        requirements: &[LARGE_PAYLOAD, BAD_BATCH],
        needs: &[],
        stage: Stage::Main,
        summary: "A payload of almost 256 KiB is taken and comes back; one of 3 MiB is refused and told.",
        run: |context| Box::pin(large_payload(context)),
    },
    Case {
        id: "push/large-batch",
        requirements: &[LARGE_BATCH],
        needs: &[],
        stage: Stage::Main,
        summary: "A batch of 1000 small ops is accepted whole or refused whole.",
        run: |context| Box::pin(large_batch(context)),
    },
];

/// Checks payload by payload what pull and snapshot give back, so that a failure names one value, and then the whole.
async fn comes_back(context: &Context, journal: &Journal) -> Checked {
    let (changes, answer) = journal.user.log(&journal.workspace, ROUND_TRIP).await?;
    for op in &journal.ops {
        let change = changes.iter().find(|change| change.stamp.op_id == op.id());
        let actual = change.and_then(|change| change.payload.as_ref());
        let message = format!("the payload of {} {} is pulled changed", op.table(), op.pk());
        answer.equal(ROUND_TRIP, message, op.content(), actual)?;
    }
    if context.has(Capability::Snapshot) {
        let (items, answer) = journal.user.items(&journal.workspace, ROUND_TRIP).await?;
        for item in &items {
            let op = journal.ops.iter().find(|op| op.id() == item.revision().op_id);
            if let (Item::Row { payload, .. }, Some(op)) = (item, op) {
                let message = format!("the payload of {} {} is changed in the snapshot", op.table(), op.pk());
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

/// Values that some server has mangled.
fn rich() -> Vec<(&'static str, Value)> {
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
        ("line ends", json!("a\nb\r\nc\rd\n")),
        ("blanks", json!("  leading, trailing \t ")),
        ("empty text", json!("")),
        ("sql", json!("'; DROP TABLE threads; --")),
        ("text like json", json!("{\"a\": [1, null]}")),
        ("text like null", json!("null")),
        ("text like a number", json!("0123.4500")),
        ("text like a date", json!("2024-02-30T25:61:61Z")),
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
        ("deep arrays", nested(30, |value| json!([value]))),
        ("deep objects", nested(30, |value| json!({"in": value}))),
        ("deep mixed", nested(15, |value| json!([{"in": value, "beside": null}, 1]))),
        ("long text", json!("lång 😀 ".repeat(2000))),
        ("wide array", json!((0..2000).collect::<Vec<_>>())),
        ("wide object", Value::Object((0..500).map(|number| (format!("key{number}"), json!(number))).collect())),
    ]
}

async fn values(context: Context) -> Checked {
    let mut journal = Journal::open(&context, ROUND_TRIP).await?;
    let user = journal.user.clone();
    let values = rich();
    // As the value of a key, which may be anything, and as a field that the table does not know.
    let keys: Vec<Op> = values.iter().map(|(name, value)| user.put("kv", name).field("value", value.clone())).collect();
    journal.push(&keys).await?;
    let extras: Vec<Op> =
        values.iter().map(|(name, value)| user.put("posts", name).field("extra", value.clone())).collect();
    journal.push(&extras).await?;
    // And text in the fields that the table does know.
    let texts: Vec<Op> = values
        .iter()
        .filter(|(_, value)| value.is_string())
        .map(|(name, value)| user.put("posts", &format!("text {name}")).field("content", value.clone()))
        .collect();
    journal.push(&texts).await?;
    comes_back(&context, &journal).await
}

async fn fields(context: Context) -> Checked {
    const NAMES: [&str; 24] = [
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
    ];
    let mut journal = Journal::open(&context, ROUND_TRIP).await?;
    let user = journal.user.clone();
    for table in TABLES {
        let all = NAMES.iter().fold(user.put(table.name, "all"), |op, name| op.field(name, json!({"name": name})));
        let typed = user
            .put(table.name, "typed")
            .field("forked", json!(false))
            .field("nothing", Value::Null)
            .field("count", json!(0))
            .field("list", json!([]))
            .field("text", json!(""));
        journal.push(&[all, typed]).await?;
    }
    comes_back(&context, &journal).await
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
    let mut journal = Journal::open(&context, ROUND_TRIP).await?;
    let user = journal.user.clone();
    let ops: Vec<Op> = (0..100)
        .map(|number| {
            let table = TABLES[number % TABLES.len()];
            let op = user.put(table.name, &format!("pk{number}")).mark(&any_text(&mut rng));
            op.field("extra", any_value(&mut rng, 5)).field("more", any_value(&mut rng, 2))
        })
        .collect();
    for batch in ops.chunks(20) {
        journal.push(batch).await?;
    }
    comes_back(&context, &journal).await
}

async fn replaces(context: Context) -> Checked {
    let mut journal = Journal::open(&context, ROUND_TRIP).await?;
    let user = journal.user.clone();
    for table in TABLES {
        let rich = user.put(table.name, "pk").clock(1).field("extra", json!({"a": 1, "b": 2})).field("old", json!(1));
        let poor = user.put(table.name, "pk").clock(2).field("extra", json!({"c": 3}));
        journal.push(std::slice::from_ref(&rich)).await?;
        journal.push(&[poor]).await?;
        // Nor does a loser leave anything in the winner.
        let loser = rich.with_new_id().clock(0).field("lost", json!(true));
        journal.push(&[loser]).await?;
    }
    comes_back(&context, &journal).await
}

/// The required fields of a table but its pk, which has a requirement of its own, with their types.
fn required(table: &str) -> Vec<(&'static str, &'static str)> {
    let own: &[(&str, &str)] = match table {
        "threads" => &[("status", "string"), ("pinned", "bool"), ("deleted", "bool")],
        "messages" => &[
            ("thread_id", "string"),
            ("role", "string"),
            ("order_key", "string"),
            ("index", "number"),
            ("deleted", "bool"),
        ],
        "projects" => &[("name", "string"), ("deleted", "bool")],
        "posts" => &[("title", "string"), ("content", "string"), ("post_type", "string"), ("deleted", "bool")],
        "kv" => &[("name", "string")],
        "file_meta" => &[("deleted", "bool")],
        _ => &[("user_id", "string"), ("type", "string"), ("title", "string"), ("deleted", "bool")],
    };
    [own, &[("created_at", "number"), ("updated_at", "number"), ("clock", "number")]].concat()
}

/// Pushes one put that has to be refused as not valid. A notification for nobody may also be none of the user's
/// business.
async fn refused(context: &Context, journal: &mut Journal, op: Op, what: &str, field: &str) -> Checked {
    let settled = journal.attempt(&[op]).await?;
    let code = settled.result(0).and_then(|result| result.error_code);
    if field == "user_id" && context.has(Capability::PrivateNotifications) && code == Some(ErrorCode::Unauthorized) {
        return Ok(());
    }
    invalid(SCHEMA, &settled, 0, what)
}

async fn missing_field(context: Context) -> Checked {
    let mut journal = Journal::open(&context, SCHEMA).await?;
    let user = journal.user.clone();
    for table in TABLES {
        journal.push(&[user.put(table.name, "live").clock(1).mark("live")]).await.as_setup()?;
        for (field, _) in required(table.name).into_iter().chain([(table.pk_field, "string")]) {
            let put = user.put(table.name, "live").clock(9);
            let what = format!("a put in {} without {field}", table.name);
            refused(&context, &mut journal, put.clone().without_field(field), &what, field).await?;
            let what = format!("a put in {} with null for {field}", table.name);
            refused(&context, &mut journal, put.with_new_id().field(field, Value::Null), &what, field).await?;
        }
        let empty = user.put(table.name, "live").clock(9).payload(Some(json!({})));
        refused(&context, &mut journal, empty, "a put of an empty payload", "user_id").await?;
    }
    journal.holds().await
}

async fn wrong_type(context: Context) -> Checked {
    let mut journal = Journal::open(&context, SCHEMA).await?;
    let user = journal.user.clone();
    for table in TABLES {
        journal.push(&[user.put(table.name, "live").clock(1).mark("live")]).await.as_setup()?;
        for (field, kind) in required(table.name) {
            let values = match kind {
                "string" => [json!(5), json!(true), json!(["text"]), json!({"text": "text"})],
                "bool" => [json!("true"), json!(0), json!([false]), json!({})],
                _ => [json!("5"), json!(true), json!([5]), json!({})],
            };
            for value in values {
                let what = format!("a put in {} with {value} for {field}", table.name);
                let put = user.put(table.name, "live").clock(9).field(field, value);
                refused(&context, &mut journal, put, &what, field).await?;
            }
        }
    }
    journal.holds().await
}

/// Pushes one put that has to be refused in whatever way.
async fn not_taken(journal: &mut Journal, op: Op, what: &str) -> Checked {
    let settled = journal.attempt(&[op]).await?;
    let message = format!("{what} is accepted");
    let actual = settled.answer.outcome();
    settled.answer.ensure(journal.requirement, settled.refused(0), message, "a 4xx, or no success for the op", actual)
}

async fn object(context: Context) -> Checked {
    let mut journal = Journal::open(&context, OBJECT).await?;
    let user = journal.user.clone();
    for table in TABLES {
        let live = user.put(table.name, "live").clock(1).mark("live");
        journal.push(std::slice::from_ref(&live)).await.as_setup()?;
        let content = live.content().cloned().unwrap_or_default();
        let payloads = [
            Some(json!([content])),
            Some(json!([])),
            Some(json!(content.to_string())),
            Some(json!("")),
            Some(json!(5)),
            Some(json!(true)),
            Some(json!(false)),
            Some(json!(0)),
            Some(Value::Null),
            None,
        ];
        for payload in payloads {
            let shown = payload.as_ref().map_or("no payload".to_owned(), |payload| format!("the payload {payload}"));
            for pk in ["live", "new"] {
                let put = user.put(table.name, pk).clock(9).payload(payload.clone());
                not_taken(&mut journal, put, &format!("a put in {} with {shown}", table.name)).await?;
            }
        }
    }
    journal.holds().await
}

async fn pk_matches(context: Context) -> Checked {
    const PAIRS: [(&str, &str); 12] = [
        ("live", "other"),
        ("other", "live"),
        ("live", "Live"),
        ("live", "live "),
        ("live", " live"),
        ("live", "live\u{200b}"),
        ("live", "liv"),
        ("live", ""),
        ("é", "e\u{301}"),
        ("1", "01"),
        ("1", "1.0"),
        ("a%", "ab"),
    ];
    let mut journal = Journal::open(&context, PK).await?;
    let user = journal.user.clone();
    for table in TABLES {
        journal.push(&[user.put(table.name, "live").clock(1).mark("live")]).await.as_setup()?;
        for (pk, named) in PAIRS {
            let put = user.put(table.name, pk).clock(9).field(table.pk_field, json!(named));
            let what = format!("a put of {} `{pk}` whose payload names `{}`", table.name, named.escape_debug());
            not_taken(&mut journal, put, &what).await?;
        }
        // A number is not the text of it.
        let put = user.put(table.name, "1").clock(9).field(table.pk_field, json!(1));
        not_taken(&mut journal, put, "a put of `1` whose payload names the number 1").await?;
        // In a table with another pk field, the usual one is any field.
        if table.pk_field != "id" {
            journal.push(&[user.put(table.name, "right").field("id", json!("another"))]).await?;
            let put = user.put(table.name, "wrong").field("id", json!("wrong")).field(table.pk_field, json!("another"));
            not_taken(&mut journal, put, "a put whose `id` is right and whose pk field is another's").await?;
        }
    }
    journal.holds().await
}

/// A put whose payload is exactly that long as compact JSON, in bytes.
fn sized(user: &User, pk: &str, bytes: usize) -> Op {
    let bare =
        user.put("posts", pk).field("content", json!("")).content().map_or(0, |content| content.to_string().len());
    user.put("posts", pk).field("content", json!("x".repeat(bytes.saturating_sub(bare))))
}

async fn large_payload(context: Context) -> Checked {
    const KIB: usize = 1 << 10;
    const MIB: usize = 1 << 20;
    const REFUSALS: [Option<ErrorCode>; 2] = [Some(ErrorCode::Oversized), Some(ErrorCode::ValidationError)];
    let mut journal = Journal::open(&context, BAD_BATCH).await?;
    let user = journal.user.clone();
    for (pk, size) in [("64 KiB", 64 * KIB), ("255 KiB", 255 * KIB)] {
        let settled = journal.attempt(&[sized(&user, pk, size)]).await?;
        let taken = !settled.refused(0);
        let message = format!("a payload of {pk} is refused");
        let actual = settled.answer.outcome();
        context.advise(settled.answer.ensure(LARGE_PAYLOAD, taken, message, "success", actual));
    }
    journal.holds().await?;
    // Twelve times as much is far beyond.
    let op = sized(&user, "3 MiB", 3 * MIB);
    let answer = user.push(&journal.workspace, std::slice::from_ref(&op)).await?;
    let expected = "413, OVERSIZED or VALIDATION_ERROR";
    // A connection that ends before the answer is the affair of `http.body-limit`.
    if answer.status().is_some_and(|status| status < 500) {
        let settled = journal.settle(&[op], answer).await?;
        let told = match settled.result(0) {
            None => settled.answer.is(&[400, 413]),
            Some(result) => !result.success && REFUSALS.contains(&result.error_code),
        };
        let message = "a payload of 3 MiB is not refused, or not as too large";
        let actual = settled.answer.outcome();
        context.advise(settled.answer.ensure(LARGE_PAYLOAD, told, message, expected, actual));
    } else {
        let message = "a payload of 3 MiB gets no proper answer";
        context.advise(Err(answer.fails(LARGE_PAYLOAD, message, expected, answer.outcome())));
    }
    journal.push(&[user.put("threads", "next")]).await?;
    journal.holds().await
}

async fn large_batch(context: Context) -> Checked {
    let mut journal = Journal::open(&context, LARGE_BATCH).await?;
    let user = journal.user.clone();
    let first = user.put("kv", "before");
    journal.push(std::slice::from_ref(&first)).await.as_setup()?;
    let batch: Vec<Op> = (0..1000)
        .map(|number| {
            let pk = format!("pk{}", number % 900);
            if number % 10 == 9 { user.delete("kv", &pk) } else { user.put("kv", &pk) }.clock(number + 1)
        })
        .collect();
    for _ in 0..2 {
        let settled = journal.attempt(&batch).await?;
        match &settled.results {
            None => settled.answer.expect_status(LARGE_BATCH, &[200, 400, 413])?,
            Some(_) => settled.spared(&(0..batch.len()).collect::<Vec<_>>(), LARGE_BATCH)?,
        }
        journal.holds().await?;
    }
    // What a client does that was refused: the same ops in smaller batches.
    for part in batch.chunks(100) {
        journal.push(part).await?;
    }
    journal.push(&[first]).await?;
    journal.holds().await
}
