//! Other choices where the protocol leaves one.

use super::{Choice, Freedom, Variant};

pub(super) const VARIANTS: &[Variant] = &[
    Variant::new(
        "sync-in-active-only",
        Freedom::SyncInActiveOnly,
        "Sync is allowed in the session's active workspace only; elsewhere it gets 403.",
    ),
    Variant::new(
        "rehomes-to-oldest",
        Freedom::RehomesToOldest,
        "Who loses their place is put into the oldest of their workspaces.",
    )
    .one_of(Choice::Rehoming),
    Variant::new(
        "rehomes-anywhere",
        Freedom::RehomesAnywhere,
        "Who loses their place is put into any of their workspaces.",
    )
    .one_of(Choice::Rehoming),
    Variant::new("last-gone-fresh", Freedom::LastGoneFresh, "Who loses their last workspace gets a new one."),
    Variant::new("creation-activates", Freedom::CreationActivates, "A new workspace is active at once."),
    Variant::new("joining-activates", Freedom::JoiningActivates, "Who is added to a workspace stands in it at once."),
    Variant::new("batch-refused-whole", Freedom::BatchRefusedWhole, "A batch with an invalid op gets 400."),
    Variant::new("batch-of-100", Freedom::BatchOf100, "A batch of more than 100 ops gets 413.")
        .one_of(Choice::BatchLimit),
    Variant::new("batch-of-100-invalid", Freedom::BatchOf100Invalid, "A batch of more than 100 ops gets 400.")
        .one_of(Choice::BatchLimit),
    Variant::new("body-of-1-mib", Freedom::BodyOf1MiB, "A body of more than 1 MiB gets 413."),
    Variant::new(
        "oversized-with-413",
        Freedom::OversizedWith413,
        "A payload of more than 256 KiB fails the batch with 413.",
    )
    .one_of(Choice::Oversized),
    Variant::new(
        "oversized-invalid",
        Freedom::OversizedInvalid,
        "A payload of more than 256 KiB fails its op with VALIDATION_ERROR.",
    )
    .one_of(Choice::Oversized),
    Variant::new("nul-refused", Freedom::NulRefused, "A pk with NUL in it fails its op with VALIDATION_ERROR."),
    Variant::new("empty-pk-accepted", Freedom::EmptyPkAccepted, "The empty pk is a pk."),
    Variant::new(
        "conflicting-duplicates-refused",
        Freedom::ConflictingDuplicatesRefused,
        "Two different ops under one opId in a batch fail it with 400.",
    ),
    Variant::new(
        "filter-cursor-further",
        Freedom::FilterCursorFurther,
        "The nextCursor of a filtered pull is the last version looked at.",
    ),
    Variant::new("short-pulls", Freedom::ShortPulls, "A pull gives seven changes at most, however many are asked for."),
    Variant::new(
        "short-snapshot-pages",
        Freedom::ShortSnapshotPages,
        "A page of a snapshot holds seven items at most, however many are asked for.",
    ),
    Variant::new(
        "snapshot-in-utf16-order",
        Freedom::SnapshotInUtf16Order,
        "A snapshot is ordered by UTF-16 code units.",
    ),
];
