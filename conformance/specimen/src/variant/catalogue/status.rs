//! Other status codes for the same refusal or success.

use super::{Choice, Freedom, Variant};

pub(super) const VARIANTS: &[Variant] = &[
    Variant::new(
        "forbidden-out-of-sight",
        Freedom::ForbiddenOutOfSight,
        "What one may not see (unknown, foreign, deleted) gets 403 instead of 404.",
    ),
    Variant::new(
        "not-found-for-roles",
        Freedom::NotFoundForRoles,
        "A role that does not suffice to manage or rename gets 404 instead of 403.",
    ),
    Variant::new("created-with-200", Freedom::CreatedWith200, "Creating a workspace answers 200 instead of 201."),
    Variant::new("last-owner-forbidden", Freedom::LastOwnerForbidden, "Removing or demoting the last owner gets 403.")
        .one_of(Choice::LastOwner),
    Variant::new("last-owner-invalid", Freedom::LastOwnerInvalid, "Removing or demoting the last owner gets 400.")
        .one_of(Choice::LastOwner),
    Variant::new(
        "adding-again-conflicts",
        Freedom::AddingAgainConflicts,
        "Adding a member again gets 409, in the same role too.",
    )
    .one_of(Choice::AddingAgain),
    Variant::new(
        "adding-again-succeeds",
        Freedom::AddingAgainSucceeds,
        "Adding a member again succeeds and leaves their role.",
    )
    .one_of(Choice::AddingAgain),
    Variant::new("unknown-user-invalid", Freedom::UnknownUserInvalid, "Adding an unknown user gets 400."),
    Variant::new("blank-scope-forbidden", Freedom::BlankScopeForbidden, "A blank workspaceId gets 403."),
    Variant::new(
        "second-deletion-succeeds",
        Freedom::SecondDeletionSucceeds,
        "Deleting a deleted workspace succeeds again.",
    )
    .one_of(Choice::SecondDeletion),
    Variant::new("second-deletion-gone", Freedom::SecondDeletionGone, "Deleting a deleted workspace gets 410.")
        .one_of(Choice::SecondDeletion),
    Variant::new(
        "deleted-is-gone",
        Freedom::DeletedIsGone,
        "Sync in a deleted workspace and its activation get 410 for who was a member.",
    ),
    Variant::new(
        "deleted-conflicts",
        Freedom::DeletedConflicts,
        "Activating a deleted workspace gets 409 for who was a member.",
    ),
    Variant::new("bad-token-gone", Freedom::BadTokenGone, "A garbled page token gets 410."),
    Variant::new(
        "foreign-token-forbidden",
        Freedom::ForeignTokenForbidden,
        "A page token of another workspace gets 403.",
    )
    .one_of(Choice::ForeignToken),
    Variant::new(
        "foreign-token-not-found",
        Freedom::ForeignTokenNotFound,
        "A page token of another workspace gets 404.",
    )
    .one_of(Choice::ForeignToken),
    Variant::new(
        "shape-before-credential",
        Freedom::ShapeBeforeCredential,
        "A malformed body gets 400 before anybody asks for the credential.",
    ),
    Variant::new(
        "cursor-regress-conflicts",
        Freedom::CursorRegressConflicts,
        "An older cursor gets 409 instead of being ignored.",
    ),
    Variant::new(
        "cursor-of-another-forbidden",
        Freedom::CursorOfAnotherForbidden,
        "A device id that another member has a cursor under gets 403 instead of a cursor of one's own.",
    ),
    Variant::new(
        "cursor-beyond-head-refused",
        Freedom::CursorBeyondHeadRefused,
        "A cursor beyond the head gets 400 instead of being taken as the head.",
    ),
    Variant::new(
        "pull-beyond-head-refused",
        Freedom::PullBeyondHeadRefused,
        "A pull from beyond the head gets 400 instead of an empty page.",
    ),
    Variant::new(
        "unknown-filter-refused",
        Freedom::UnknownFilterRefused,
        "An unknown table in the filter of a pull gets 400.",
    ),
    Variant::new("gc-without-content", Freedom::GcWithoutContent, "A collection answers 204."),
];
