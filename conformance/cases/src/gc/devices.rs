//! Garbage collection and devices: the slowest one counts, whoever's it is, and bogus cursors count for nothing.

use crate::gc::collection::{COLLECTS, GAP, entries, have_read, logged};
use syncproof_harness::cases;
use syncproof_harness::world::Context;
use syncproof_harness::world::retention::{CHANGE_LOG, wait_until_old};
use syncproof_protocol::failure::{Checked, Setup as _};
use syncproof_protocol::wire::{PullAnswer, Role};

const UNSEEN: &str = "gc.keeps-unseen";
const CURSOR: &str = "isolation.cursor";

cases! {
    /// Three devices have read to 10, 4 and 7: what 4 has not seen stays, until it has.
    "gc/the-slowest-device-counts" checks [UNSEEN, COLLECTS] needs [Gc] by slowest_counts;
    /// A device that registered at 0 and never pulled holds everything, until it reads.
    "gc/a-ghost-device-counts" checks [UNSEEN, COLLECTS] needs [Gc] by ghost_counts;
    /// A viewer's lagging device holds what the owner's devices have read, though the viewer stands elsewhere.
    "gc/devices-of-every-member-count" checks [UNSEEN] needs [Gc, Members] by members_count;
    /// A device pushes beside others and reads nothing: what it has not read stays, until it has.
    "gc/a-push-moves-no-cursor" checks [UNSEEN, COLLECTS] needs [Gc] by push_moves_none;
    /// Pairs of device ids that differ in case, blanks, zeros, accents or the last character: two devices each.
    "gc/device-ids-that-look-alike" checks [UNSEEN, COLLECTS] needs [Gc] by look_alike;
    /// A member moves a cursor under another's device id: what that other device has not read stays.
    "gc/one-device-id-of-two-users" checks ["cursor.device-owner"] needs [Gc, Members] by one_id_of_two;
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
    let (anna, ops) = logged(&context, 10).await?;
    have_read(&anna, &anna.home, &[("laptop", 10), ("phone", 4), ("tablet", 7)]).await?;
    wait_until_old(&context).await?;
    let (mut slowest, why) = (4, "a device has not read it");
    for step in [None, Some(("phone", 9, 7)), Some(("tablet", 10, 9)), Some(("phone", 10, 10))] {
        if let Some((device, version, next)) = step {
            have_read(&anna, &anna.home, &[(device, version)]).await?;
            slowest = next;
        }
        anna.collect_ok(CHANGE_LOG, &anna.home, UNSEEN).await?;
        anna.remains(&anna.home, &ops, GAP).await?.keeps(slowest + 1, UNSEEN, why)?;
        anna.collect_log_through_ok(&anna.home, slowest, COLLECTS).await?;
        anna.remains(&anna.home, &ops, GAP).await?.keeps(slowest + 1, UNSEEN, why)?;
    }
    Ok(())
}

async fn ghost_counts(context: Context) -> Checked {
    let (anna, ops) = logged(&context, 5).await?;
    have_read(&anna, &anna.home, &[("laptop", 5), ("ghost", 0)]).await?;
    wait_until_old(&context).await?;
    anna.collect_ok(CHANGE_LOG, &anna.home, UNSEEN).await?;
    anna.remains(&anna.home, &ops, GAP).await?.keeps(1, UNSEEN, "a device has read nothing yet")?;
    have_read(&anna, &anna.home, &[("ghost", 5)]).await?;
    anna.collect_log_through_ok(&anna.home, 5, COLLECTS).await
}

async fn members_count(context: Context) -> Checked {
    let (anna, ops) = logged(&context, 6).await?;
    let ben = context.user("ben").await?;
    anna.invite(&anna.home, &ben, Role::Viewer).await?;
    have_read(&anna, &anna.home, &[("laptop", 6)]).await?;
    have_read(&ben, &anna.home, &[("bens", 2)]).await?;
    ben.activate_ok(&ben.home).await?;
    wait_until_old(&context).await?;
    anna.collect_ok(CHANGE_LOG, &anna.home, UNSEEN).await?;
    for reader in [&anna, &ben] {
        reader.remains(&anna.home, &ops, GAP).await?.keeps(3, UNSEEN, "another member's device has not read it")?;
    }
    have_read(&ben, &anna.home, &[("bens", 6)]).await?;
    anna.collect_log_through_ok(&anna.home, 6, COLLECTS).await
}

