//! Workspaces: making, listing, activating and deleting them.

use super::super::mutant::Mutant;
use super::super::switch::Switch;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::new(
        "renames-by-name",
        Switch::RenamesByName,
        &["workspace.rename"],
        "Renaming a workspace renames the others of that name, too.",
    ),
    Mutant::new(
        "rehome-actor-only",
        Switch::RehomesActorOnly,
        &["workspace.delete-rehomes-all"],
        "A deletion re-homes only the user who deletes.",
    )
    .finding(4),
    Mutant::new(
        "rehome-others-only",
        Switch::RehomesOthersOnly,
        &["workspace.delete-rehomes-actor"],
        "A deletion re-homes everyone but the user who deletes.",
    ),
    Mutant::new(
        "rehome-everybody",
        Switch::RehomesEverybody,
        &["workspace.delete-leaves-others"],
        "A deletion re-homes members who stood elsewhere, too.",
    ),
    Mutant::new(
        "rehome-into-deleted",
        Switch::RehomesIntoDeleted,
        &["workspace.delete-rehomes-actor", "workspace.delete-rehomes-all"],
        "Re-homing picks the newest workspace even if it is deleted.",
    ),
    Mutant::new(
        "last-workspace-stays-active",
        Switch::LastWorkspaceStaysActive,
        &["workspace.delete-last"],
        "A user who deletes their last workspace stays in it.",
    ),
    Mutant::new(
        "activate-membership-only",
        Switch::ActivationAsksMembershipOnly,
        &["workspace.activate-deleted"],
        "Activation checks the membership, which outlives the workspace.",
    )
    .finding(5),
    Mutant::new(
        "owner-activates-deleted",
        Switch::OwnerActivatesDeleted,
        &["workspace.activate-deleted"],
        "An owner can activate a deleted workspace, other members cannot.",
    ),
    Mutant::new(
        "stranger-activates",
        Switch::StrangerActivates,
        &["workspace.activate-stranger"],
        "Activation asks for no membership.",
    ),
    Mutant::new(
        "unknown-activates",
        Switch::UnknownActivates,
        &["workspace.unknown-id"],
        "Activating an unknown id succeeds and does nothing.",
    ),
    Mutant::new(
        "activation-races-deletion",
        Switch::ActivationRaces,
        &["workspace.delete-atomic"],
        "Activation checks first and writes later: a deletion in between goes unseen.",
    ),
    Mutant::new(
        "deletion-leaves-open",
        Switch::DeletionLeavesOpen,
        &["workspace.delete-closes-sync"],
        "A deleted workspace leaves the list, but its members can still sync it.",
    ),
    Mutant::new(
        "second-deletion-breaks",
        Switch::SecondDeletionBreaks,
        &["workspace.delete-twice", "http.no-5xx"],
        "Deleting a deleted workspace gets 500.",
    ),
    Mutant::new(
        "editor-deletes",
        Switch::EditorDeletes,
        &["workspace.delete-owner-only"],
        "An editor can delete the workspace.",
    ),
    Mutant::new("viewer-renames", Switch::ViewerRenames, &["workspace.rename"], "A viewer can rename."),
    Mutant::new("editor-cannot-rename", Switch::EditorCannotRename, &["workspace.rename"], "An editor cannot rename."),
    Mutant::new(
        "existence-leaks",
        Switch::ExistenceLeaks,
        &["workspace.stranger"],
        "Renaming answers 403 for a foreign workspace and 404 for an unknown one.",
    ),
    Mutant::new("list-oldest-first", Switch::ListOldestFirst, &["workspace.list-order"], "The list is oldest first."),
    Mutant::new("list-by-name", Switch::ListByName, &["workspace.list-order"], "The list is ordered by name."),
    Mutant::new("list-repeats", Switch::ListRepeats, &["workspace.list-order"], "The list shows one workspace twice."),
    Mutant::new(
        "list-holds-deleted",
        Switch::ListHoldsDeleted,
        &["workspace.list-order", "workspace.delete-rehomes-all"],
        "The list shows deleted workspaces.",
    ),
    Mutant::new(
        "list-owned-only",
        Switch::ListOwnedOnly,
        &["workspace.list-order"],
        "The list shows only workspaces that the user owns.",
    ),
    Mutant::new(
        "list-first-is-active",
        Switch::ListFirstIsActive,
        &["workspace.list-active"],
        "The list marks its first entry as active, wherever the session stands.",
    ),
    Mutant::new(
        "creations-collide",
        Switch::CreationsCollide,
        &["workspace.create-concurrently"],
        "A creation fails with 500 while the same user has another under way.",
    ),
    Mutant::new(
        "names-unique",
        Switch::NamesUnique,
        &["workspace.names-may-repeat"],
        "A name can be used once a user.",
    ),
    Mutant::new(
        "name-untrimmed",
        Switch::NameUntrimmed,
        &["workspace.name-rules"],
        "Names keep the blanks at their ends.",
    ),
    Mutant::new("name-may-be-blank", Switch::NameMayBeBlank, &["workspace.name-rules"], "A blank name is accepted."),
    Mutant::new(
        "name-may-be-long",
        Switch::NameMayBeLong,
        &["workspace.name-rules"],
        "A name over 100 characters is accepted.",
    ),
    Mutant::new(
        "description-may-be-long",
        Switch::DescriptionMayBeLong,
        &["workspace.name-rules"],
        "A description over 1000 characters is accepted.",
    ),
    Mutant::new(
        "sequential-ids",
        Switch::SequentialIds,
        &["workspace.ids-unguessable"],
        "Workspace ids are counted up.",
    ),
    Mutant::new(
        "creator-is-editor",
        Switch::CreatorIsEditor,
        &["workspace.create-makes-owner"],
        "Who creates a workspace is its editor.",
    ),
    Mutant::new(
        "creation-takes-id",
        Switch::CreationTakesId,
        &["workspace.create-makes-owner"],
        "A creation takes the id that the body gives.",
    ),
    Mutant::new(
        "name-escaped",
        Switch::NameEscaped,
        &["http.hostile-keys", "workspace.name-rules"],
        "Names are stored with their markup escaped.",
    ),
    Mutant::new(
        "stranger-deletes",
        Switch::StrangerDeletes,
        &["workspace.delete-owner-only"],
        "Who is no member can delete a workspace.",
    ),
    Mutant::new(
        "homeless-member-breaks",
        Switch::HomelessMemberBreaks,
        &["workspace.delete-last"],
        "A member whose last workspace another one deletes gets 500 for a session.",
    ),
    Mutant::new(
        "rehoming-races",
        Switch::RehomingRaces,
        &["workspace.delete-atomic"],
        "The next home is looked up before the deletion, and may be deleted meanwhile.",
    ),
    Mutant::new(
        "activation-fades",
        Switch::ActivationFades,
        &["workspace.activate-switches-session", "session.stable"],
        "Three seconds after an activation the session is back in the oldest workspace.",
    ),
];
