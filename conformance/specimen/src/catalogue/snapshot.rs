//! Snapshots.

use super::super::mutant::Mutant;
use super::super::switch::Switch;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::new("pages-are-live", Switch::PagesAreLive, &["snapshot.consistent"], "Every page shows its own moment."),
    Mutant::new(
        "pages-overlap",
        Switch::PagesOverlap,
        &["snapshot.order", "snapshot.complete"],
        "A page begins with the last item of the page before.",
    ),
    Mutant::new("pages-skip", Switch::PagesSkip, &["snapshot.complete"], "An item between two pages is left out."),
    Mutant::new(
        "token-outlives-access",
        Switch::TokenOutlivesAccess,
        &["member.removed-at-once", "workspace.delete-closes-sync"],
        "Who has a page token is not asked whether they may still read.",
    ),
    Mutant::new(
        "token-stays-with-server",
        Switch::TokenStaysWithServer,
        &["snapshot.complete"],
        "The server keeps how far a snapshot has been given, so a token that is used again gives the page after.",
    ),
    Mutant::new(
        "token-counts-pages",
        Switch::TokenCountsPages,
        &["snapshot.complete"],
        "A token is the number of a page, which with another pageSize begins elsewhere.",
    ),
    Mutant::new(
        "token-keeps-size",
        Switch::TokenKeepsSize,
        &["snapshot.order"],
        "Every page has the size of the first, whatever is asked for.",
    ),
    Mutant::new(
        "filter-names-twice",
        Switch::FilterNamesTwice,
        &["snapshot.tables-filter", "snapshot.order"],
        "A filter is one query for each name, one after the other.",
    ),
    Mutant::new(
        "page-one-too-long",
        Switch::PageOneTooLong,
        &["snapshot.order"],
        "A page holds one item more than pageSize.",
    ),
    Mutant::new(
        "snapshot-in-arrival-order",
        Switch::SnapshotInArrivalOrder,
        &["snapshot.order"],
        "Items are ordered by version.",
    ),
    Mutant::new(
        "snapshot-by-pk-only",
        Switch::SnapshotByPkOnly,
        &["snapshot.order"],
        "Items are ordered by pk, whatever their table.",
    ),
    Mutant::new(
        "snapshot-omits-tombstones",
        Switch::SnapshotOmitsTombstones,
        &["snapshot.complete"],
        "A snapshot has no tombstones.",
    ),
    Mutant::new(
        "snapshot-unknown-table",
        Switch::SnapshotUnknownTable,
        &["snapshot.tables-filter"],
        "An unknown table in the filter is accepted.",
    ),
    Mutant::new(
        "filter-lost-on-later-pages",
        Switch::FilterLostOnLaterPages,
        &["snapshot.tables-filter"],
        "The filter counts on the first page only.",
    ),
    Mutant::new(
        "filter-may-change",
        Switch::FilterMayChange,
        &["snapshot.bad-token"],
        "A page token is accepted with another filter.",
    ),
    Mutant::new(
        "garbled-token-starts-over",
        Switch::GarbledTokenStartsOver,
        &["snapshot.bad-token"],
        "A garbled page token starts a new snapshot.",
    ),
    Mutant::new(
        "watermark-too-high",
        Switch::WatermarkTooHigh,
        &["snapshot.then-pull"],
        "highWatermark is one over the head, so that a change is skipped.",
    ),
    Mutant::new(
        "watermark-too-low",
        Switch::WatermarkTooLow,
        &["snapshot.complete"],
        "highWatermark is one under what the items show.",
    ),
    Mutant::new(
        "empty-snapshot-not-found",
        Switch::EmptySnapshotNotFound,
        &["snapshot.complete"],
        "A snapshot of an empty workspace gets 404.",
    ),
    Mutant::new(
        "page-size-unchecked",
        Switch::PageSizeUnchecked,
        &["http.wrong-shape", "snapshot.order"],
        "A page size that is out of range counts as 100.",
    ),
];