async fn push_moves_none(context: Context) -> Checked {
    let (anna, mut ops) = logged(&context, 3).await?;
    have_read(&anna, &anna.home, &[("laptop", 0), ("phone", 3), ("tablet", 2)]).await?;
    for (round, device) in ["laptop", "phone", "tablet", "laptop"].into_iter().enumerate() {
        let new = entries(&anna, &format!("round{round}-"), 2).into_iter().map(|op| op.device(device));
        ops.extend(new);
        anna.push_ok(&anna.home, &ops[ops.len() - 2..], UNSEEN).await.in_setup()?;
    }
    let head = ops.len() as u64;
    have_read(&anna, &anna.home, &[("phone", head)]).await?;
    wait_until_old(&context).await?;
    for (device, read) in [("laptop", 0), ("tablet", 2)] {
        anna.collect_ok(CHANGE_LOG, &anna.home, UNSEEN).await?;
        let why = format!("the {device} has pushed, and has read to {read} only");
        anna.remains(&anna.home, &ops, GAP).await?.keeps(read + 1, UNSEEN, &why)?;
        have_read(&anna, &anna.home, &[(device, head)]).await?;
    }
    anna.collect_log_through_ok(&anna.home, head, COLLECTS).await
}

/// Device ids that are two for whoever compares them exactly.
fn alike() -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = [
        ("Laptop", "laptop"),
        ("\u{00c4}mne", "\u{00e4}mne"),
        ("phone ", "phone"),
        (" phone", "phone\u{00a0}"),
        ("01", "1"),
        ("1.0", "1e0"),
        ("0x10", "16"),
        ("\u{212b}", "\u{00c5}"),
        ("e\u{0301}", "\u{00e9}"),
        ("caf\u{00e9}", "cafe"),
        ("\u{ff54}ab", "tab"),
        ("a-b", "ab"),
        ("d%", "d_"),
    ]
    .map(|(slow, fast)| (slow.to_owned(), fast.to_owned()))
    .to_vec();
    for length in [32, 36, 50, 64, 100, 128, 255] {
        let long = "d".repeat(length);
        pairs.push((format!("{long}1"), format!("{long}2")));
    }
    pairs
}

async fn look_alike(context: Context) -> Checked {
    let pairs = alike();
    let (anna, ops) = logged(&context, pairs.len()).await?;
    let head = ops.len() as u64;
    have_read(&anna, &anna.home, &[("another", head)]).await?;
    let mut slow_devices = Vec::new();
    // The slow one of every pair has read one entry more than that of the pair before.
    for (read, (slow, fast)) in (0..).zip(&pairs) {
        let mut refused = false;
        for (device, version) in [(slow, read), (fast, head)] {
            let answer = anna.update_cursor(&anna.home, device, version).await?;
            answer.expect_status(UNSEEN, &[200, 400])?;
            refused |= answer.is(&[400]);
        }
        if refused {
            // A pair of which one is no device says nothing, and must not hold the log.
            anna.update_cursor(&anna.home, slow, head).await?.expect_status(UNSEEN, &[200, 400])?;
        } else {
            slow_devices.push((read, slow, fast));
        }
    }
    wait_until_old(&context).await?;
    for (read, slow, fast) in slow_devices {
        anna.collect_ok(CHANGE_LOG, &anna.home, UNSEEN).await?;
        // One pull tells: where the slow one goes on, nothing is missing.
        let answer = anna.pull(&anna.home, read, 1).await?;
        let page: PullAnswer = answer.read(UNSEEN)?;
        let next = page.changes.first().filter(|_| page.requires_snapshot != Some(true));
        let message =
            format!("the device {slow:?} has read to {read} only, and what follows is gone: {fast:?} has read it");
        answer.equal(UNSEEN, message, Some(read + 1), next.map(|change| change.server_version))?;
        have_read(&anna, &anna.home, &[(slow, head)]).await?;
    }
    anna.collect_log_through_ok(&anna.home, head, COLLECTS).await
}

async fn one_id_of_two(context: Context) -> Checked {
    const REQUIREMENT: &str = "cursor.device-owner";
    let (anna, ops) = logged(&context, 8).await?;
    let ben = context.user("ben").await?;
    anna.invite(&anna.home, &ben, Role::Editor).await?;
    have_read(&anna, &anna.home, &[("phone", 8), ("laptop", 3)]).await?;
    let taken = ben.update_cursor(&anna.home, "laptop", 8).await?;
    context.check_should(taken.expect_status(REQUIREMENT, &[200, 403]));
    wait_until_old(&context).await?;
    anna.collect_ok(CHANGE_LOG, &anna.home, REQUIREMENT).await?;
    let left = anna.remains(&anna.home, &ops, GAP).await?;
    context.check_should(left.keeps(4, REQUIREMENT, "a device of that id has read to 3, another user's to 8"));
    Ok(())
}

