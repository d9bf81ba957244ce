//! Idempotency: op ids that come again.

use super::super::mutant::Mutant;
use super::super::switch::Switch;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::new(
        "duplicate-op-id-aborts-batch",
        Switch::DuplicateOpIdAborts,
        &["op.duplicate-in-batch", "op.duplicate-conflicting"],
        "One opId twice in a batch fails it with 500, and nothing is applied.",
    )
    .finding(6),
    Mutant::new(
        "duplicate-is-new",
        Switch::DuplicateIsNew,
        &["op.duplicate-in-batch"],
        "An op twice in one batch takes two versions.",
    ),
    Mutant::new(
        "last-duplicate-wins",
        Switch::LastDuplicateWins,
        &["op.duplicate-conflicting"],
        "Of two ops under one opId the last is applied; the first is told success under a version of its own.",
    ),
    Mutant::new("replay-is-new", Switch::ReplayIsNew, &["op.replay-same-version"], "A replay takes a new version."),
    Mutant::new(
        "replay-refused",
        Switch::ReplayRefused,
        &["op.replay-same-version", "op.duplicate-in-batch"],
        "A replay is refused as a conflict.",
    ),
    Mutant::new(
        "replay-per-user",
        Switch::ReplayPerUser,
        &["op.replay-across-devices"],
        "A replay by another member counts as a new op.",
    ),
    Mutant::new(
        "replay-compares-envelope",
        Switch::ReplayComparesEnvelope,
        &["op.replay-across-devices"],
        "A replay with another attempts count is refused as a conflict.",
    ),
    Mutant::new(
        "replay-ignores-payload",
        Switch::ReplayIgnoresPayload,
        &["op.reuse-conflicting-told", "op.duplicate-conflicting"],
        "A known opId with another payload is told that it succeeded.",
    ),
    Mutant::new(
        "reuse-untold",
        Switch::ReuseUntold,
        &["op.reuse-conflicting-told"],
        "A known opId with other content is told that it succeeded.",
    ),
    Mutant::new(
        "reuse-overwrites",
        Switch::ReuseOverwrites,
        &["op.reuse-conflicting"],
        "A known opId with other content is applied as a new op.",
    ),
    Mutant::new(
        "op-id-global",
        Switch::OpIdGlobal,
        &["op.id-scoped-to-workspace"],
        "An opId that another workspace knows vanishes under success.",
    ),
    Mutant::new(
        "concurrent-replays-race",
        Switch::ReplaysRace,
        &["op.concurrent-replays"],
        "Op ids are looked up before the write, so that concurrent replays are applied more than once.",
    ),
    Mutant::new(
        "queue-ids-count",
        Switch::QueueIdsCount,
        &["push.contiguous-versions", "push.results-mirror-ops"],
        "Of the ops of a batch that share the id of the client's queue only the first is looked at.",
    ),
    Mutant::new(
        "old-replays-forgotten",
        Switch::OldReplaysForgotten,
        &["op.replay-same-version"],
        "Only the ids of the last thousand ops are remembered.",
    ),
    Mutant::new(
        "replays-forgotten",
        Switch::ReplaysForgotten,
        &["op.replay-same-version", "op.replay-across-devices", "op.replay-mixed-batch"],
        "Only the ids of the three latest ops are remembered.",
    ),
    Mutant::new(
        "replays-by-batch",
        Switch::ReplaysByBatch,
        &["op.replay-mixed-batch"],
        "Replays are known by the batch: one with a new op in it is all new.",
    ),
];
