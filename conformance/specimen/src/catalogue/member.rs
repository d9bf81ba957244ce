//! Members: roles, and what a change of them does.

use super::super::mutant::Mutant;
use super::super::switch::Switch;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::new("editor-manages", Switch::EditorManages, &["member.owner-manages"], "An editor manages members."),
    Mutant::new(
        "removals-collide",
        Switch::RemovalsCollide,
        &["http.no-5xx"],
        "Of two removals of one member at one instant the second breaks.",
    ),
    Mutant::new(
        "members-cut-off",
        Switch::MembersCutOff,
        &["member.owner-manages"],
        "The list of members ends after twenty-five.",
    ),
    Mutant::new("viewer-pushes", Switch::ViewerPushes, &["member.roles"], "A viewer can push."),
    Mutant::new("editor-cannot-push", Switch::EditorCannotPush, &["member.roles"], "An editor cannot push."),
    Mutant::new("viewer-cannot-read", Switch::ViewerCannotRead, &["member.roles"], "A viewer cannot pull."),
    Mutant::new(
        "unknown-user-added",
        Switch::UnknownUserAdded,
        &["member.unknown-user"],
        "Adding an unknown user succeeds and does nothing.",
    ),
    Mutant::new(
        "unknown-role-is-viewer",
        Switch::UnknownRoleIsViewer,
        &["member.unknown-user"],
        "An unknown role is taken for viewer.",
    ),
    Mutant::new(
        "adding-twice-breaks",
        Switch::AddingTwiceBreaks,
        &["member.add-twice"],
        "Adding a member again gets 500.",
    ),
    Mutant::new(
        "last-owner-removed",
        Switch::LastOwnerRemoved,
        &["member.last-owner"],
        "The last owner can be removed.",
    ),
    Mutant::new(
        "last-owner-demoted",
        Switch::LastOwnerDemoted,
        &["member.last-owner"],
        "The last owner can be demoted.",
    ),
    Mutant::new(
        "removed-stays-put",
        Switch::RemovedStaysPut,
        &["member.removed-at-once"],
        "A removed member's session stays in the workspace.",
    ),
    Mutant::new(
        "removed-still-reads",
        Switch::RemovedStillReads,
        &["member.removed-at-once"],
        "A removed member can still pull.",
    ),
    Mutant::new(
        "removing-a-stranger-breaks",
        Switch::RemovingAStrangerBreaks,
        &["http.no-5xx"],
        "Removing somebody who is no member gets 500.",
    ),
    Mutant::new(
        "role-cached",
        Switch::RoleCached,
        &["member.role-change-at-once", "member.removed-at-once", "workspace.delete-closes-sync"],
        "Roles are cached for a second on the sync endpoints.",
    ),
    Mutant::new(
        "role-change-lost",
        Switch::RoleChangeLost,
        &["member.owner-manages", "member.role-change-at-once"],
        "A change of role succeeds and changes nothing.",
    ),
    Mutant::new(
        "members-open-to-all",
        Switch::MembersOpenToAll,
        &["member.owner-manages"],
        "Anybody can list the members of a workspace.",
    ),
    Mutant::new(
        "changing-adds",
        Switch::ChangingAdds,
        &["member.owner-manages"],
        "To change the role of who is no member makes one of them.",
    ),
    Mutant::new(
        "removal-moves-who-stood-elsewhere",
        Switch::RemovalMovesAll,
        &["member.removed-at-once"],
        "A removed member is put elsewhere, wherever they stood.",
    ),
    Mutant::new(
        "members-per-device",
        Switch::MembersPerDevice,
        &["member.owner-manages", "member.add-twice"],
        "A member with several devices is listed once for each.",
    ),
    Mutant::new("viewer-replays", Switch::ViewerReplays, &["member.roles"], "A viewer may push ops that are known."),
];
