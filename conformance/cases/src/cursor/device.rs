//! Device cursors: how far a device has read.

use crate::prelude::*;
use syncproof_protocol::endpoint;

cases! {
    /// Moves the cursors of two devices forward to the head, standing still included.
    "cursor/moves-forward" checks ["cursor.forward-only"] by moves_forward;
    /// Asks for older versions, 0 included: ignored or refused, and the next step forward is taken.
    "cursor/never-moves-back" checks ["cursor.forward-only"] by never_back;
    /// Asks for versions beyond the head; whatever the answer, the device can go on from where it is.
    "cursor/beyond-the-head" checks ["cursor.beyond-head"] by beyond_head;
    /// Asks with versions that are negative, fractional or no number, and with no device.
    "cursor/wrong-versions" checks ["http.wrong-shape"] by wrong_versions;
    /// Blank and over-long device ids are refused; those of 256 characters and odd ones are not.
    "cursor/device-ids" checks ["cursor.device-id"] by device_ids;
    /// A member who uses another's device id is refused, or has a cursor of their own that starts anew.
    "cursor/of-another-user" checks ["cursor.device-owner"] needs [Invite] by another_users;
    /// Twenty updates of one device at once, of a new one as well: none fails, and the highest version stands.
    "cursor/updates-at-one-instant" checks ["cursor.forward-only", "http.no-5xx"] by at_one_instant;
    /// Moving cursors leaves log and records as they are.
    "cursor/changes-no-log" checks ["cursor.forward-only"] by changes_no_log;
}

async fn with_log(context: &Context, count: usize) -> Checked<Journal> {
    let mut home = Journal::open(context, "push.all-tables").await?;
    let ops: Vec<_> = (0..count).map(|number| home.put("threads", &format!("pk{number}"))).collect();
    home.push_ok(&ops).await.in_setup()?;
    Ok(home)
}

/// The id of a device that no other case has, so that a server with one cursor for all workspaces fails only the cases about
/// that.
fn device(context: &Context, label: &str) -> String {
    context.name(label)
}

async fn moves_forward(context: Context) -> Checked {
    let [laptop, phone] = ["laptop", "phone"].map(|label| device(&context, label));
    let home = with_log(&context, 9).await?;
    for version in [0, 1, 1, 4, 9, 9] {
        home.update_cursor_ok(&laptop, version, "cursor.forward-only").await?;
    }
    // Another device begins where it likes.
    for version in [3, 5] {
        home.update_cursor_ok(&phone, version, "cursor.forward-only").await?;
    }
    Ok(())
}

async fn never_back(context: Context) -> Checked {
    let laptop = device(&context, "laptop");
    let home = with_log(&context, 9).await?;
    home.update_cursor_ok(&laptop, 7, "cursor.forward-only").await?;
    for version in [6, 1, 0] {
        home.update_cursor(&laptop, version).await?.expect_status("cursor.forward-only", &[200, 409])?;
    }
    // A server that refuses shows the position of the cursor: still 7.
    let (six, seven) = (home.update_cursor(&laptop, 6).await?, home.update_cursor(&laptop, 7).await?);
    seven.read::<OkAnswer>("cursor.forward-only")?;
    six.expect_status("cursor.forward-only", &[200, 409])?;
    home.update_cursor_ok(&laptop, 9, "cursor.forward-only").await
}

async fn beyond_head(context: Context) -> Checked {
    let laptop = device(&context, "laptop");
    const REQUIREMENT: &str = "cursor.beyond-head";
    let mut home = with_log(&context, 5).await?;
    home.update_cursor_ok(&laptop, 2, REQUIREMENT).await?;
    for version in [6, 1000, 4_294_967_296, 9_007_199_254_740_991] {
        home.update_cursor(&laptop, version).await?.expect_status(REQUIREMENT, &[200, 400])?;
    }
    // Whether the server refused the version or stored the head: moving to the head is never a move back.
    home.update_cursor_ok(&laptop, 5, REQUIREMENT).await?;
    home.push_ok(&[home.put("threads", "more"), home.put("threads", "and more")]).await.in_setup()?;
    // If the cursor had been stored beyond the head, this would be a move back.
    home.update_cursor_ok(&laptop, 7, REQUIREMENT).await
}

