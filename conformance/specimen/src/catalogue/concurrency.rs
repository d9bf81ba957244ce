//! Concurrency: what goes wrong between a look and a write.

use super::super::mutant::Mutant;
use super::super::switch::Switch;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::new(
        "head-read-early",
        Switch::HeadReadEarly,
        &["concurrent.versions-unique"],
        "The head is read before the write, so that concurrent pushes share versions.",
    ),
    Mutant::new(
        "commits-out-of-order",
        Switch::CommitsOutOfOrder,
        &["pull.no-skip-under-writes"],
        "Versions are given before the write, so that a reader can pass one that is still to come.",
    ),
    Mutant::new(
        "batches-interleave",
        Switch::BatchesInterleave,
        &["concurrent.batches-atomic"],
        "Every op of a batch is written by itself, so that concurrent batches mix.",
    ),
    Mutant::new(
        "long-batches-interleave",
        Switch::LongBatchesInterleave,
        &["concurrent.batches-atomic"],
        "A batch is written in steps of fifty ops, and others come in between.",
    ),
    Mutant::new(
        "versions-in-blocks",
        Switch::VersionsInBlocks,
        &["concurrent.versions-in-order", "concurrent.versions-unique"],
        "Every writer has a block of a thousand versions.",
    ),
    Mutant::new(
        "tenants-block-each-other",
        Switch::TenantsBlock,
        &["concurrent.workspaces-independent"],
        "A push fails while another workspace has one under way.",
    ),
];
