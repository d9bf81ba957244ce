//! Private notifications.

use super::super::mutant::Mutant;
use super::super::switch::Switch;

const OWNER_ONLY: &[&str] = &["notification.owner-only"];
const NO_FORGING: &[&str] = &["notification.no-forging"];
const NO_HIJACK: &[&str] = &["notification.no-hijack"];
const REACHES_OWNER: &[&str] = &["notification.delete-reaches-owner"];

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::new(
        "notifications-pulled",
        Switch::NotificationsPulled,
        OWNER_ONLY,
        "A pull shows the notifications of every member.",
    ),
    Mutant::new(
        "notifications-pulled-with-filter",
        Switch::NotificationsPulledWithFilter,
        OWNER_ONLY,
        "A pull with a table filter shows the notifications of every member.",
    ),
    Mutant::new(
        "notification-deletes-pulled",
        Switch::NotificationDeletesPulled,
        OWNER_ONLY,
        "A pull shows the deletes of other members' notifications.",
    ),
    Mutant::new(
        "notification-deletes-hidden",
        Switch::NotificationDeletesHidden,
        REACHES_OWNER,
        "A delete has no payload that names somebody, so a pull shows it to nobody.",
    ),
    Mutant::new(
        "notifications-snapshotted",
        Switch::NotificationsSnapshotted,
        OWNER_ONLY,
        "A snapshot shows the notifications of every member.",
    ),
    Mutant::new(
        "notifications-snapshotted-with-filter",
        Switch::NotificationsSnapshottedWithFilter,
        OWNER_ONLY,
        "A snapshot with a table filter shows the notifications of every member.",
    ),
    Mutant::new(
        "notification-tombstones-snapshotted",
        Switch::NotificationTombstonesSnapshotted,
        OWNER_ONLY,
        "A snapshot shows the tombstones of other members' notifications.",
    ),
    Mutant::new(
        "own-tombstones-hidden",
        Switch::OwnTombstonesHidden,
        REACHES_OWNER,
        "A snapshot hides the tombstone of a notification from its owner, too.",
    ),
    Mutant::new(
        "token-shows-notifications",
        Switch::TokenShowsNotifications,
        OWNER_ONLY,
        "A member who goes on with another's page token sees what the other would.",
    ),
    Mutant::new(
        "hidden-counts-as-more",
        Switch::HiddenCountsAsMore,
        &["pull.has-more", "notification.owner-only"],
        "hasMore is true when only hidden changes follow.",
    ),
    Mutant::new(
        "hidden-fills-pages",
        Switch::HiddenFillsPages,
        &["pull.complete", "pull.next-cursor", "notification.owner-only"],
        "Hidden changes count against the limit, so that a page of them alone goes nowhere.",
    ),
    Mutant::new(
        "hidden-ends-the-pull",
        Switch::HiddenEndsThePull,
        &["pull.has-more", "pull.complete"],
        "A page that hidden changes have shortened says that there is no more.",
    ),
    Mutant::new(
        "notification-forged",
        Switch::NotificationForged,
        NO_FORGING,
        "A member may write a notification for another.",
    ),
    Mutant::new(
        "forgery-is-invalid",
        Switch::ForgeryIsInvalid,
        NO_FORGING,
        "A notification for another is refused, but not as UNAUTHORIZED.",
    ),
    Mutant::new(
        "owner-forges",
        Switch::OwnerForges,
        NO_FORGING,
        "The owner of the workspace may write notifications for other members.",
    ),
    Mutant::new(
        "notification-overwritten",
        Switch::NotificationOverwritten,
        NO_HIJACK,
        "A put under the key of another's notification overwrites it, if its clock is higher.",
    ),
    Mutant::new(
        "notification-deleted",
        Switch::NotificationDeleted,
        NO_HIJACK,
        "A delete under the key of another's notification deletes it, if its clock is higher.",
    ),
    Mutant::new(
        "notification-tombstone-overwritten",
        Switch::NotificationTombstoneOverwritten,
        NO_HIJACK,
        "A put under the key of another's deleted notification counts as the other's, and brings it back.",
    ),
    Mutant::new(
        "gone-notifications-pulled",
        Switch::GoneNotificationsPulled,
        OWNER_ONLY,
        "A pull shows the notifications of users who are members no longer to those who are.",
    ),
    Mutant::new(
        "gone-notification-overwritten",
        Switch::GoneNotificationOverwritten,
        NO_HIJACK,
        "A put under the key of a removed member's notification overwrites it.",
    ),
    Mutant::new(
        "hidden-ends-the-snapshot",
        Switch::HiddenEndsTheSnapshot,
        &["snapshot.complete"],
        "A page of a snapshot that hidden items have thinned is the last.",
    ),
    Mutant::new(
        "forged-id-kept",
        Switch::ForgedIdKept,
        &["pull.reads-own-writes"],
        "The id of a forged notification counts as known, so that the corrected one is told as done and dropped.",
    ),
    Mutant::new(
        "invalid-id-kept",
        Switch::InvalidIdKept,
        &["pull.reads-own-writes"],
        "The id of an op that was not valid counts as known, so that the corrected one is told as done and dropped.",
    ),
    Mutant::new(
        "hijack-id-kept",
        Switch::HijackIdKept,
        &["pull.reads-own-writes"],
        "The id of a write under another's key counts as known, so that the corrected one is told as done and dropped.",
    ),
    Mutant::new(
        "rival-shown",
        Switch::RivalShown,
        OWNER_ONLY,
        "Who writes under the key of another's notification is told what it says.",
    ),
];
