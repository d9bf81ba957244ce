//! Members: what was pushed while a member was away, and what those who are gone have left behind.

use crate::prelude::*;

const COMPLETE: &str = "pull.complete";

cases! {
    /// A member is removed, once and again, and added again in the same and in another role: they miss nothing.
    "member/away-and-back-misses-nothing" checks [COMPLETE, "member.roles"] needs [Manage] by away_and_back;
    /// Writers are removed, leave, or become viewers: all that they wrote is still given to everybody.
    "member/what-the-gone-have-written-stays" checks [COMPLETE] needs [Manage] by written_stays;
}

/// Checks that a member gets the whole log, from its beginning and from where they last read, and the whole state.
async fn misses_nothing(shared: &Journal, member: &User, read: u64, what: &str) -> Checked {
    for (cursor, limit) in [(0, 1000), (read, 1000), (read, 2)] {
        let (changes, answer) = member.log_after(&shared.workspace, cursor, limit, COMPLETE).await?;
        let message = format!("{what} does not get all that was pushed after version {cursor}");
        answer.equal(COMPLETE, message, shared.entries_after(cursor), entries(&changes))?;
    }
    shared.shows_for(member).await
}

async fn away_and_back(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let mut shared = Journal::beside(&anna, "shared", COMPLETE).await?;
    let workspace = shared.workspace.clone();
    for (number, roles) in
        [[Role::Editor, Role::Viewer, Role::Editor], [Role::Viewer, Role::Viewer, Role::Editor]].into_iter().enumerate()
    {
        let ben = context.user(&format!("ben-{number}")).await?;
        for (round, role) in roles.into_iter().enumerate() {
            let name = format!("{number}-{round}");
            anna.invite(&workspace, &ben, role).await?;
            ben.activate_ok(&workspace).await?;
            shared.push_ok(&[shared.put("threads", &format!("{name} here")).clock(1)]).await.in_setup()?;
            let read = shared.head();
            misses_nothing(
                &shared,
                &ben,
                read,
                &format!("a {} who was added for the {}. time", role.name(), round + 1),
            )
            .await?;
            anna.remove_member_ok(&workspace, &ben.id, COMPLETE).await.in_setup()?;
            let meanwhile = [
                shared.put("threads", &format!("{name} away")).clock(1),
                shared.delete("threads", &format!("{name} here")).clock(2),
            ];
            shared.push_ok(&meanwhile).await.in_setup()?;
            shared.push_ok(&[shared.put("kv", &format!("{name} away")).clock(1)]).await.in_setup()?;
            anna.invite(&workspace, &ben, role).await?;
            ben.activate_ok(&workspace).await?;
            misses_nothing(&shared, &ben, read, "a member who was removed and added again").await?;
            anna.remove_member_ok(&workspace, &ben.id, COMPLETE).await.in_setup()?;
        }
    }
    Ok(())
}

/// How a writer stops to be one.
#[derive(Debug, Clone, Copy)]
enum Going {
    Removed,
    Leaves,
    Demoted,
}

async fn written_stays(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let mut shared = Journal::beside(&anna, "shared", COMPLETE).await?;
    let workspace = shared.workspace.clone();
    let viewer = active_member(&anna, &workspace, "viewer", Role::Viewer).await?;
    for (number, going) in [Going::Removed, Going::Demoted, Going::Leaves].into_iter().enumerate() {
        let writer = active_member(&anna, &workspace, &format!("writer-{number}"), Role::Editor).await?;
        let put = |table: &str, name: &str| writer.put(table, &format!("{number} {name}")).clock(1);
        let own = [put("threads", "kept"), put("threads", "gone"), put("kv", "kept")];
        shared.push_by_ok(&writer, &own).await.in_setup()?;
        let deletes = [writer.delete("threads", &format!("{number} gone")).clock(2)];
        shared.push_by_ok(&writer, &deletes).await.in_setup()?;
        match going {
            Going::Removed => anna.remove_member_ok(&workspace, &writer.id, COMPLETE).await.in_setup()?,
            Going::Demoted => anna.set_role_ok(&workspace, &writer.id, "viewer", COMPLETE).await.in_setup()?,
            // A server may not let them (`member.leave` is a SHOULD).
            Going::Leaves => drop(writer.remove_member(&workspace, &writer.id).await),
        }
        for (reader, name) in [(&anna, "the owner"), (&viewer, "a viewer")] {
            misses_nothing(&shared, reader, 1, &format!("after a writer is gone, {name}")).await?;
        }
        // What they pushed is known, whoever sends it again.
        shared.push_ok(&own).await?;
    }
    Ok(())
}
