//! Generators of ops: few keys and few clocks, arbitrary payloads, and sometimes something wrong.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use rand::SeedableRng as _;
use rand::rngs::ChaCha8Rng;
use serde_json::{Value, json};

use super::defect::AnyDefect;
use super::shared::Shared;
use super::text::{self, Set};
use super::theme::Theme;
use super::users::USERS;
use crate::sequence::Draft;
use syncproof_model::{MAX_CLOCK, NOTIFICATIONS};
use syncproof_protocol::family::Family;
use syncproof_protocol::json_generator;
use syncproof_protocol::table::{FieldType, Table};
use syncproof_protocol::wire::Operation;

/// An op of the pool as a push takes it.
#[derive(Debug, Clone)]
pub(super) struct PoolOp {
    which: Index,
    twist: OpChange,
}

/// How it differs from the op in the pool.
#[derive(Debug, Clone)]
enum OpChange {
    Nothing,
    /// Fields that the client counts: it is still the same op.
    Envelope(u64),
    /// Another clock: another op under the same id.
    Clock(u64),
    /// Another text.
    Text,
    /// Another record.
    Key,
}

impl PoolOp {
    /// The op that it stands for.
    pub(super) fn draft(&self, pool: &[Draft]) -> Draft {
        let mut draft = self.which.get(pool).clone();
        match &self.twist {
            OpChange::Nothing => {}
            OpChange::Envelope(attempts) => {
                draft.wire.insert("attempts".to_owned(), json!(attempts));
                draft.wire.insert("status".to_owned(), json!("syncing"));
            }
            OpChange::Clock(clock) => draft.clock = *clock,
            OpChange::Text => draft.set_field("twisted", json!(true)),
            OpChange::Key => draft.pk.push_str("-twisted"),
        }
        draft
    }
}

/// Ops of the pool, most of them unchanged.
pub(super) fn picks() -> BoxedStrategy<Vec<PoolOp>> {
    let twist = prop_oneof![
        14 => Just(OpChange::Nothing),
        2 => select(vec![1, 2, 3, 9, 255, 256, 65_536, 1 << 31]).prop_map(OpChange::Envelope),
        1 => clock().prop_map(OpChange::Clock),
        1 => Just(OpChange::Text),
        1 => Just(OpChange::Key),
    ];
    let pick = (any::<Index>(), twist).prop_map(|(which, twist)| PoolOp { which, twist });
    prop::collection::vec(pick, 0..=8).boxed()
}

/// A time that is still to come, in milliseconds since 1970: what a client's clock may say all the same.
pub(super) const YEAR_2100: u64 = 4_102_444_800_000;

fn clock() -> BoxedStrategy<u64> {
    prop_oneof![
        8 => 1..4_u64,
        1 => select(vec![0, 10, 4_294_967_296, YEAR_2100, YEAR_2100 + 1, MAX_CLOCK - 1, MAX_CLOCK]),
    ]
    .boxed()
}

fn table(theme: Theme) -> BoxedStrategy<&'static str> {
    prop_oneof![
        if theme == Theme::Private { 12 } else { 0 } => Just(NOTIFICATIONS),
        4 => Just("threads"),
        3 => Just("kv"),
        2 => select(vec!["messages", "projects", "posts", "file_meta", NOTIFICATIONS]),
    ]
    .boxed()
}