async fn beyond_head(context: Context) -> Checked {
    const REQUIREMENT: &str = "cursor.beyond-head";
    let (anna, mut ops) = logged(&context, 3).await?;
    have_read(&anna, &anna.home, &[("laptop", 3)]).await?;
    for version in [4, 1000, 9_007_199_254_740_991, 9_223_372_036_854_775_807, u64::MAX] {
        anna.update_cursor(&anna.home, "laptop", version).await?.expect_status(REQUIREMENT, &[200, 400])?;
    }
    ops.extend(entries(&anna, "later", 4));
    anna.push_ok(&anna.home, &ops[3..], REQUIREMENT).await.in_setup()?;
    have_read(&anna, &anna.home, &[("phone", 7)]).await?;
    wait_until_old(&context).await?;
    anna.collect_ok(CHANGE_LOG, &anna.home, REQUIREMENT).await?;
    let left = anna.remains(&anna.home, &ops, GAP).await?;
    left.keeps(4, REQUIREMENT, "it was pushed after a device claimed to have read beyond the head")?;
    anna.collect_log_through_ok(&anna.home, 3, COLLECTS).await
}

async fn first_beyond_head(context: Context) -> Checked {
    const REQUIREMENT: &str = "cursor.beyond-head";
    let mut homes = Vec::new();
    for head in [0, 3] {
        let (user, mut ops) = logged(&context, head).await?;
        for (device, version) in [("near", head as u64 + 1), ("far", 1000)] {
            let answer = user.update_cursor(&user.home, device, version).await?;
            answer.expect_status(REQUIREMENT, &[200, 400])?;
            if answer.is(&[400]) {
                // Refused, it has said nothing yet.
                have_read(&user, &user.home, &[(device, head as u64)]).await?;
            }
        }
        ops.extend(entries(&user, "later", 4));
        user.push_ok(&user.home, &ops[head..], REQUIREMENT).await.in_setup()?;
        have_read(&user, &user.home, &[("phone", ops.len() as u64)]).await?;
        homes.push((user, ops, head as u64));
    }
    wait_until_old(&context).await?;
    for (user, ops, head) in homes {
        user.collect_ok(CHANGE_LOG, &user.home, REQUIREMENT).await?;
        let left = user.remains(&user.home, &ops, GAP).await?;
        left.keeps(head + 1, REQUIREMENT, "it was pushed after a device claimed to have read beyond the head")?;
        let total = ops.len() as u64;
        have_read(&user, &user.home, &[("near", total), ("far", total)]).await?;
        user.collect_log_through_ok(&user.home, total, COLLECTS).await?;
    }
    Ok(())
}

async fn asked_back(context: Context) -> Checked {
    const REQUIREMENT: &str = "cursor.forward-only";
    let (anna, ops) = logged(&context, 6).await?;
    have_read(&anna, &anna.home, &[("laptop", 6), ("phone", 6)]).await?;
    for version in [5, 2, 0] {
        anna.update_cursor(&anna.home, "laptop", version).await?.expect_status(REQUIREMENT, &[200, 409])?;
    }
    anna.collect_log_through_ok(&anna.home, 6, REQUIREMENT).await?;
    anna.remains(&anna.home, &ops, GAP).await?;
    Ok(())
}

async fn other_workspaces(context: Context) -> Checked {
    let (anna, ops) = logged(&context, 6).await?;
    let ben = context.user("ben").await?;
    let bens = entries(&ben, "pk", 6);
    ben.push_ok(&ben.home, &bens, CURSOR).await.in_setup()?;
    let ahead = anna.new_workspace("ahead").await?;
    let aheads = entries(&anna, "pk", 6);
    anna.push_ok(&ahead, &aheads, CURSOR).await.in_setup()?;
    have_read(&anna, &anna.home, &[("laptop", 2)]).await?;
    have_read(&anna, &ahead, &[("laptop", 6)]).await?;
    have_read(&ben, &ben.home, &[("laptop", 0), ("phone", 6)]).await?;
    // A stranger's cursor is refused, and does not become a device that holds the log.
    ben.update_cursor_unactivated(&ahead, "bens", 0).await.expect_forbidden("isolation.scope-checked")?;
    anna.collect_log_through_ok(&ahead, 6, CURSOR).await?;
    anna.remains(&ahead, &aheads, GAP).await?;
    anna.collect_ok(CHANGE_LOG, &anna.home, CURSOR).await?;
    let why = "the device has read further in another workspace only";
    anna.remains(&anna.home, &ops, GAP).await?.keeps(3, CURSOR, why)?;
    ben.collect_ok(CHANGE_LOG, &ben.home, CURSOR).await?;
    ben.remains(&ben.home, &bens, GAP).await?.keeps(1, CURSOR, why)
}
