//! Push: versions, results and validation.

use super::super::mutant::Mutant;
use super::super::switch::Switch;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::new(
        "failure-takes-version",
        Switch::FailureTakesVersion,
        &["push.contiguous-versions"],
        "An op that fails uses up a version.",
    ),
    Mutant::new(
        "failures-last",
        Switch::FailuresLast,
        &["push.results-mirror-ops"],
        "Results of failed ops come after the others.",
    ),
    Mutant::new(
        "failures-without-result",
        Switch::FailuresWithoutResult,
        &["push.results-mirror-ops"],
        "Failed ops have no result.",
    ),
    Mutant::new(
        "one-result-per-op-id",
        Switch::OneResultPerOpId,
        &["push.results-mirror-ops", "op.duplicate-in-batch"],
        "A duplicate in a batch has no result of its own.",
    ),
    Mutant::new(
        "head-is-stale",
        Switch::HeadIsStale,
        &["push.reports-head"],
        "The answer tells the head as it was before the batch.",
    ),
    Mutant::new(
        "head-overstated",
        Switch::HeadOverstated,
        &["push.reports-head"],
        "The answer tells one more than the head.",
    ),
    Mutant::new("empty-batch-refused", Switch::EmptyBatchRefused, &["push.empty-batch"], "An empty batch gets 400."),
    Mutant::new(
        "large-batch-half-applied",
        Switch::LargeBatchHalfApplied,
        &["push.large-batch", "push.bad-batch-changes-nothing"],
        "Over 500 ops get 413, but the first 500 are applied.",
    ),
    Mutant::new(
        "bad-batch-applies-prefix",
        Switch::BadBatchAppliesPrefix,
        &["push.bad-batch-changes-nothing"],
        "A 400 for one op leaves the ops before it applied.",
    ),
    Mutant::new(
        "bad-op-drops-others",
        Switch::BadOpDropsOthers,
        &["push.bad-op-spares-others"],
        "One failing op fails the whole batch under 200.",
    ),
    Mutant::new(
        "required-unchecked",
        Switch::RequiredUnchecked,
        &["push.payload-schema"],
        "A payload may lack required fields.",
    ),
    Mutant::new(
        "types-unchecked",
        Switch::TypesUnchecked,
        &["push.payload-schema"],
        "Payload fields may be of any type.",
    ),
    Mutant::new(
        "pk-mismatch-accepted",
        Switch::PkMismatchAccepted,
        &["push.pk-matches-payload"],
        "The payload may name another record than the op.",
    ),
    Mutant::new(
        "non-object-accepted",
        Switch::NonObjectAccepted,
        &["push.payload-object"],
        "A put's payload may be anything.",
    ),
    Mutant::new(
        "unknown-table-accepted",
        Switch::UnknownTableAccepted,
        &["push.unknown-table"],
        "Any table name makes a table.",
    ),
    Mutant::new(
        "unknown-table-breaks",
        Switch::UnknownTableBreaks,
        &["push.unknown-table", "http.no-5xx"],
        "An unknown table gets 500.",
    ),
    Mutant::new(
        "notifications-read-only",
        Switch::NotificationsReadOnly,
        &["push.all-tables"],
        "Notifications cannot be pushed.",
    ),
    Mutant::new("op-id-unchecked", Switch::OpIdUnchecked, &["push.op-id-is-uuid"], "An opId may be any text."),
    Mutant::new("clock-unbounded", Switch::ClockUnbounded, &["push.clock-range"], "A clock may be over 2^53 − 1."),
    Mutant::new(
        "payload-unbounded",
        Switch::PayloadUnbounded,
        &["push.large-payload"],
        "A payload may be as large as the body.",
    ),
    Mutant::new(
        "payload-bound-tight",
        Switch::PayloadBoundTight,
        &["push.large-payload"],
        "A payload over 64 KiB is refused.",
    ),
    Mutant::new(
        "payload-names-workspace",
        Switch::PayloadNamesWorkspace,
        &["push.payload-stays-in-workspace"],
        "A payload's workspace_id sends the write to that workspace.",
    ),
    Mutant::new(
        "pk-case-folded",
        Switch::PkCaseFolded,
        &["push.text-exact"],
        "Records are keyed without regard to case.",
    ),
    Mutant::new("pk-trimmed", Switch::PkTrimmed, &["push.text-exact"], "Records are keyed without trailing blanks."),
    Mutant::new("pk-composed", Switch::PkComposed, &["push.text-exact"], "Records are keyed in NFC."),
    Mutant::new("pk-ends-at-nul", Switch::PkEndsAtNul, &["push.text-exact"], "A pk ends at its first NUL."),
    Mutant::new("nul-breaks", Switch::NulBreaks, &["push.text-exact", "http.no-5xx"], "A NUL in a pk gets 500."),
    Mutant::new(
        "delete-matches-pattern",
        Switch::DeleteMatchesPattern,
        &["push.text-exact"],
        "A delete takes its pk for a LIKE pattern.",
    ),
    Mutant::new(
        "blank-scope-is-active",
        Switch::BlankScopeIsActive,
        &["push.empty-workspace-id"],
        "A blank workspaceId stands for the active workspace.",
    ),
];