async fn wrong_versions(context: Context) -> Checked {
    let laptop = device(&context, "laptop");
    let home = with_log(&context, 3).await?;
    let good = json!({"scope": {"workspaceId": home.workspace}, "deviceId": laptop, "version": 1});
    let versions = [json!(-1), json!(0.5), json!("1"), json!(null), json!(true), json!([1]), json!({})];
    let devices = [json!(null), json!(7), json!(["laptop"]), json!({})];
    let wrong = versions.map(|version| ("version", version)).into_iter();
    for (field, value) in wrong.chain(devices.map(|device| ("deviceId", device))) {
        let mut body = good.clone();
        body[field] = value;
        let answer = home.user.post(endpoint::UPDATE_CURSOR.path, &body).await;
        answer.expect_status("http.wrong-shape", &[400])?;
    }
    home.user.post(endpoint::UPDATE_CURSOR.path, &good).await.read::<OkAnswer>("http.wrong-shape")?;
    Ok(())
}

async fn device_ids(context: Context) -> Checked {
    const REQUIREMENT: &str = "cursor.device-id";
    let home = with_log(&context, 3).await?;
    let (longest, too_long, far_too_long) = ("d".repeat(256), "d".repeat(257), "d".repeat(100_000));
    let refused = ["", "  ", "\t\n", &too_long, &far_too_long].map(|device| (device, 400));
    let accepted = [&longest, "__proto__", "d'; --", "gerät \u{1F600}"].map(|device| (device, 200));
    for (device, status) in refused.into_iter().chain(accepted) {
        let answer = home.update_cursor(device, 1).await?;
        context.check_should(answer.expect_status(REQUIREMENT, &[status]));
    }
    Ok(())
}

async fn another_users(context: Context) -> Checked {
    const REQUIREMENT: &str = "cursor.device-owner";
    let home = with_log(&context, 9).await?;
    let ben = home.member("ben", Role::Editor).await?;
    home.update_cursor_ok("laptop", 3, REQUIREMENT).await.in_setup()?;
    let taken = ben.update_cursor(&home.workspace, "laptop", 9).await?;
    context.check_should(taken.expect_status(REQUIREMENT, &[200, 403]));
    // With one cursor for both users this would move it back: a server either refuses that, or loses unseen changes.
    let answer = home.update_cursor("laptop", 4).await?;
    context.check_should(answer.expect_status(REQUIREMENT, &[200]));
    Ok(())
}

async fn changes_no_log(context: Context) -> Checked {
    let laptop = device(&context, "laptop");
    let mut home = with_log(&context, 5).await?;
    for version in [1, 5, 2] {
        home.update_cursor(&laptop, version).await?;
    }
    home.checks("cursor.forward-only").holds().await?;
    // No version was taken either, which the next push shows.
    home.push_ok(&home.put("threads", "after the cursors")).await?;
    home.holds().await
}

async fn at_one_instant(context: Context) -> Checked {
    const REQUIREMENT: &str = "cursor.forward-only";
    const HEAD: usize = 20;
    let head = HEAD as u64;
    let mut homes = Vec::new();
    for round in 0..6 {
        let home = with_log(&context, HEAD).await?;
        // Every other device is new: the first updates meet.
        if round % 2 == 1 {
            home.update_cursor_ok("laptop", 0, REQUIREMENT).await.in_setup()?;
        }
        let mut versions: Vec<u64> = (1..=head).collect();
        if round < 4 {
            // The highest first, so that an older one is the last to write.
            versions.reverse();
        }
        let request = |version: &u64| {
            let body = json!({"scope": {"workspaceId": home.workspace}, "deviceId": "laptop", "version": version});
            (home.user.client().clone(), Request::post(endpoint::UPDATE_CURSOR.path, &body))
        };
        let answers = send_together(versions.iter().map(request).collect()).await?;
        for (version, answer) in versions.into_iter().zip(&answers) {
            answer.expect_status(REQUIREMENT, &[200, 409])?;
            if version == head && !answer.is_success() {
                // The server refused it because of a simultaneous update; moving to the head has to succeed now.
                home.update_cursor_ok("laptop", head, REQUIREMENT).await?;
            }
        }
        home.update_cursor_ok("other", head, REQUIREMENT).await?;
        homes.push(home);
    }
    if context.has(Capability::Gc) {
        for home in homes {
            // If an update was lost, the entries after the older cursor stay.
            home.collect_log_through_ok(head, REQUIREMENT).await?;
        }
    }
    Ok(())
}
