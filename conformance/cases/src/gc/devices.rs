//! Garbage collection and devices: the slowest device of any member counts, and invalid cursors do not.

use crate::gc::collection::{COLLECTS, GAP, entries, logged};
use crate::prelude::*;
use std::collections::HashSet;
use syncproof_harness::world::retention::{CHANGE_LOG, wait_until_old};
use syncproof_protocol::family::Family;

const UNSEEN: &str = "gc.keeps-unseen";
const CURSOR: &str = "isolation.cursor";

cases! {
    /// Three devices have read to 10, 4 and 7: what 4 has not seen stays, until it has.
    "gc/the-slowest-device-counts" checks [UNSEEN, COLLECTS] needs [Gc] by slowest_counts;
    /// A device that registered at 0 and never pulled holds everything, until it reads.
    "gc/a-ghost-device-counts" checks [UNSEEN, COLLECTS] needs [Gc] by ghost_counts;
    /// A viewer's lagging device holds what the owner's devices have read, though the viewer stands elsewhere.
    "gc/devices-of-every-member-count" checks [UNSEEN] needs [Gc, Invite] by members_count;
    /// A member's lagging device holds the log through changes of their role, a rename, and their coming and going.
    "gc/a-device-outlives-changes-of-its-member" checks [UNSEEN, COLLECTS] needs [Gc, Members] by outlives_changes;
    /// A device pushes beside others and reads nothing: what it has not read stays, until it has.
    "gc/a-push-moves-no-cursor" checks [UNSEEN, COLLECTS] needs [Gc] by push_moves_none;
    /// Pairs of device ids that differ in case, blanks, zeros, accents or the last character: two devices each.
    "gc/device-ids-that-look-alike" checks [UNSEEN, COLLECTS] needs [Gc] by look_alike;
    /// A member moves a cursor under another's device id: what that other device has not read stays.
    "gc/one-device-id-of-two-users" checks ["cursor.device-owner"] needs [Gc, Invite] by one_id_of_two;
    /// A device claims to have read far beyond the head: what is pushed afterwards still waits for it.
    "gc/a-cursor-beyond-the-head" checks ["cursor.beyond-head"] needs [Gc] by beyond_head;
    /// The first that a device says is a version beyond the head, of a log or of none: it is a device all the same.
    "gc/a-first-cursor-beyond-the-head" checks ["cursor.beyond-head"] needs [Gc] by first_beyond_head;
    /// A device at the head asks for older versions: the log is collected as far as it had read.
    "gc/a-cursor-that-was-asked-back" checks ["cursor.forward-only"] needs [Gc] by asked_back;
    /// One device id, at different versions in four workspaces: each is collected by its own cursors.
    "gc/cursors-of-other-workspaces" checks [CURSOR] needs [Gc] by other_workspaces;
}

async fn slowest_counts(context: Context) -> Checked {
    let home = logged(&context, 10).await?;
    home.have_read(&[("laptop", 10), ("phone", 4), ("tablet", 7)]).await?;
    wait_until_old(&context).await?;
    let (mut slowest, why) = (4, "a device has not read them");
    for step in [None, Some(("phone", 9, 7)), Some(("tablet", 10, 9)), Some(("phone", 10, 10))] {
        if let Some((device, version, next)) = step {
            home.have_read(&[(device, version)]).await?;
            slowest = next;
        }
        home.collect_ok(CHANGE_LOG, UNSEEN).await?;
        home.remains(GAP).await?.keeps(slowest + 1, UNSEEN, why)?;
        home.collect_log_through_ok(slowest, COLLECTS).await?;
        home.remains(GAP).await?.keeps(slowest + 1, UNSEEN, why)?;
    }
    Ok(())
}

async fn ghost_counts(context: Context) -> Checked {
    let home = logged(&context, 5).await?;
    home.have_read(&[("laptop", 5), ("ghost", 0)]).await?;
    wait_until_old(&context).await?;
    home.collect_ok(CHANGE_LOG, UNSEEN).await?;
    home.remains(GAP).await?.keeps(1, UNSEEN, "a device has read nothing yet")?;
    home.have_read(&[("ghost", 5)]).await?;
    home.collect_log_through_ok(5, COLLECTS).await
}

async fn members_count(context: Context) -> Checked {
    let home = logged(&context, 6).await?;
    let ben = home.member("ben", Role::Viewer).await?;
    home.have_read(&[("laptop", 6)]).await?;
    home.have_read_by(&ben, &[("bens", 2)]).await?;
    ben.activate_ok(&ben.home).await?;
    wait_until_old(&context).await?;
    home.collect_ok(CHANGE_LOG, UNSEEN).await?;
    for reader in [&home.user, &ben] {
        reader.remains(&home.workspace, &home.ops, GAP).await?.keeps(
            3,
            UNSEEN,
            "another member's device has not read them",
        )?;
    }
    home.have_read_by(&ben, &[("bens", 6)]).await?;
    home.collect_log_through_ok(6, COLLECTS).await
}

