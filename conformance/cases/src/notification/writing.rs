//! Private notifications: who writes them, and that nobody changes those of another user.

use crate::notification::reading::{OWNER_ONLY, SharedWorkspace, TABLE};
use crate::prelude::*;

const FORGING: &str = "notification.no-forging";
const UNKNOWN_TABLE: &str = "push.unknown-table";
const SCHEMA: &str = "push.payload-schema";
pub(crate) const HIJACK: &str = "notification.no-hijack";
const REACHES: &str = "notification.delete-reaches-owner";
/// The key that others write to, and the content of the notification there.
const PK: &str = "theirs";
const SECRET: &str = "for these eyes only";
const MAX_CLOCK: u64 = 9_007_199_254_740_991;

cases! {
    /// Puts and deletes that name nobody whom the server knows are refused as UNAUTHORIZED, and leave nothing.
    "notification/for-somebody-unknown" checks [FORGING] needs [PrivateNotifications] by for_somebody_unknown;
    /// Members, the owner among them, write for each other, alone and in batches: UNAUTHORIZED, and nothing is left.
    "notification/for-another-member"
        checks [FORGING, "push.bad-op-spares-others"] needs [PrivateNotifications, Invite] by for_another_member;
    /// A notification for somebody else beside an op that is invalid for another reason, in both orders: each is told its own.
    "notification/refused-beside-other-refusals"
        checks [FORGING, UNKNOWN_TABLE, SCHEMA] needs [PrivateNotifications] by beside_other_refusals;
    /// Puts under the key of another's notification, live or deleted, at clocks up to the highest: it stays as it is.
    "notification/overwritten-by-another" checks [HIJACK, OWNER_ONLY] needs [PrivateNotifications, Invite] by overwrite_of_other(puts);
    /// Deletes of another's notification, live or deleted, with every kind of payload and clock: it stays as it is.
    "notification/deleted-by-another" checks [HIJACK, OWNER_ONLY] needs [PrivateNotifications, Invite] by overwrite_of_other(deletes);
    /// A user deletes notifications on one device, with and without payloads; the other device hears of each.
    "notification/delete-reaches-its-owner" checks [REACHES] needs [PrivateNotifications] by delete_reaches_owner;
    /// Two members delete their own notifications and revive some; each hears of their own only.
    "notification/delete-beside-another-member" checks [REACHES, OWNER_ONLY] needs [PrivateNotifications, Invite] by delete_beside_another;
}

/// Pushes ops of which the forged ones have to fail with UNAUTHORIZED, and returns the places of those that succeeded.
async fn push_forged(user: &User, shared: &SharedWorkspace, ops: &[Op], forged: &[usize]) -> Checked<Vec<usize>> {
    let answer = user.push(&shared.workspace, ops).await?;
    let results = answer.read::<PushAnswer>(FORGING)?.results;
    answer.equal(FORGING, "a push does not get one result for each op", ops.len(), results.len())?;
    for place in forged {
        let actual = outcome(results[*place].success, results[*place].error_code);
        let message = format!("op {} is a notification for another user and is not refused as UNAUTHORIZED", place + 1);
        answer.equal(FORGING, message, outcome(false, Some(ErrorCode::Unauthorized)), actual)?;
    }
    Ok((0..ops.len()).filter(|place| results[*place].success).collect())
}

async fn for_somebody_unknown(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, FORGING).await?;
    journal.push_ok(&[user.put(TABLE, "own").clock(5).mark("own")]).await?;
    let unknown = json!(user.id.unknown_alike().to_string());
    let places = [("new", 1), ("own", 1), ("own", 5), ("own", MAX_CLOCK)];
    let puts =
        places.map(|(pk, clock)| user.put(TABLE, pk).field("user_id", unknown.clone()).clock(clock).mark("forged"));
    let deletes = places.map(|(pk, clock)| {
        let payload = json!({"id": user.context().pk(pk), "user_id": unknown});
        user.delete(TABLE, pk).clock(clock).payload(Some(payload))
    });
    for forged in puts.into_iter().chain(deletes) {
        let settled = journal.attempt(&forged).await?;
        let actual = settled.result(0).map(|result| outcome(result.success, result.error_code));
        let message = "a notification for an unknown user is not refused as UNAUTHORIZED";
        settled.answer.equal(FORGING, message, Some(outcome(false, Some(ErrorCode::Unauthorized))), actual)?;
    }
    journal.holds().await?;
    journal.push_ok(&[user.put(TABLE, "own").clock(6).mark("own, again"), user.put(TABLE, "new")]).await?;
    journal.holds().await
}