/// An op without its number.
pub(super) fn draft(theme: Theme, Shared { family, set, clocks, .. }: Shared) -> BoxedStrategy<Draft> {
    let operation = prop_oneof![3 => Just(Operation::Put), 2 => Just(Operation::Delete)];
    let named = prop_oneof![12 => Just(None), 1 => (0..USERS).prop_map(Some)];
    let workspace = prop_oneof![30 => Just(None), 1 => super::users::place().prop_map(Some)];
    let wrong = match theme {
        Theme::Wrong => 3,
        Theme::Mixed => 1,
        Theme::Writes | Theme::Workspaces | Theme::Private => 0,
    };
    let defect = prop_oneof![12 => Just(None), wrong => AnyDefect::any().prop_map(Some)];
    let parts = (operation, table(theme), text::pk(set), clock(), text::hlc(clocks));
    let others = (text::op_device(set), named, workspace);
    (parts, others, content(family, set), defect)
        .prop_map(|((operation, table, pk, clock, hlc), others, content, defect)| {
            let (device, named, workspace) = others;
            let mut draft = Draft::new(0, operation, table, &pk, clock);
            (draft.hlc, draft.device, draft.workspace) = (hlc, device, workspace);
            draft.named = named.filter(|_| table == NOTIFICATIONS);
            content.put_into(&mut draft);
            if let Some(defect) = defect {
                defect.put_into(&mut draft);
            }
            draft
        })
        .boxed()
}

/// Field names that careless servers interpret, a long one, and two that every payload must have.
const FIELDS: [&str; 11] = [
    "__proto__",
    "constructor",
    "toString",
    "self",
    "$set",
    "a.b",
    "",
    "Clock",
    "a_field_whose_name_is_longer_than_the_sixty_three_bytes_of_some_databases",
    "created_at",
    "updated_at",
];

/// Numbers at the edges of their types.
const NUMBERS: [f64; 12] = [
    -1.0,
    0.1,
    0.300_000_000_000_000_04,
    2_147_483_648.0,
    -2_147_483_649.0,
    4_294_967_296.0,
    5e9,
    9_007_199_254_740_991.0,
    -9_007_199_254_740_991.0,
    1e21,
    1.7e308,
    5e-324,
];

