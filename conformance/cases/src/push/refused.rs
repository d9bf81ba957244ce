//! Push: what is refused, and that a refusal changes nothing.

use crate::prelude::*;
use crate::push::results::{faulty, fresh, invalid};
use syncproof_harness::world::EndpointCall;
use syncproof_protocol::endpoint::{self, Filling};

const SPARES: &str = "push.bad-op-spares-others";
const BAD_BATCH: &str = "push.bad-batch-changes-nothing";
const UNKNOWN_TABLE: &str = "push.unknown-table";
const OP_ID: &str = "push.op-id-is-uuid";
const CLOCK: &str = "push.clock-range";
const WORKSPACE_ID: &str = "push.empty-workspace-id";

cases! {
    /// Valid ops beside one that fails by itself are applied.
    "push/bad-op-spares-others" checks [SPARES] by bad_op_spares_others;
    /// One op of a wrong shape at the front, in the middle or at the end: a 4xx has changed nothing.
    "push/bad-batch-changes-nothing" checks [BAD_BATCH, "http.no-5xx"] by bad_batch;
    /// Puts and deletes on tables that are none: misspelt, of the database itself, SQL, and blank.
    "push/unknown-table" checks [UNKNOWN_TABLE] by unknown_table;
    /// Op ids that are no UUIDs, not even with a blank taken off, no text, or missing are refused.
    "push/op-id-is-a-uuid" checks [OP_ID] by op_id_is_uuid;
    /// Op ids that are UUIDs of the versions 1 to 8 are taken, of puts and deletes, and in every reader as they came.
    "push/op-ids-of-every-version" checks [OP_ID] by op_ids_of_versions;
    /// Clocks that are negative, fractional, too large or no numbers are refused; 0 and 2^53−1 are taken.
    "push/clock-range" checks [CLOCK] by clock_range;
    /// An empty or blank workspaceId is refused by every sync endpoint.
    "push/empty-workspace-id" checks [WORKSPACE_ID] by empty_workspace_id;
}

async fn bad_op_spares_others(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, SPARES).await?;
    for place in [0, 2, 4] {
        for (number, bad) in faulty(&user, "bad").into_iter().enumerate() {
            let name = format!("{place}-{number}");
            let mut batch = fresh(&user, 3, &name);
            batch.push(user.delete("threads", &format!("{name}-0")).clock(2));
            batch.insert(place, bad);
            let settled = journal.attempt(&batch).await?;
            settled.spared_beside(place, SPARES)?;
        }
    }
    journal.holds().await
}

/// Copies of a valid op, each malformed in one way, with the rule that this breaks.
pub(super) fn malformed(user: &User, pk: &str) -> Vec<(&'static str, Op)> {
    const SHAPE: &str = "http.wrong-shape";
    let op = || user.put("threads", pk);
    vec![
        (SHAPE, op().spoil("stamp", None)),
        (SHAPE, op().spoil("stamp", Some(Value::Null))),
        (SHAPE, op().spoil("stamp", Some(json!("stamp")))),
        (SHAPE, op().spoil("stamp.deviceId", None)),
        (SHAPE, op().spoil("stamp.hlc", None)),
        (SHAPE, op().spoil("stamp.hlc", Some(json!(5)))),
        (CLOCK, op().spoil("stamp.clock", Some(json!(-1)))),
        (SHAPE, op().spoil("stamp.clock", None)),
        (OP_ID, op().op_id("not-a-uuid")),
        (SHAPE, op().spoil("pk", None)),
        (SHAPE, op().spoil("pk", Some(json!(5)))),
        (SHAPE, op().spoil("tableName", None)),
        (SHAPE, op().spoil("tableName", Some(json!(["threads"])))),
        (SHAPE, op().spoil("operation", Some(json!("upsert")))),
        (SHAPE, op().spoil("operation", None)),
        ("push.payload-object", op().spoil("payload", Some(json!("payload")))),
        ("push.payload-schema", op().without_field("status")),
        ("push.unknown-table", user.put("no_such_table", pk)),
    ]
}

