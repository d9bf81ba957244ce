//! One place of many: values deep inside, one text, one endpoint, one kind of caller.

use super::super::mutant::Mutant;
use super::super::switch::Switch;

const ROUND_TRIP: &[&str] = &["push.payload-round-trips"];
const HOSTILE: &[&str] = &["http.hostile-keys"];
const SHAPE: &[&str] = &["http.wrong-shape"];
const STRANGER: &[&str] = &["workspace.stranger"];

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::new(
        "nested-numbers-through-f32",
        Switch::NestedNumbersThroughF32,
        ROUND_TRIP,
        "Doubles within arrays go through single precision.",
    ),
    Mutant::new("empty-keys-dropped", Switch::EmptyKeysDropped, ROUND_TRIP, "Fields with an empty name disappear."),
    Mutant::new("subnormals-flushed", Switch::SubnormalsFlushed, ROUND_TRIP, "Subnormal doubles become zero."),
    Mutant::new(
        "deep-values-cut",
        Switch::DeepValuesCut,
        ROUND_TRIP,
        "What is nested more than six deep becomes null.",
    ),
    Mutant::new("long-text-cut", Switch::LongTextCut, ROUND_TRIP, "Text ends after 4096 characters."),
    Mutant::new("escapes-undone", Switch::EscapesUndone, ROUND_TRIP, "A backslash and an n become a line end."),
    Mutant::new(
        "nested-keys-camelled",
        Switch::NestedKeysCamelled,
        ROUND_TRIP,
        "Names with underscores within objects are put in camel case.",
    ),
    Mutant::new("long-keys-cut", Switch::LongKeysCut, ROUND_TRIP, "The names of fields end after 63 characters."),
    Mutant::new(
        "own-workspace-id-dropped",
        Switch::OwnWorkspaceIdDropped,
        ROUND_TRIP,
        "A payload's workspace_id disappears.",
    ),
    Mutant::new("titles-cut", Switch::TitlesCut, ROUND_TRIP, "Titles and names end after 255 characters."),
    Mutant::new("sizes-in-32-bits", Switch::SizesIn32Bits, ROUND_TRIP, "A size is at most 2^31 − 1."),
    Mutant::new("times-truncated", Switch::TimesTruncated, ROUND_TRIP, "The times of a record lose their fraction."),
    Mutant::new("hashes-lowered", Switch::HashesLowered, ROUND_TRIP, "The hash of a file is put in lower case."),
    Mutant::new(
        "words-lowered",
        Switch::WordsLowered,
        ROUND_TRIP,
        "Statuses, roles, kinds and types are put in lower case.",
    ),
    Mutant::new(
        "iso-times-rewritten",
        Switch::IsoTimesRewritten,
        ROUND_TRIP,
        "A text that is a time ending in Z ends in +00:00 afterwards.",
    ),
    Mutant::new("self-key-breaks", Switch::SelfKeyBreaks, ROUND_TRIP, "A payload field that is called self gets 500."),
    Mutant::new(
        "first-op-checked",
        Switch::FirstOpChecked,
        &["push.payload-schema"],
        "Only the first op of a batch is checked against its table.",
    ),
    Mutant::new("nul-in-hlc-breaks", Switch::NulInHlcBreaks, HOSTILE, "NUL in an hlc gets 500."),
    Mutant::new(
        "long-device-breaks",
        Switch::LongDeviceBreaks,
        HOSTILE,
        "A device id over 64 characters in a stamp gets 500.",
    ),
    Mutant::new("hostile-name-breaks", Switch::HostileNameBreaks, HOSTILE, "A quote in a description gets 500."),
    Mutant::new("hostile-filter-breaks", Switch::HostileFilterBreaks, HOSTILE, "A quote in a table filter gets 500."),
    Mutant::new("hostile-role-is-viewer", Switch::HostileRoleIsViewer, HOSTILE, "Any text is taken for a role."),
    Mutant::new("half-pair-breaks", Switch::HalfPairBreaks, HOSTILE, "Half of a surrogate pair, escaped, gets 500."),
    Mutant::new(
        "stranger-moves-cursor",
        Switch::StrangerMovesCursor,
        &["isolation.scope-checked"],
        "A cursor can be moved in anybody's workspace.",
    ),
    Mutant::new(
        "stranger-snapshots",
        Switch::StrangerSnapshots,
        &["isolation.scope-checked"],
        "A stranger gets an empty snapshot of any workspace, with its head.",
    ),
    Mutant::new(
        "stranger-lists-members",
        Switch::StrangerListsMembers,
        &["member.owner-manages", "workspace.stranger"],
        "A stranger gets an empty list of members.",
    ),
    Mutant::new(
        "editor-gets-no-snapshot",
        Switch::EditorListsNoSnapshot,
        &["member.roles"],
        "An editor gets no snapshot.",
    ),
    Mutant::new(
        "viewer-moves-no-cursor",
        Switch::ViewerMovesNoCursor,
        &["member.roles"],
        "A viewer cannot move a cursor.",
    ),
    Mutant::new(
        "co-owners-cannot-add",
        Switch::CoOwnersCannotAdd,
        &["member.owner-manages"],
        "Where there are two owners, neither can add members.",
    ),
    Mutant::new(
        "anonymous-not-found",
        Switch::AnonymousNotFound,
        &["session.anonymous"],
        "Moving a cursor without a credential gets 404.",
    ),
    Mutant::new(
        "removed-activates",
        Switch::RemovedActivates,
        &["member.removed-at-once", "workspace.activate-stranger"],
        "A removed member can activate the workspace.",
    ),
    Mutant::new(
        "member-existence-leaks",
        Switch::MemberExistenceLeaks,
        STRANGER,
        "A stranger gets 403 for the members of an existing workspace and 404 for others.",
    ),
    Mutant::new(
        "cursor-existence-leaks",
        Switch::CursorExistenceLeaks,
        STRANGER,
        "A stranger gets 400 for a cursor beyond the head of an existing workspace.",
    ),
    Mutant::new(
        "existence-in-words",
        Switch::ExistenceInWords,
        STRANGER,
        "The words of a refusal tell that a workspace exists.",
    ),
    Mutant::new(
        "deleted-is-gone",
        Switch::DeletedIsGone,
        STRANGER,
        "A stranger gets 410 for a deleted workspace and 404 for others.",
    ),
    Mutant::new(
        "ids-by-prefix",
        Switch::IdsByPrefix,
        &["workspace.unknown-id"],
        "An id in a path is compared in its first 35 characters.",
    ),
    Mutant::new("number-text-taken", Switch::NumberTextTaken, SHAPE, "A number may come as text."),
    Mutant::new(
        "optional-fields-unchecked",
        Switch::OptionalFieldsUnchecked,
        SHAPE,
        "Optional fields of a wrong type are ignored.",
    ),
    Mutant::new("filter-of-one-taken", Switch::FilterOfOneTaken, SHAPE, "A table filter may be one text."),
    Mutant::new(
        "watermark-read-early",
        Switch::WatermarkReadEarly,
        &["snapshot.consistent", "snapshot.complete"],
        "The watermark is read a moment before the records.",
    ),
];
