//! Private notifications of a removed member: nobody else sees or changes them.

use crate::notification::reading::{OWNER_ONLY, SharedWorkspace, TABLE};
use crate::notification::writing::{HIJACK, deletes, puts};
use crate::prelude::*;
use syncproof_protocol::json::same_json;

cases! {
    /// A member with notifications is removed: those who stay are shown none of them.
    "notification/of-a-removed-member" checks [OWNER_ONLY] needs [PrivateNotifications, Manage] by unseen;
    /// A member with notifications is removed and comes back: what a snapshot shows them is what the pulled log comes to.
    "notification/of-a-member-who-comes-back"
        checks ["snapshot.complete"] needs [PrivateNotifications, Manage, Snapshot] by comes_back;
    /// Others write under the keys of a removed member's notifications; taken back, the member sees their own or none.
    "notification/of-a-removed-member-attacked" checks [HIJACK] needs [PrivateNotifications, Manage] by attacked;
}

/// Removes ben, who has a live and a deleted notification under each of these names.
async fn remove_ben(shared: &mut SharedWorkspace, names: &[&str]) -> Checked<Vec<Op>> {
    let ben = shared.ben.clone();
    let mut ops = Vec::new();
    for name in names {
        let (kept, gone) = (format!("{name}-kept"), format!("{name}-gone"));
        ops.push(ben.put(TABLE, &kept).clock(5).mark("for ben"));
        ops.push(ben.put(TABLE, &gone).clock(4).mark("for ben, once"));
        ops.push(ben.delete(TABLE, &gone).clock(5));
    }
    shared.push_ok(&ben, &ops, OWNER_ONLY).await.in_setup()?;
    shared.anna.remove_member_ok(&shared.workspace, &ben.id, "member.removed-at-once").await.in_setup()?;
    Ok(ops)
}

async fn unseen(context: Context) -> Checked {
    let (mut shared, anna, _) = SharedWorkspace::with_users(&context).await?;
    shared.push_ok(&anna, &[anna.put("threads", "pk"), anna.put(TABLE, "annas")], OWNER_ONLY).await.in_setup()?;
    remove_ben(&mut shared, &["bens"]).await?;
    for reader in [&anna, &shared.viewer] {
        shared.shows(reader, OWNER_ONLY).await?;
    }
    Ok(())
}

async fn comes_back(context: Context) -> Checked {
    const COMPLETE: &str = "snapshot.complete";
    let (mut shared, anna, ben) = SharedWorkspace::with_users(&context).await?;
    remove_ben(&mut shared, &["bens"]).await?;
    for role in [Role::Viewer, Role::Editor] {
        anna.invite(&shared.workspace, &ben, role).await?;
        // A server may delete what was theirs, and then its log says so.
        let (changes, _) = ben.log_of_tables(&shared.workspace, &json!([]), COMPLETE).await?;
        let ops: Vec<Op> = changes.iter().map(Op::again).collect();
        let (items, answer) = ben.items(&shared.workspace, COMPLETE).await?;
        let (mut expected, mut actual) = (fold(&ops), items.iter().map(item_json).collect::<Vec<_>>());
        expected.sort_by_cached_key(Value::to_string);
        actual.sort_by_cached_key(Value::to_string);
        let message = "to a member who was removed and added again a snapshot does not show what the log comes to";
        answer.equal(COMPLETE, message, expected, actual)?;
        anna.remove_member_ok(&shared.workspace, &ben.id, "member.removed-at-once").await.in_setup()?;
    }
    Ok(())
}

/// What the member sees under the keys of a name after they were added again.
struct Seen {
    changes: Vec<Change>,
    items: Vec<Item>,
}

impl Seen {
    async fn by(user: &User, shared: &SharedWorkspace, name: &str) -> Checked<Self> {
        let pks = ["kept", "gone"].map(|end| user.context().pk(&format!("{name}-{end}")));
        let (mut changes, _) = user.log_of_tables(&shared.workspace, &json!([TABLE]), HIJACK).await?;
        changes.retain(|change| pks.contains(&change.pk));
        let mut items = Vec::new();
        if user.context().has(Capability::Snapshot) {
            items = user.items(&shared.workspace, HIJACK).await?.0;
            items.retain(|item| item.position().0 == TABLE && pks.iter().any(|pk| pk == item.position().1));
        }
        Ok(Seen { changes, items })
    }

    /// The same without names and versions: equal for two names if the same was written under both.
    fn shape(&self, name: &str) -> Value {
        let bare = |text: &str| text.replace(name, "");
        let changes: Vec<Value> =
            self.changes.iter().map(|change| json!([bare(&change.pk), change.op, change.stamp.clock])).collect();
        let mut items: Vec<Value> = self
            .items
            .iter()
            .map(|item| json!([bare(item.position().1), json!(item)["kind"], json!(item)["revision"]["clock"]]))
            .collect();
        items.sort_by_cached_key(Value::to_string);
        json!({"log": changes, "snapshot": items})
    }
}

/// A server may delete a removed member's notifications, and let others use their keys. So others write to the keys of one
/// name and not to those of another, and the member has to find the same under both.
async fn attacked(context: Context) -> Checked {
    let (mut shared, anna, ben) = SharedWorkspace::with_users(&context).await?;
    let own = remove_ben(&mut shared, &["attacked", "left"]).await?;
    let mut foreign = Vec::new();
    for pk in ["attacked-kept", "attacked-gone"] {
        for attack in puts(&anna, &ben, pk).into_iter().chain(deletes(&anna, &ben, pk)) {
            anna.push(&shared.workspace, attack.as_ref()).await?.expect_status(HIJACK, &[200, 400, 403])?;
            foreign.push(attack.id().to_owned());
        }
    }
    anna.invite(&shared.workspace, &ben, Role::Editor).await?;
    let (changes, answer) = ben.log_of_tables(&shared.workspace, &json!([TABLE]), HIJACK).await?;
    for change in changes {
        let entry = change_json(&Change { server_version: 0, ..change.clone() });
        // The log may have deletes by the server itself.
        let is_own = change.op == Operation::Delete || own.iter().any(|op| same_json(&op.as_change(0), &entry));
        let is_foreign = foreign.contains(&change.stamp.op_id);
        let message = "a member who was added again sees what another wrote to the key of their notification";
        answer.ensure(HIJACK, is_own && !is_foreign, message, "what they wrote themselves", entry.to_string())?;
    }
    let (attacked, left) = (Seen::by(&ben, &shared, "attacked").await?, Seen::by(&ben, &shared, "left").await?);
    let message = "writes by another changed the notifications of a member who was removed and added again";
    answer.equal(HIJACK, message, left.shape("left"), attacked.shape("attacked"))?;
    let mut rows: Vec<Value> = attacked.items.iter().map(|item| json!(item)).collect();
    rows.retain(|item| item["kind"] == "row");
    for row in rows {
        let is_this = |op: &&Op| json!(op.pk()) == row["pk"];
        let written = own.iter().filter(is_this).filter_map(Op::content).any(|own| same_json(own, &row["payload"]));
        let message = "a member who was added again finds a notification that they did not write under their key";
        answer.ensure(HIJACK, written, message, "what they wrote themselves", row.to_string())?;
    }
    Ok(())
}
