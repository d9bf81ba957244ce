//! Tombstones as the hook `count_tombstones` counts them in the store: also those that a snapshot would not show.

use crate::prelude::*;
use std::ops::RangeInclusive;
use syncproof_protocol::failure::Phase;

const ONE: &str = "tombstone.one-per-record";
const BOUNDED: &str = "tombstone.bounded";

cases! {
    /// Deletes records once, again, as a replay, and over puts, and counts tombstones in the store.
    "tombstone/count-one-per-record" checks [ONE] needs [Inspect] by one_per_record;
    /// 1000 deletes of 10 records, in batches and one by one, leave 10 tombstones in the store.
    "tombstone/count-stays-bounded" checks [BOUNDED] needs [Inspect] by bounded;
}

/// Counts the tombstones of a workspace.
async fn count(context: &Context, workspace: &Id) -> Checked<u64> {
    let hook = &context.target().controls.hooks.count_tombstones;
    let hook = hook.as_ref().ok_or_else(|| Stop::Skipped("there is no hook `count_tombstones`".to_owned()))?;
    let (workspace, database) = (workspace.to_string(), context.target().database());
    let values = [("workspace", workspace.as_str()), ("table", ""), ("database", database.as_str())];
    hook.count(&values).await.map_err(|reason| {
        let mut failure = Failure::new(ONE, "tombstones cannot be counted", "a number", reason);
        failure.phase = Phase::Setup;
        failure.into()
    })
}

/// Checks that the store holds a tombstone for each record that is deleted now, and at most one for each that ever was: a
/// store may keep, and hide, that of a record which lives again.
async fn counts(
    context: &Context,
    user: &User,
    expected: RangeInclusive<u64>,
    requirement: &'static str,
    what: &str,
) -> Checked {
    let counted = count(context, &user.home).await?;
    let (_, answer) = user.session("session.stable").await?;
    let fits = expected.contains(&counted);
    let message = format!("the store does not hold one tombstone for each deleted record ({what})");
    let expected = match expected.start() == expected.end() {
        true => expected.start().to_string(),
        false => format!("from {} to {}", expected.start(), expected.end()),
    };
    answer.ensure(requirement, fits, message, expected, counted.to_string())
}

async fn one_per_record(context: Context) -> Checked {
    let (anna, mut journal) = Journal::with_user(&context, ONE).await?;
    let ben = context.user("ben").await?;
    counts(&context, &anna, 0..=0, ONE, "an empty workspace").await?;
    // A neighbour with the same keys, whose tombstones do not count here.
    Journal::of(ben.clone(), ONE).push_ok(&ben.delete("threads", "pk").clock(3)).await?;
    let first = anna.delete("threads", "pk").clock(2);
    journal.push_ok(&[anna.put("threads", "pk"), first.clone()]).await?;
    counts(&context, &anna, 1..=1, ONE, "a put and a delete").await?;
    journal.push_ok(&first).await?;
    journal.push_ok(&[first.with_new_id()]).await?;
    journal.push_ok(&[anna.delete("threads", "pk").clock(1), anna.delete("threads", "pk").clock(7)]).await?;
    counts(&context, &anna, 1..=1, ONE, "five deletes of one record").await?;
    journal.push_ok(&[anna.delete("kv", "pk"), anna.delete("threads", "other"), anna.delete("kv", "pk")]).await?;
    counts(&context, &anna, 3..=3, ONE, "deletes of three records, two of them with one key in two tables").await?;
    // What lives has no tombstone, and a delete that loses leaves none.
    journal.push_ok(&[anna.put("threads", "pk").clock(9)]).await?;
    journal.push_ok(&[anna.delete("threads", "pk").clock(8)]).await?;
    counts(&context, &anna, 2..=3, ONE, "one of three records revived").await?;
    journal.push_ok(&[anna.delete("threads", "pk").clock(10)]).await?;
    counts(&context, &anna, 3..=3, ONE, "the revived record deleted again").await?;
    counts(&context, &ben, 1..=1, ONE, "another workspace with the same keys").await
}

async fn bounded(context: Context) -> Checked {
    let (anna, mut journal) = Journal::with_user(&context, BOUNDED).await?;
    let deletes: Vec<Op> =
        (0..1000).map(|number| anna.delete("threads", &format!("pk{}", number % 10)).clock(1 + number / 7)).collect();
    let (batches, singles) = deletes.split_at(980);
    for batch in batches.chunks(98) {
        journal.push_ok(batch).await?;
    }
    for op in singles {
        journal.push_ok(op).await?;
    }
    counts(&context, &anna, 10..=10, BOUNDED, "1000 deletes of 10 records").await
}