async fn beside_other_refusals(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, FORGING).await?;
    let unknown = json!(user.id.unknown_alike().to_string());
    let invalid = [
        (UNKNOWN_TABLE, user.put("no_such_table", "invalid")),
        (UNKNOWN_TABLE, user.delete("no_such_table", "invalid")),
        (SCHEMA, user.put("threads", "invalid").without_field("status")),
    ];
    for (number, (requirement, invalid)) in invalid.into_iter().enumerate() {
        // Places of the forged op and of the invalid one in a batch of three.
        for (forged, other) in [(0, 1), (1, 0), (0, 2), (2, 0), (2, 1)] {
            let mut batch = vec![user.put("threads", &format!("fit-{number}-{forged}-{other}")); 3];
            batch[forged] = user.put(TABLE, "forged").field("user_id", unknown.clone());
            batch[other] = invalid.clone();
            let settled = journal.attempt(&batch).await?;
            // The whole batch may be refused for the invalid op.
            for (requirement, place, code) in
                [(FORGING, forged, ErrorCode::Unauthorized), (requirement, other, ErrorCode::ValidationError)]
            {
                let Some(result) = settled.result(place) else { continue };
                let actual = outcome(result.success, result.error_code);
                let message = format!("op {} of a batch in which two fail is not told its own reason", place + 1);
                settled.answer.equal(requirement, message, outcome(false, Some(code)), actual)?;
            }
        }
    }
    journal.holds().await
}

async fn for_another_member(context: Context) -> Checked {
    let (mut shared, anna, ben) = SharedWorkspace::with_users(&context).await?;
    shared.push_ok(&anna, &[anna.put(TABLE, "annas").clock(5).mark("for anna")], FORGING).await.in_setup()?;
    shared.push_ok(&ben, &[ben.put(TABLE, "bens").clock(5).mark("for ben")], FORGING).await.in_setup()?;
    let viewer = shared.viewer.clone();
    for (writer, named, own) in [(&ben, &anna, "bens"), (&anna, &ben, "annas"), (&ben, &viewer, "bens")] {
        // New notifications, and one of their own with another user's name in it.
        for (pk, clock) in [("planted", 1), (own, 4), (own, 6), ("planted", MAX_CLOCK)] {
            let forged = named.put(TABLE, pk).clock(clock).mark("forged");
            push_forged(writer, &shared, &[forged], &[0]).await?;
        }
        shared.shows_all(FORGING).await?;
        let name = format!("beside-{}", named.id);
        let batch = [
            writer.put("threads", &name),
            named.put(TABLE, "planted").mark("forged"),
            writer.put(TABLE, &name),
            named.put(TABLE, "planted").clock(2).mark("forged"),
        ];
        let head = writer.pull(&shared.workspace, 0, 1).await?;
        let kept = push_forged(writer, &shared, &batch, &[1, 3]).await?;
        let message = "in a batch with notifications for other users, the ops that succeed are not just the valid ones";
        context.check_should(head.equal("push.bad-op-spares-others", message, [0, 2], &kept));
        if kept != [0, 2] {
            return Ok(());
        }
        // A replay, which tells their versions.
        shared.push_ok(writer, &[batch[0].clone(), batch[2].clone()], FORGING).await?;
        shared.shows_all(FORGING).await?;
    }
    Ok(())
}

/// Puts by another user to the key of a notification, which name that user or the owner.
pub(crate) fn puts(attacker: &User, victim: &User, pk: &str) -> Vec<Op> {
    let clocks = [1, 5, 6, MAX_CLOCK];
    let own = clocks.map(|clock| attacker.put(TABLE, pk).clock(clock).mark("hijacked"));
    let forged = clocks.map(|clock| victim.put(TABLE, pk).clock(clock).mark("hijacked"));
    [own, forged].concat()
}

/// Deletes of a notification by another user.
pub(crate) fn deletes(attacker: &User, victim: &User, pk: &str) -> Vec<Op> {
    let bare = [1, 5, 6, MAX_CLOCK].map(|clock| attacker.delete(TABLE, pk).clock(clock));
    let id = attacker.context().pk(pk);
    let payloads = [
        json!({}),
        json!({"id": id}),
        json!({"id": id, "user_id": attacker.id}),
        json!({"id": id, "user_id": victim.id}),
        json!({"id": id, "user_id": victim.id, "deleted": true, "deleted_at": 1_750_000_000}),
    ];
    let with_payload = payloads.map(|payload| attacker.delete(TABLE, pk).clock(MAX_CLOCK).payload(Some(payload)));
    bare.into_iter().chain(with_payload).collect()
}