async fn bad_batch(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, BAD_BATCH).await?;
    journal.push_ok(&fresh(&user, 2, "before")).await.in_setup()?;
    for (number, (rule, bad)) in malformed(&user, "bad").into_iter().enumerate() {
        for place in [0, 2, 4] {
            let mut batch = fresh(&user, 3, &format!("{number}-{place}"));
            // A delete of an existing record, which a snapshot would show.
            batch.push(user.delete("threads", "before-0").clock(100 * number as u64 + place as u64 + 5));
            batch.insert(place, bad.clone());
            let answer = user.push(&journal.workspace, &batch).await?;
            let handled = answer.status().is_some_and(|status| status < 500);
            let message = "a push with a malformed op gets no answer, or a 5xx";
            answer.ensure("http.no-5xx", handled, message, "a 4xx, or 200", answer.outcome())?;
            if let Some(PushAnswer { results, .. }) = answer.is(&[200]).then(|| answer.read(BAD_BATCH)).transpose()? {
                let taken = results.get(place).is_some_and(|result| result.success);
                let message = format!("the malformed op {} of a batch is taken", bad.json());
                answer.check(rule, !taken, message, "a refusal")?;
            }
            let settled = journal.reconcile(&batch, answer).await?;
            journal.shows().await?;
            if settled.results.is_none() {
                // The ids of the other ops can still be used.
                batch.remove(place);
                journal.push_ok(&batch).await?;
            }
        }
    }
    journal.holds().await
}

async fn unknown_table(context: Context) -> Checked {
    const NAMES: [&str; 26] = [
        "",
        " ",
        "no_such_table",
        "Threads",
        "THREADS",
        "thread",
        "threads ",
        " threads",
        "s_threads",
        "users",
        "workspaces",
        "change_log",
        "tombstones",
        "sqlite_master",
        "information_schema.tables",
        "__proto__",
        "constructor",
        "toString",
        "hasOwnProperty",
        "threads; DROP TABLE threads",
        "threads\"; DROP TABLE threads; --",
        "threads' OR '1'='1",
        "../threads",
        "thr\u{435}ads",
        "ｔｈｒｅａｄｓ",
        "notifications,threads",
    ];
    let (user, mut journal) = Journal::with_user(&context, UNKNOWN_TABLE).await?;
    journal.push_ok(&[user.put("threads", "live").mark("live")]).await.in_setup()?;
    for name in NAMES {
        let ops = [
            user.put(name, "pk").field("status", json!("ready")).field("pinned", json!(false)),
            user.delete(name, "live").clock(9),
        ];
        for op in ops {
            let settled = journal.attempt(&[op]).await?;
            invalid(UNKNOWN_TABLE, &settled, 0, &format!("an op on the table `{}`", name.escape_debug()))?;
        }
    }
    // All of them beside a valid op.
    let mut batch: Vec<Op> = NAMES.iter().map(|name| user.put(name, "pk")).collect();
    batch.insert(3, user.put("threads", "beside"));
    let settled = journal.attempt(&batch).await?;
    context.check_should(settled.spared(&[3], SPARES));
    for place in (0..batch.len()).filter(|place| *place != 3) {
        invalid(UNKNOWN_TABLE, &settled, place, "an op on an unknown table")?;
    }
    journal.push_ok(&[user.put("threads", "after")]).await?;
    journal.holds().await
}