async fn outlives_changes(context: Context) -> Checked {
    let home = logged(&context, 6).await?;
    let (anna, ben) = (&home.user, home.member("ben", Role::Editor).await?);
    home.have_read(&[("laptop", 6)]).await?;
    home.have_read_by(&ben, &[("bens", 2)]).await?;
    wait_until_old(&context).await?;
    for (role, what) in [
        (Role::Viewer, "they were made a viewer"),
        (Role::Owner, "they were made an owner"),
        (Role::Editor, "they were made an editor again"),
        (Role::Editor, "they got the role that they had"),
    ] {
        anna.set_role_ok(&home.workspace, &ben.id, role.name(), UNSEEN).await.in_setup()?;
        is_held(&home, what).await?;
    }
    // It may be refused; then nothing has changed.
    drop(anna.add_member(&home.workspace, &ben.id, Role::Editor.name()).await);
    is_held(&home, "they were added again").await?;
    anna.rename_ok(&home.workspace, &json!({"name": "renamed"}), UNSEEN).await.in_setup()?;
    is_held(&home, "the workspace was renamed").await?;
    ben.activate_ok(&ben.home).await?;
    is_held(&home, "they entered another workspace").await?;
    ben.on_new_connections()?.session(UNSEEN).await.in_setup()?;
    is_held(&home, "they signed in again").await?;
    home.have_read_by(&ben, &[("bens", 6)]).await?;
    home.collect_log_through_ok(6, COLLECTS).await
}

/// A collection leaves what the member's device, which has read to 2, has not.
async fn is_held(home: &Journal, what: &str) -> Checked {
    home.collect_ok(CHANGE_LOG, UNSEEN).await?;
    let why = format!("a member's device has not read them, whatever has happened since: {what}");
    home.remains(GAP).await?.keeps(3, UNSEEN, &why)
}

async fn push_moves_none(context: Context) -> Checked {
    let mut home = logged(&context, 3).await?;
    home.have_read(&[("laptop", 0), ("phone", 3), ("tablet", 2)]).await?;
    for (round, device) in ["laptop", "phone", "tablet", "laptop"].into_iter().enumerate() {
        let new = entries(&home.user, &format!("round{round}-"), 2).into_iter().map(|op| op.device(device));
        home.push_ok(&new.collect::<Vec<_>>()).await.in_setup()?;
    }
    let head = home.head();
    home.have_read(&[("phone", head)]).await?;
    wait_until_old(&context).await?;
    for (device, read) in [("laptop", 0), ("tablet", 2)] {
        home.collect_ok(CHANGE_LOG, UNSEEN).await?;
        let why = format!("the {device} has pushed later, but has read to version {read} only");
        home.remains(GAP).await?.keeps(read + 1, UNSEEN, &why)?;
        home.have_read(&[(device, head)]).await?;
    }
    home.collect_log_through_ok(head, COLLECTS).await
}

/// Pairs of neighbours in the families that differ in more than blanks at their ends, which a server may ignore, and that are
/// short enough (`cursor.device-id`). Each is in one pair.
fn alike() -> Vec<(&'static str, &'static str)> {
    let mut seen = HashSet::new();
    let fits = |text: &&str| text.trim() == *text && !text.is_empty() && text.chars().count() <= 256;
    let pairs = |set: &'static Vec<String>| {
        let texts: Vec<&str> = set.iter().map(String::as_str).filter(fits).collect();
        texts.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>()
    };
    let all = Family::of_texts().flat_map(Family::sets).flat_map(pairs);
    all.filter(|(slow, fast)| !seen.contains(slow) && seen.insert(*fast) && seen.insert(*slow)).collect()
}

async fn look_alike(context: Context) -> Checked {
    let pairs = alike();
    let home = logged(&context, pairs.len()).await?;
    let head = home.head();
    home.have_read(&[("another", head)]).await?;
    let mut slow_devices = Vec::new();
    // The slow one of every pair has read one entry more than that of the pair before.
    for (read, (slow, fast)) in (0..).zip(&pairs) {
        let mut refused = false;
        for (device, version) in [(slow, read), (fast, head)] {
            let answer = home.update_cursor(device, version).await?;
            answer.expect_status(UNSEEN, &[200, 400])?;
            refused |= answer.is(&[400]);
        }
        if refused {
            // A pair with a refused device id shows nothing, and must not hold the log.
            home.update_cursor(slow, head).await?.expect_status(UNSEEN, &[200, 400])?;
        } else {
            slow_devices.push((read, slow, fast));
        }
    }
    wait_until_old(&context).await?;
    for (read, slow, fast) in slow_devices {
        home.collect_ok(CHANGE_LOG, UNSEEN).await?;
        // One pull shows it: from where the slow device is, nothing is missing.
        let answer = home.pull(read, 1).await?;
        let page: PullAnswer = answer.read(UNSEEN)?;
        let next = page.changes.first().filter(|_| page.requires_snapshot != Some(true));
        let message = format!(
            "the device {slow:?} has read to version {read} only, and the next entry is gone: the device {fast:?} has read it"
        );
        answer.equal(UNSEEN, message, Some(read + 1), next.map(|change| change.server_version))?;
        home.have_read(&[(slow, head)]).await?;
    }
    home.collect_log_through_ok(head, COLLECTS).await
}