/// The owner or the editor has a notification, and the other writes to its key: refused, or without effect on it. A server
/// may keep a notification of the attacker under the same key, so only what the victim sees is checked.
async fn overwrite_of_other(context: Context, attacks: fn(&User, &User, &str) -> Vec<Op>) -> Checked {
    for owner_attacks in [false, true] {
        let shared = SharedWorkspace::open(&context).await?;
        let (victim, attacker) = match owner_attacks {
            true => (&shared.ben, &shared.anna),
            false => (&shared.anna, &shared.ben),
        };
        let mut own = Vec::new();
        // The owner's next write wins, whatever the clocks of the attacks.
        let writes = [
            victim.put(TABLE, PK).clock(5).mark(SECRET),
            victim.put(TABLE, PK).clock(6).mark("read"),
            victim.delete(TABLE, PK).clock(7),
            victim.put(TABLE, PK).clock(8).mark("back"),
        ];
        for (number, write) in writes.into_iter().enumerate() {
            let pushed = victim.push_ok(&shared.workspace, write.as_ref(), HIJACK).await;
            if number == 0 {
                pushed.in_setup()?
            } else {
                pushed?
            };
            own.push(write);
            sees_own(victim, &shared, &own).await?;
            // On the live notification, and on the deleted one.
            if number % 2 == 0 {
                stays_unchanged(attacker, victim, &shared, &own, attacks).await?;
            }
        }
    }
    Ok(())
}

/// Tries every attack by itself, and all in one batch after an allowed op.
async fn stays_unchanged(
    attacker: &User,
    victim: &User,
    shared: &SharedWorkspace,
    own: &[Op],
    attacks: fn(&User, &User, &str) -> Vec<Op>,
) -> Checked {
    let alone = attacks(attacker, victim, PK).into_iter().map(|attack| vec![attack]);
    let mut together = attacks(attacker, victim, PK);
    together.insert(0, attacker.put(TABLE, "attackers-own"));
    for attack in alone.chain([together]) {
        let answer = attacker.push(&shared.workspace, &attack).await?;
        answer.expect_status(HIJACK, &[200, 400, 403])?;
        sees_own(victim, shared, own).await?;
        let leaks = String::from_utf8_lossy(&answer.exchange().response).contains(SECRET);
        let message = "the answer to a write to the key of another user's notification shows its content";
        answer.check(OWNER_ONLY, !leaks, message, "nothing of that notification")?;
    }
    Ok(())
}

/// Checks that a user's notifications are what these ops made of them.
async fn sees_own(user: &User, shared: &SharedWorkspace, own: &[Op]) -> Checked {
    let (changes, answer) = user.log(&shared.workspace, HIJACK).await?;
    let expected: Vec<_> = own.iter().map(|op| op.as_change(0)).collect();
    let unnumbered: Vec<Change> = changes.into_iter().map(|change| Change { server_version: 0, ..change }).collect();
    let message = "a pull does not give a member's notifications as they wrote them";
    answer.equal(HIJACK, message, expected, entries(&unnumbered))?;
    user.shows(&shared.workspace, own, HIJACK).await
}

async fn delete_reaches_owner(context: Context) -> Checked {
    let (laptop, mut journal) = Journal::with_user(&context, REACHES).await?;
    let phone = laptop.on_new_connections()?;
    let payloads = [
        None,
        Some(json!({})),
        Some(json!({"id": "n2"})),
        Some(json!({"id": "n3", "user_id": laptop.id, "deleted": true})),
        Some(json!({"read_at": 1_750_000_000})),
    ];
    let puts: Vec<Op> = (0..payloads.len()).map(|number| laptop.put(TABLE, &format!("n{number}"))).collect();
    journal.push_ok(&puts).await.in_setup()?;
    for (number, payload) in payloads.into_iter().enumerate() {
        let before = journal.head();
        journal.push_ok(&laptop.delete(TABLE, &format!("n{number}")).clock(2).payload(payload)).await?;
        for filtered in [false, true] {
            let all = phone.pull_pages(&journal.workspace, 10, REACHES).after(before);
            let pages = if filtered { all.of_tables(&json!([TABLE])) } else { all };
            let (changes, answer) = pages.rest().await?;
            let message = "another device of the user does not get the delete of a notification";
            answer.equal(REACHES, message, journal.entries_after(before), entries(&changes))?;
        }
        journal.shows_for(&phone).await?;
    }
    journal.push_ok(&laptop.put(TABLE, "n0").clock(3).mark("back")).await?;
    journal.holds().await
}

async fn delete_beside_another(context: Context) -> Checked {
    let (mut shared, anna, ben) = SharedWorkspace::with_users(&context).await?;
    for (user, name) in [(&anna, "annas"), (&ben, "bens")] {
        let ops = [
            user.put(TABLE, name),
            user.put(TABLE, &format!("{name}-back")),
            user.delete(TABLE, name).clock(2),
            user.delete(TABLE, &format!("{name}-back")).clock(2),
        ];
        shared.push_ok(user, &ops, REACHES).await?;
    }
    for reader in [&anna, &ben, &shared.viewer] {
        let broken = if reader.id == shared.viewer.id { OWNER_ONLY } else { REACHES };
        shared.shows(reader, broken).await?;
    }
    shared.push_ok(&ben, &[ben.put(TABLE, "bens-back").clock(3).mark("back")], REACHES).await?;
    shared.shows_all(OWNER_ONLY).await
}
