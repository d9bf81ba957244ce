//! Pull and cursors.

use super::super::mutant::Mutant;
use super::super::switch::Switch;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::new(
        "cursor-inclusive",
        Switch::CursorInclusive,
        &["pull.after-cursor", "pull.complete"],
        "A pull gives the change at the cursor again.",
    ),
    Mutant::new(
        "limit-one-more",
        Switch::LimitOneMore,
        &["pull.after-cursor"],
        "A page holds one more than the limit.",
    ),
    Mutant::new("limit-unchecked", Switch::LimitUnchecked, &["pull.limit-range"], "A limit over 1000 is accepted."),
    Mutant::new("pull-descends", Switch::PullDescends, &["pull.after-cursor"], "A page is newest first."),
    Mutant::new(
        "has-more-when-full",
        Switch::HasMoreWhenFull,
        &["pull.has-more"],
        "A full page says that there is more, even if it is the last.",
    ),
    Mutant::new(
        "has-more-forgotten",
        Switch::HasMoreForgotten,
        &["pull.has-more", "pull.complete"],
        "Pages under 100 changes always say that there is no more.",
    ),
    Mutant::new(
        "filter-cursor-is-head",
        Switch::FilterCursorIsHead,
        &["pull.next-cursor", "pull.tables-filter"],
        "A filtered page sets nextCursor to the head, past matches that it did not give.",
    ),
    Mutant::new(
        "next-cursor-is-head",
        Switch::NextCursorIsHead,
        &["pull.next-cursor", "pull.complete"],
        "A page sets nextCursor to the head.",
    ),
    Mutant::new(
        "next-cursor-one-past",
        Switch::NextCursorOnePast,
        &["pull.next-cursor", "pull.complete"],
        "A page that is not the last sets nextCursor one too far.",
    ),
    Mutant::new(
        "empty-page-resets",
        Switch::EmptyPageResets,
        &["pull.next-cursor"],
        "An empty page sets nextCursor to 0.",
    ),
    Mutant::new("filter-ignored", Switch::FilterIgnored, &["pull.tables-filter"], "The table filter is ignored."),
    Mutant::new(
        "mixed-filter-is-all",
        Switch::MixedFilterIsAll,
        &["pull.tables-filter"],
        "A filter with an unknown name in it shows everything.",
    ),
    Mutant::new(
        "filter-unknown-is-all",
        Switch::FilterUnknownIsAll,
        &["pull.tables-filter"],
        "A filter of unknown names only shows everything.",
    ),
    Mutant::new(
        "beyond-head-starts-over",
        Switch::BeyondHeadStartsOver,
        &["pull.beyond-head"],
        "A cursor beyond the head starts from the beginning.",
    ),
    Mutant::new(
        "beyond-head-breaks",
        Switch::BeyondHeadBreaks,
        &["pull.beyond-head", "http.no-5xx"],
        "A cursor beyond the head gets 500.",
    ),
    Mutant::new("deletes-not-pulled", Switch::DeletesNotPulled, &["pull.complete"], "A pull leaves out the deletes."),
    Mutant::new(
        "pull-compacts",
        Switch::PullCompacts,
        &["pull.complete"],
        "A pull leaves out what a later change of the page overwrites.",
    ),
    Mutant::new(
        "stamp-rewritten",
        Switch::StampRewritten,
        &["pull.echoes-stamp"],
        "A change's stamp names the server as its device.",
    ),
    Mutant::new(
        "hlc-rewritten",
        Switch::HlcRewritten,
        &["pull.echoes-stamp"],
        "A change's hlc comes back in lower case.",
    ),
    Mutant::new(
        "replica-lags",
        Switch::ReplicaLags,
        &["pull.reads-own-writes"],
        "A pull reads from a replica that is 300 ms behind.",
    ),
    Mutant::new(
        "cursor-regress-breaks",
        Switch::CursorRegressBreaks,
        &["cursor.forward-only", "http.no-5xx"],
        "An older cursor gets 500.",
    ),
    Mutant::new(
        "cursor-beyond-head-breaks",
        Switch::CursorBeyondHeadBreaks,
        &["cursor.beyond-head", "http.no-5xx"],
        "A cursor beyond the head gets 500.",
    ),
    Mutant::new(
        "device-id-unchecked",
        Switch::DeviceIdUnchecked,
        &["cursor.device-id"],
        "A device id may be blank or of any length.",
    ),
    Mutant::new(
        "empty-log-not-found",
        Switch::EmptyLogNotFound,
        &["pull.beyond-head", "pull.next-cursor", "pull.has-more", "pull.after-cursor"],
        "A pull from an empty log gets 404.",
    ),
    Mutant::new(
        "cursor-unchecked",
        Switch::CursorUnchecked,
        &["http.wrong-shape"],
        "A cursor that is no number from 0 on counts as 0.",
    ),
    Mutant::new(
        "pull-once-only",
        Switch::PullOnceOnly,
        &["pull.after-cursor", "pull.complete"],
        "What a user has pulled is not given again.",
    ),
    Mutant::new(
        "cursor-set-once",
        Switch::CursorSetOnce,
        &["cursor.forward-only"],
        "The second update of a device gets 409.",
    ),
    Mutant::new(
        "cursor-version-unchecked",
        Switch::CursorVersionUnchecked,
        &["http.wrong-shape"],
        "A version that is no number from 0 on counts as 0.",
    ),
    Mutant::new(
        "device-of-another-breaks",
        Switch::DeviceOfAnotherBreaks,
        &["cursor.device-owner", "http.no-5xx"],
        "A device id that another user has gets 500.",
    ),
    Mutant::new(
        "cursor-takes-version",
        Switch::CursorTakesVersion,
        &["cursor.forward-only"],
        "An update of a cursor takes a version of the log.",
    ),
];
