//! What can be wrong with an op: every place in it that has a type, with every form that is not of that type.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::sequence::{Call, Draft, InvalidField};
use syncproof_model::MAX_CLOCK;
use syncproof_protocol::endpoint::ENDPOINTS;
use syncproof_protocol::table::{FieldType, Table};
use syncproof_protocol::wire::Operation;

/// The places of an op and its stamp that have a type.
const PLACES: [&str; 12] = [
    "id",
    "tableName",
    "operation",
    "pk",
    "status",
    "attempts",
    "createdAt",
    "stamp",
    "stamp.deviceId",
    "stamp.opId",
    "stamp.hlc",
    "stamp.clock",
];

/// Something that is wrong with an op.
#[derive(Debug, Clone)]
pub(super) enum OpDefect {
    /// A field of the envelope or the stamp that is other than it may be; none for one that is left out.
    Wire(&'static str, Option<Value>),
    /// A payload that is none.
    Payload(Value),
    /// A field of the payload of another type; none for one that is left out.
    Field(&'static str, Option<Value>),
    /// A pk in the payload that is another's.
    OtherPk,
}

/// A value of every form: for most places it is of the wrong one.
pub(super) fn forms() -> Vec<Value> {
    let texts = ["", " ", "5", "threads"].map(Value::from);
    let others = [json!(5), json!(-1), json!(1.5), json!(true), json!([]), json!({}), json!([5]), Value::Null];
    texts.into_iter().chain(others).collect()
}

/// Every place with every form, and with the values of its own form that it may not have.
fn on_the_wire() -> Vec<(&'static str, Option<Value>)> {
    let of_forms = PLACES.iter().flat_map(|place| {
        let forms = forms().into_iter().map(Some).chain([None]);
        forms.map(move |form| (*place, form))
    });
    let values = [
        ("stamp.clock", json!(MAX_CLOCK + 1)),
        ("stamp.opId", json!("no uuid")),
        ("stamp.opId", json!("00000000-0000-4000-8000-00000000000g")),
        ("stamp.opId", json!("12345678-1234-4234-8234-123456789abc ")),
        ("stamp.opId", json!("12345678-1234-4234-8234-123456789abc\n")),
        ("stamp.opId", json!("123456781234-4234-8234-12345-6789abc")),
        ("tableName", json!("bogus")),
        ("tableName", json!("threads; DROP TABLE threads")),
        ("tableName", json!("Threads")),
        ("operation", json!("patch")),
        ("operation", json!("PUT")),
        ("status", json!("odd")),
        ("status", json!(["pending"])),
        ("attempts", json!(u64::MAX)),
        ("createdAt", json!(1e300)),
    ];
    of_forms.chain(values.into_iter().map(|(place, value)| (place, Some(value)))).collect()
}

/// Every field of every body, and each body as a whole, with every form that the protocol clearly forbids.
pub(super) fn wrong_fields() -> Vec<InvalidField> {
    let of_call = |call: Call| {
        let fields = std::iter::once(String::new()).chain(call.fields().map(|(name, _)| name));
        fields.flat_map(move |field| {
            let forms = forms().into_iter().map(Some).chain((!field.is_empty()).then_some(None));
            forms.map(move |value| InvalidField { call, field: field.clone(), value })
        })
    };
    Call::ALL.into_iter().flat_map(of_call).filter(InvalidField::is_wrong).collect()
}

/// Methods and paths, of which some are right: paths that do not exist, those that do, and ids that are no text.
pub(super) fn wrong_routes() -> Vec<(&'static str, &'static str)> {
    const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    let mut paths = vec!["/api/nothing", "/api/sync/pushes", "/api/sync", "/nothing"];
    paths.extend(["/api/workspaces/%FF", "/api/workspaces/%C3%28/members", "/api/workspaces/a/members/%ED%A0%80"]);
    paths.extend(ENDPOINTS.iter().map(|endpoint| endpoint.path).filter(|path| !path.contains('{')));
    paths.sort_unstable();
    paths.dedup();
    paths.into_iter().flat_map(|path| METHODS.map(|method| (method, path))).collect()
}

impl OpDefect {
    /// What may be wrong with an op of any table: every place in it, and payloads that are no objects.
    pub(super) fn of_any_table() -> Vec<Self> {
        let payloads = [json!(null), json!([]), json!("text"), json!(5), json!(true), json!([["id", "a"]])];
        let wire = on_the_wire().into_iter().map(|(place, value)| OpDefect::Wire(place, value));
        wire.chain(payloads.map(OpDefect::Payload)).collect()
    }

    /// What may be wrong with a payload of this table.
    pub(super) fn of(table: &Table) -> Vec<Self> {
        let missing = table.required.iter().map(|(name, _)| OpDefect::Field(name, None));
        let mistyped = table.fields().flat_map(|(name, kind)| {
            mistyped(name, kind).into_iter().map(move |value| OpDefect::Field(name, Some(value)))
        });
        missing.chain(mistyped).chain([OpDefect::OtherPk]).collect()
    }

    pub(super) fn put_into(self, draft: &mut Draft) {
        let is_put = draft.op == Operation::Put;
        match self {
            OpDefect::Wire(place, Some(value)) => drop(draft.wire.insert(place.to_owned(), value)),
            OpDefect::Wire(place, None) => draft.missing.push(place.to_owned()),
            // A delete may come with no payload, which null may stand for.
            OpDefect::Payload(value) if is_put || !value.is_null() => draft.payload = Some(value),
            OpDefect::Field(name, Some(value)) if is_put => draft.set_field(name, value),
            OpDefect::Field(name, None) if is_put => draft.without.push(name.to_owned()),
            OpDefect::OtherPk if is_put => {
                let Some(table) = Table::named(&draft.table) else { return };
                draft.set_field(table.pk_field, json!("another"));
            }
            OpDefect::Payload(_) | OpDefect::Field(..) | OpDefect::OtherPk => {}
        }
    }
}

/// One of the defects, chosen before the table is known.
#[derive(Debug, Clone)]
pub(super) enum AnyDefect {
    OfAnyTable(OpDefect),
    OfTheTable(Index),
}

impl AnyDefect {
    pub(super) fn any() -> BoxedStrategy<Self> {
        prop_oneof![
            select(OpDefect::of_any_table()).prop_map(AnyDefect::OfAnyTable),
            any::<Index>().prop_map(AnyDefect::OfTheTable),
        ]
        .boxed()
    }

    pub(super) fn put_into(self, draft: &mut Draft) {
        let Some(table) = Table::named(&draft.table) else { return };
        let defect = match self {
            AnyDefect::OfAnyTable(defect) => defect,
            AnyDefect::OfTheTable(which) => which.get(&OpDefect::of(table)).clone(),
        };
        defect.put_into(draft);
    }
}

/// Values that are certainly not of that type. Whether null may stand for an optional field is not said, and an id may be a
/// number with some targets.
fn mistyped(name: &str, kind: FieldType) -> Vec<Value> {
    let forms = [json!(true), json!(5), json!("5"), json!([]), json!({})];
    let fits = |form: &Value| !kind.admits(form) && (name != "user_id" || !form.is_number());
    forms.into_iter().filter(fits).collect()
}