async fn one_id_of_two(context: Context) -> Checked {
    const REQUIREMENT: &str = "cursor.device-owner";
    let home = logged(&context, 8).await?;
    let ben = home.member("ben", Role::Editor).await?;
    home.have_read(&[("phone", 8), ("laptop", 3)]).await?;
    let taken = ben.update_cursor(&home.workspace, "laptop", 8).await?;
    context.check_should(taken.expect_status(REQUIREMENT, &[200, 403]));
    wait_until_old(&context).await?;
    home.collect_ok(CHANGE_LOG, REQUIREMENT).await?;
    let left = home.remains(GAP).await?;
    context.check_should(left.keeps(
        4,
        REQUIREMENT,
        "a device has read to version 3, and another user's device with the same id to 8",
    ));
    Ok(())
}

async fn beyond_head(context: Context) -> Checked {
    const REQUIREMENT: &str = "cursor.beyond-head";
    let mut home = logged(&context, 3).await?;
    home.have_read(&[("laptop", 3)]).await?;
    for version in [4, 1000, 9_007_199_254_740_991, 9_223_372_036_854_775_807, u64::MAX] {
        home.update_cursor("laptop", version).await?.expect_status(REQUIREMENT, &[200, 400])?;
    }
    home.push_ok(&entries(&home.user, "later", 4)).await.in_setup()?;
    home.have_read(&[("phone", 7)]).await?;
    wait_until_old(&context).await?;
    home.collect_ok(CHANGE_LOG, REQUIREMENT).await?;
    let left = home.remains(GAP).await?;
    left.keeps(4, REQUIREMENT, "they were pushed after a device claimed to have read beyond the head")?;
    home.collect_log_through_ok(3, COLLECTS).await
}

async fn first_beyond_head(context: Context) -> Checked {
    const REQUIREMENT: &str = "cursor.beyond-head";
    let mut homes = Vec::new();
    for count in [0, 3] {
        let mut home = logged(&context, count).await?;
        let head = home.head();
        for (device, version) in [("near", head + 1), ("far", 1000)] {
            let answer = home.update_cursor(device, version).await?;
            answer.expect_status(REQUIREMENT, &[200, 400])?;
            if answer.is(&[400]) {
                // A refused update registers no device.
                home.have_read(&[(device, head)]).await?;
            }
        }
        home.push_ok(&entries(&home.user, "later", 4)).await.in_setup()?;
        home.have_read(&[("phone", home.head())]).await?;
        homes.push((home, head));
    }
    wait_until_old(&context).await?;
    for (home, head) in homes {
        home.collect_ok(CHANGE_LOG, REQUIREMENT).await?;
        let left = home.remains(GAP).await?;
        left.keeps(head + 1, REQUIREMENT, "they were pushed after a device claimed to have read beyond the head")?;
        home.have_read(&[("near", home.head()), ("far", home.head())]).await?;
        home.collect_log_through_ok(home.head(), COLLECTS).await?;
    }
    Ok(())
}

async fn asked_back(context: Context) -> Checked {
    const REQUIREMENT: &str = "cursor.forward-only";
    let home = logged(&context, 6).await?;
    home.have_read(&[("laptop", 6), ("phone", 6)]).await?;
    for version in [5, 2, 0] {
        home.update_cursor("laptop", version).await?.expect_status(REQUIREMENT, &[200, 409])?;
    }
    home.collect_log_through_ok(6, REQUIREMENT).await?;
    home.remains(GAP).await?;
    Ok(())
}

async fn other_workspaces(context: Context) -> Checked {
    let home = logged(&context, 6).await?;
    let mut bens = Journal::of(context.user("ben").await?, CURSOR);
    let mut ahead = Journal::beside(&home.user, "ahead", CURSOR).await?;
    for journal in [&mut bens, &mut ahead] {
        journal.push_ok(&entries(&journal.user, "pk", 6)).await.in_setup()?;
    }
    home.have_read(&[("laptop", 2)]).await?;
    ahead.have_read(&[("laptop", 6)]).await?;
    bens.have_read(&[("laptop", 0), ("phone", 6)]).await?;
    // A stranger's cursor is refused, and does not become a device that holds the log.
    let strange = bens.user.update_cursor_unactivated(&ahead.workspace, "bens", 0).await;
    strange.expect_forbidden("isolation.scope-checked")?;
    ahead.collect_log_through_ok(6, CURSOR).await?;
    ahead.remains(GAP).await?;
    let why = "the device has read further in another workspace only";
    home.collect_ok(CHANGE_LOG, CURSOR).await?;
    home.remains(GAP).await?.keeps(3, CURSOR, why)?;
    bens.collect_ok(CHANGE_LOG, CURSOR).await?;
    bens.remains(GAP).await?.keeps(1, CURSOR, why)
}