/// What a payload holds in addition to its required fields.
#[derive(Debug, Clone)]
enum Content {
    Plain,
    Marked(u64),
    /// A clock in the payload that differs from the stamp's; only the stamp's counts (`lww.higher-clock`).
    Clock(u64),
    /// A field with that name and a number at the edge of its type.
    Named(&'static str, f64),
    /// The typed fields of the payload with other values of their types, from those on.
    Typed(usize),
    /// A delete whose payload is about another record.
    Elsewhere,
    /// Nested this many levels deep.
    Nested(u16),
    /// Arbitrary JSON, made from that seed.
    Anything(u64),
    Large(u64),
    /// The texts of the sequence's set as keys, side by side, with values that are easily lost, from that one on; nested, where
    /// the table knows the field.
    Keys(Set, Vec<Value>, Index, bool),
    /// A text or value of the sequence's family in a field of the table.
    Value(Value),
}

fn content(family: Family, set: Set) -> BoxedStrategy<Content> {
    let values = text::values(family, set);
    let keys = any::<(Index, bool)>();
    prop_oneof![
        24 => Just(Content::Plain),
        16 => any::<u64>().prop_map(Content::Marked),
        8 => clock().prop_map(Content::Clock),
        8 => (select(&FIELDS[..]), select(&NUMBERS[..])).prop_map(|(name, number)| Content::Named(name, number)),
        20 => (0..NUMBERS.len()).prop_map(Content::Typed),
        4 => Just(Content::Elsewhere),
        4 => (2..400_u16).prop_map(Content::Nested),
        12 => any::<u64>().prop_map(Content::Anything),
        1 => any::<u64>().prop_map(Content::Large),
        20 => keys.prop_map(move |(first, is_nested)| Content::Keys(set, values.clone(), first, is_nested)),
        10 => select(text::values(family, set)).prop_map(Content::Value),
    ]
    .boxed()
}

impl Content {
    fn put_into(&self, draft: &mut Draft) {
        match self {
            Content::Plain => {}
            Content::Marked(mark) => draft.set_field("mark", json!(mark % 100)),
            Content::Clock(clock) if draft.op == Operation::Put => draft.set_field("clock", json!(clock)),
            Content::Named("deleted_at", _) if draft.table == "kv" => {}
            Content::Named(name, number) => draft.set_field(name, self::number(*number)),
            Content::Typed(first) => {
                let Some(table) = Table::named(&draft.table) else { return };
                for (place, (name, kind)) in (*first..).zip(table.free_fields()) {
                    draft.set_field(name, typed(kind, place));
                }
            }
            Content::Elsewhere if draft.op == Operation::Delete => {
                draft.payload = Some(json!({"id": "another", "hash": "another"}));
            }
            Content::Clock(_) | Content::Elsewhere => {}
            Content::Keys(set, values, first, is_nested) => {
                let start = first.index(values.len());
                for (key, value) in set.iter().zip(values.iter().cycle().skip(start)) {
                    put_key(draft, key, value, *is_nested);
                }
            }
            Content::Value(value) => {
                let Some(table) = Table::named(&draft.table) else { return };
                let field = if value.is_string() { table.text_field } else { "extra" };
                draft.set_field(if table.name == "kv" { "value" } else { field }, value.clone());
            }
            Content::Nested(levels) => {
                let nested = (0..*levels)
                    .fold(json!(1), |inner, level| if level % 2 == 0 { json!([inner]) } else { json!({ "a": inner }) });
                draft.set_field("nested", nested);
            }
            Content::Anything(seed) => {
                generated(draft, json_generator::value(&mut ChaCha8Rng::seed_from_u64(*seed), 5))
            }
            Content::Large(seed) => generated(draft, json_generator::large(&mut ChaCha8Rng::seed_from_u64(*seed))),
        }
    }
}

/// Puts a field of that name into the payload, or into an object in it.
pub(super) fn put_key(draft: &mut Draft, key: &str, value: &Value, is_nested: bool) {
    let Some(table) = Table::named(&draft.table) else { return };
    let is_known = table.fields().any(|(name, _)| name == key);
    match draft.op {
        Operation::Put if !is_nested && !is_known => draft.set_field(key, value.clone()),
        // Beside the keys that are there already.
        Operation::Put => {
            let mut object = draft.fields.get("extra").and_then(Value::as_object).cloned().unwrap_or_default();
            object.insert(key.to_owned(), value.clone());
            draft.set_field("extra", Value::Object(object));
        }
        Operation::Delete => {
            let mut object = draft.payload.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
            object.insert(key.to_owned(), value.clone());
            draft.payload = Some(Value::Object(object));
        }
    }
}

/// Puts generated JSON where a payload may hold anything.
fn generated(draft: &mut Draft, value: Value) {
    // A server may have a limit of its own, from 256 KiB on (`push.large-payload`).
    if value.to_string().len() > 60_000 {
        return;
    }
    match draft.op {
        Operation::Delete => draft.payload = Some(json!({ "reason": value })),
        Operation::Put => draft.set_field(if draft.table == "kv" { "value" } else { "extra" }, value),
    }
}

/// A number as clients write it: a whole one without a fraction.
fn number(number: f64) -> Value {
    #[allow(clippy::cast_possible_truncation, reason = "exact below 2^53")]
    let whole = (number.fract() == 0.0 && number.abs() < 9.1e15).then_some(number as i64);
    whole.map_or_else(|| json!(number), |whole| json!(whole))
}

/// A value of that type, at its edge; the number says which.
fn typed(kind: FieldType, which: usize) -> Value {
    const TEXTS: [&str; 8] =
        ["", " padded ", "UPPER Case", "2024-01-01T00:00:00Z", "a\\nb", "\\u0041", "null", "line\r\nend"];
    match kind {
        FieldType::Text | FieldType::TextOrNull | FieldType::Anything => match TEXTS.get(which % (TEXTS.len() + 1)) {
            Some(text) => json!(text),
            None => json!("long ".repeat(80)),
        },
        FieldType::Number => number(NUMBERS[which % NUMBERS.len()]),
        FieldType::Bool => json!(which.is_multiple_of(2)),
        FieldType::Array => json!([null, {"label": "a"}, [1]]),
    }
}