async fn op_id_is_uuid(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, OP_ID).await?;
    let uuid = uuid::Uuid::new_v4().to_string();
    let texts = [
        String::new(),
        " ".to_owned(),
        "1".to_owned(),
        "op-1".to_owned(),
        "not-a-uuid".to_owned(),
        "x".repeat(36),
        uuid[..35].to_owned(),
        format!("{uuid}0"),
        format!("x{uuid}"),
        format!("{uuid}x"),
        format!("{uuid} {uuid}"),
        format!("g{}", &uuid[1..]),
        format!("{}é", &uuid[..35]),
        uuid.replace('-', "_"),
        // Accepted by lenient parsers: blanks around it, misplaced hyphens, unusual digits.
        format!("{uuid}\n"),
        format!("{uuid}\r\n"),
        format!(" {uuid}"),
        format!("{uuid} "),
        format!("\t{uuid}"),
        format!("{uuid}\u{a0}"),
        format!("{uuid}\0"),
        format!("{{{uuid}"),
        format!("{uuid}}}"),
        format!("{uuid},"),
        format!("{}-", uuid.replacen('-', "", 1)),
        format!("----{}", uuid.replace('-', "")),
        format!("{}-{}{}", &uuid[..7], &uuid[7..8], &uuid[9..]),
        format!("0x{}", &uuid[2..]),
        format!("{}_{}", &uuid[..1], &uuid[2..]),
        format!("+{}", &uuid[1..]),
        format!("\u{ff11}{}", &uuid[1..]),
        format!("\u{661}{}", &uuid[1..]),
        uuid.replace('-', "\u{2010}"),
        "__proto__".to_owned(),
        "' OR 1=1 --".to_owned(),
    ];
    for text in texts {
        let what = format!("the op id `{}`", text.escape_debug());
        for op in [user.put("threads", "pk"), user.delete("threads", "pk")] {
            let settled = journal.attempt(&[op.op_id(text.clone())]).await?;
            invalid(OP_ID, &settled, 0, &what)?;
        }
    }
    let others =
        [Some(Value::Null), Some(json!(1)), Some(json!(true)), Some(json!([uuid])), Some(json!({"uuid": uuid})), None];
    for other in others {
        let what = other.as_ref().map_or("a missing op id".to_owned(), |other| format!("the op id {other}"));
        let op = user.put("threads", "pk").spoil("stamp.opId", other);
        let settled = journal.attempt(&[op]).await?;
        invalid(OP_ID, &settled, 0, &what)?;
    }
    journal.push_ok(&[user.put("threads", "pk")]).await?;
    journal.holds().await
}

async fn op_ids_of_versions(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, OP_ID).await?;
    for version in 1..=8 {
        let pk = format!("version {version}");
        for op in
            [user.put("threads", &pk).clock(1), user.delete("threads", &pk).clock(2), user.put("kv", &pk).clock(1)]
        {
            let id = op.id();
            let id = format!("{}{version}{}", &id[..14], &id[15..]);
            journal.push_ok(&[op.op_id(id)]).await?;
        }
    }
    journal.holds().await
}

async fn clock_range(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, CLOCK).await?;
    journal.push_ok(&[user.put("threads", "live").clock(3).mark("live")]).await.in_setup()?;
    let numbers = [json!(-1), json!(-(1_i64 << 53) + 1), json!(0.5), json!(1.5), json!(-0.5), json!(1e300)];
    let large = [1_u64 << 53, (1 << 53) + 2, u64::MAX].map(Value::from);
    let others = [json!("5"), json!(""), json!("five"), json!(true), json!([5]), json!({}), Value::Null];
    for clock in numbers.into_iter().chain(large).chain(others).map(Some).chain([None]) {
        let what = clock.as_ref().map_or("a missing clock".to_owned(), |clock| format!("the clock {clock}"));
        for op in [user.put("threads", "live").clock(9), user.delete("threads", "live").clock(9)] {
            let op = op.spoil("stamp.clock", clock.clone());
            let settled = journal.attempt(&[op]).await?;
            invalid(CLOCK, &settled, 0, &what)?;
        }
    }
    journal.holds().await?;
    // Both limits are valid clocks.
    let ends = [
        user.put("threads", "first").clock(0),
        user.put("threads", "last").clock((1 << 53) - 1),
        user.delete("threads", "gone").clock((1 << 53) - 1),
    ];
    journal.push_ok(&ends).await?;
    journal.holds().await
}

async fn empty_workspace_id(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, WORKSPACE_ID).await?;
    journal.push_ok(&[user.put("threads", "live").mark("live")]).await.in_setup()?;
    for id in ["", " ", "   ", "\t", "\u{a0}"] {
        let scope = Id::text(id);
        let op = [user.put("threads", "pk")];
        let about = Filling::of(&scope, &user.id);
        let calls = context.endpoints().filter(|endpoint| endpoint.is_sync()).map(|endpoint| (endpoint, about));
        for (endpoint, filling) in calls.chain([(&endpoint::PUSH, Filling { ops: &op, ..about })]) {
            let answer = user.send(EndpointCall::new(endpoint, &filling).request()).await;
            // U+00A0 is a blank to some and an unknown workspace to others.
            let allowed: &[u16] = if id == "\u{a0}" { &[400, 403, 404] } else { &[400, 403] };
            answer.expect_status(WORKSPACE_ID, allowed)?;
        }
    }
    journal.holds().await
}
