//! The cases: one for each way to write to a record, in combination with everything else.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::level::{Restart, Writes};
use super::row::{Row, restarted_rows, rows};
use crate::judged_sequence::judge;
use crate::target_handle::TargetHandle;
use syncproof_harness::case::{Capability, Case, Homes, Stage};
use syncproof_harness::targets::CANNOT_START;
use syncproof_harness::world::Context;
use syncproof_protocol::failure::{Checked, Stop};

/// What the oracle may find broken, the first and most general rule first.
const REQUIREMENTS: &[&str] = &[
    "snapshot.complete",
    "pull.complete",
    "pull.tables-filter",
    "snapshot.tables-filter",
    "pull.has-more",
    "op.replay-same-version",
    "lww.order-free",
    "tombstone.one-per-record",
    "gc.keeps-records",
];
/// How many rows wait for a collection at once.
const ROWS_AT_ONCE: usize = 8;

/// What is lost at a restart.
const SURVIVES: &str = "durable.acknowledged-survives-kill";

/// The cases.
#[must_use]
pub fn cases() -> Vec<Case> {
    let over_a_restart = Case {
        id: "durable/kill-with-every-combination",
        requirements: &[SURVIVES, "op.replay-after-restart"],
        needs: &[Capability::Restart, Capability::Snapshot],
        stage: Stage::Early,
        homes: Homes::New,
        summary: "Kills between and after writes of every kind, with every way of the combinations to read them, and starts again.",
        run: |context| Box::pin(combine_with_kills(context)) as _,
    };
    Writes::ALL.iter().map(|writes| case(*writes)).chain([over_a_restart]).collect()
}

fn case(writes: Writes) -> Case {
    let (id, summary) = words(writes);
    let needs = &[Capability::Snapshot];
    let run = |context| Box::pin(combine(context)) as _;
    Case { id, requirements: REQUIREMENTS, needs, stage: Stage::Early, homes: Homes::New, summary, run }
}

/// The id and the summary of the case.
fn words(writes: Writes) -> (&'static str, &'static str) {
    /// A summary of the same form for all.
    macro_rules! of {
        ($id:literal, $what:literal) => {
            (
                concat!("combinations/", $id),
                concat!(
                    $what,
                    " in every table, with every pair of: order of arrival, replay, writer, reader, filter, page size, ",
                    "workspace, key, and what was collected before."
                ),
            )
        };
    }
    match writes {
        Writes::Put => of!("put", "A put"),
        Writes::Overwrite => of!("put-over-put", "A put over a put"),
        Writes::Delete => of!("delete-of-put", "A delete of a record"),
        Writes::DeleteOfNothing => of!("delete-of-nothing", "A delete of what was never put"),
        Writes::SecondDelete => of!("delete-over-delete", "A delete over a delete"),
        Writes::Revival => of!("put-over-delete", "A put over a delete"),
        Writes::SoftDelete => of!("marked-as-deleted", "A put that marks the record as deleted"),
        Writes::TiedPuts => of!("puts-with-one-clock", "Two puts with one clock"),
        Writes::TiedDelete => of!("put-and-delete-with-one-clock", "A put and a delete with one clock"),
    }
}

async fn combine(context: Context) -> Checked {
    let rows = rows(&tables(&context), &context.target().capabilities).into_iter();
    let handle = TargetHandle::of_case(&context);
    judge_rows(&context, &handle, rows.filter(|row| words(row.writes).0 == context.case())).await
}

async fn combine_with_kills(context: Context) -> Checked {
    if !context.target().starts_others() {
        return Err(Stop::Skipped(CANNOT_START.to_owned()));
    }
    let rows = restarted_rows(&tables(&context), &context.target().capabilities).into_iter();
    judge_rows(&context, &TargetHandle::of_case(&context).started_by(context.shared_run()), rows).await
}

fn tables(context: &Context) -> Vec<&'static str> {
    context.tables().iter().map(|table| table.name).collect()
}

async fn judge_rows(context: &Context, handle: &TargetHandle, rows: impl Iterator<Item = Row>) -> Checked {
    let (waiting, others): (Vec<Row>, Vec<Row>) = rows.partition(|row| row.waits());
    // One by one where nothing waits: the exchanges before a failure are then those of one row.
    for (rows, at_once) in [(others, 1), (waiting, ROWS_AT_ONCE)] {
        let judged = stream::iter(rows).map(|row| Ok(judge_row(context, handle, row)));
        judged.try_buffered(at_once).try_collect::<()>().await?;
    }
    Ok(())
}

/// Executes a row. One that fails is made simpler for as long as it fails: what is left is what has to meet.
async fn judge_row(context: &Context, handle: &TargetHandle, row: Row) -> Checked {
    let Err(mut stop) = judge(context, handle, row.steps()).await else { return Ok(()) };
    let mut shown = row;
    for simpler in Row::SIMPLER {
        let candidate = simpler(shown);
        if candidate == shown || !matches!(stop, Stop::Failed(_)) {
            continue;
        }
        if let Err(of_simpler @ Stop::Failed(_)) = judge(context, handle, candidate.steps()).await {
            (shown, stop) = (candidate, of_simpler);
        }
    }
    // Without the restart everything is in order.
    if let (Stop::Failed(failure), true) = (&mut stop, shown.restart != Restart::Never) {
        failure.requirement = SURVIVES;
    }
    Err(stop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use syncproof_protocol::capability::Capabilities;
    use syncproof_protocol::table::TABLES;

    #[test]
    fn every_case_has_rows_whatever_a_target_offers() {
        let tables = TABLES.map(|table| table.name);
        for capabilities in [Capabilities::default(), Capability::ALL.into_iter().collect()] {
            let rows = rows(&tables, &capabilities);
            for writes in Writes::ALL {
                assert!(rows.iter().any(|row| row.writes == writes), "{writes:?}");
            }
            assert!(rows.len() < 120, "{} rows", rows.len());
        }
    }
}
