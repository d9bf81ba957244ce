//! The chapters about reading and writing again, in homes whose log and tombstones were collected before the case begins.
//!
//! A collection leaves nothing but the head of the log, so all that these chapters say holds there as in a new workspace,
//! except that versions begin after that head.

use syncproof_harness::case::{AFTER_COLLECTION, Case, Homes};
use syncproof_protocol::capability::Capability;

/// The chapters that are run again.
const CHAPTERS: [&str; 6] = ["push", "op", "lww", "tombstone", "pull", "snapshot"];

/// Cases of these chapters that are not run again.
#[rustfmt::skip]
const LEFT: &[&str] = &[
    // What they push is taken or refused by its form, before any log is looked at.
    "push/body-names-two-scopes", "push/clock-in-every-form", "push/clock-range", "push/clock-with-a-fraction",
    "push/empty-workspace-id", "push/generated-large-values", "push/generated-spellings", "push/generated-wrong-fields",
    "push/large-payload", "push/nesting-of-every-depth", "push/number-fields-round-trip", "push/numbers-beyond-doubles",
    "push/op-id-is-a-uuid", "push/op-names-a-member-twice", "push/payload-is-an-object",
    "push/payload-keys-of-every-family", "push/payload-names-a-bad-field-twice", "push/payload-names-a-field-twice",
    "push/payload-schema-missing-field", "push/payload-schema-wrong-type", "push/payload-values-of-every-family",
    "push/pk-matches-payload", "push/text-fields-round-trip", "push/unknown-table", "pull/cursor-out-of-range",
    "pull/filters-that-look-like-a-table", "pull/limit-out-of-range", "pull/projects-of-every-family",
    "pull/stamps-of-every-family", "snapshot/bad-tokens", "snapshot/page-size-out-of-range", "lww/hlcs-of-every-family",
    // Their size is the point, and it takes its time.
    "lww/record-written-many-times", "op/copies-of-sizes-at-edges", "op/replays-of-sizes-at-edges",
    "pull/filter-far-behind", "pull/filters-of-many-names", "pull/log-that-ends-with-deletes", "pull/long-log-at-edges",
    "pull/long-log-with-a-filter",
    "pull/one-record-many-times", "pull/pages-of-megabytes", "push/batches-of-sizes-at-edges", "push/large-batch",
    "push/large-batch-of-new-ops", "snapshot/long-state-at-edges", "tombstone/thousand-deletes-of-ten-records",
    // What they count may be counted at any time.
    "tombstone/count-one-per-record", "tombstone/count-stays-bounded",
    // They wait for time to pass.
    "op/known-after-some-seconds", "op/replay-seconds-after", "snapshot/token-after-some-seconds",
    "tombstone/kept-for-some-seconds",
    // They read for as long as others write.
    "pull/no-skip-under-writes", "snapshot/one-moment-under-concurrent-writes",
];

/// The cases that are run again, each with its own id.
pub(crate) fn again(cases: &[Case]) -> Vec<Case> {
    let in_main = cases.iter().filter(|case| CHAPTERS.contains(&case.chapter()) && case.stage.is_concurrent());
    in_main.filter(|case| !LEFT.contains(&case.id)).map(after_collection).collect()
}

fn after_collection(case: &Case) -> Case {
    // A list that lives as long as the program: it is made once.
    let id = format!("{}{AFTER_COLLECTION}", case.id).leak();
    let mut needs = case.needs.to_vec();
    needs.extend([Capability::Gc, Capability::Snapshot].into_iter().filter(|need| !case.needs.contains(need)));
    let summary = format!("In a home whose log and tombstones were collected: {}", case.summary).leak();
    Case { id, needs: needs.leak(), summary, homes: Homes::Collected, ..*case }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_that_is_left_is_one_of_these_chapters() {
        let all = crate::all();
        let is_one = |id: &&&str| all.iter().any(|case| case.id == **id && CHAPTERS.contains(&case.chapter()));
        let others: Vec<_> = LEFT.iter().filter(|id| !is_one(id)).collect();
        assert!(others.is_empty(), "{others:?}");
        assert!(all.iter().filter(|case| case.homes == Homes::Collected).count() > 100);
    }
}
