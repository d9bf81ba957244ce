//! Workspaces: what they may be called, and who may rename them.

use crate::prelude::*;

const RULES: &str = "workspace.name-rules";
const RENAME: &str = "workspace.rename";
const DESCRIPTION: &str = "workspace.description";

cases! {
    /// Missing, blank, over-long and non-text names and descriptions get 400, and nothing changes.
    "workspace/names-that-are-refused" checks [RULES] by refused;
    /// Names of up to 100 and descriptions of up to 1000 characters come back as they came, names trimmed.
    "workspace/names-that-are-accepted" checks [RULES] by accepted;
    /// The owner's new name shows in list and session; a stranger's attempt changes nothing.
    "workspace/rename-by-its-owner" checks [RENAME] by by_owner;
    /// A rename that says nothing of the description leaves it, however often, and also where there is none.
    "workspace/rename-keeps-the-description" checks [DESCRIPTION] by keeps_description;
    /// A rename with an empty description clears it, for every reader, and later renames do not bring it back.
    "workspace/empty-description-clears" checks [DESCRIPTION] by clears_description;
    /// After each of several renames, the very next session names the active workspace as the list does.
    "session/names-its-workspace-afresh" checks ["session.fresh-name"] by fresh_names;
    /// Owners and editors rename, viewers and strangers cannot, and every member sees the new name.
    "workspace/rename-by-members" checks [RENAME] needs [Invite] by by_members;
}

/// Bodies that break the rules, each in one respect.
fn bad_bodies() -> Vec<Value> {
    let mut bodies = vec![json!({}), json!({"description": "no name"})];
    for name in [json!(""), json!(" "), json!("   \t\n "), json!("\t"), json!("\r\n"), json!("a".repeat(101))] {
        bodies.push(json!({"name": name}));
        bodies.push(json!({"name": name, "description": "fine"}));
    }
    for name in [json!(null), json!(5), json!(true), json!([]), json!(["name"]), json!({}), json!({"name": "name"})] {
        bodies.push(json!({"name": name}));
    }
    bodies.push(json!({"name": "a".repeat(10_000)}));
    for description in [json!("a".repeat(1001)), json!(5), json!(false), json!(["text"]), json!({"text": "text"})] {
        bodies.push(json!({"name": "refused", "description": description}));
    }
    bodies
}

async fn refused(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let answer = anna.create(&json!({"name": "kept", "description": "kept, too"})).await;
    let kept = answer.read::<CreatedAnswer>(RULES).in_setup()?.id;
    let before = anna.place(RULES).await.in_setup()?;
    for body in bad_bodies() {
        // The protocol does not say whether a rename may change the description alone.
        let alone = body.get("name").is_none() && body.get("description").is_some();
        anna.create(&body).await.expect_status(RULES, &[400])?;
        if !alone {
            anna.rename(&kept, &body).await.expect_status(RULES, &[400])?;
        }
        let message = format!("a refused name changed the list (body of {} bytes)", body.to_string().len());
        let after = list_is_unchanged(&anna, &before, RULES, message).await?;
        let message = "a refused name changed the active workspace";
        after.answer.equal(RULES, message, before.workspace(), after.workspace())?;
    }
    Ok(())
}

/// Allowed names, each with what the list has to show.
fn good_names() -> Vec<(String, String)> {
    let as_it_came = ["a".to_owned(), "a".repeat(100), "\u{e9}".repeat(100), "\u{1f600}".repeat(50), "0".to_owned()];
    let mut names: Vec<_> = as_it_came.into_iter().map(|name| (name.clone(), name)).collect();
    names.push(("  Second ".to_owned(), "Second".to_owned()));
    names.push(("\t\n in the  middle \r\n".to_owned(), "in the  middle".to_owned()));
    names
}

/// Checks name and description of one entry of the list.
async fn shows(user: &User, workspace: &Id, name: &str, description: Option<&str>) -> Checked {
    let place = user.place(RULES).await?;
    let entry = place.entry(workspace);
    let actual = entry.map(|entry| entry.name.as_str());
    place.answer.equal(RULES, "the list does not show an allowed name as it was sent, trimmed", Some(name), actual)?;
    let Some(description) = description else { return Ok(()) };
    let actual = entry.and_then(|entry| entry.description.as_deref()).map(str::trim);
    place.answer.equal(RULES, "the list does not show an allowed description as it was sent", Some(description), actual)
}

async fn accepted(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let renamed = anna.new_workspace("before").await?;
    for (name, trimmed) in good_names() {
        let created = anna.create(&json!({"name": name})).await.read::<CreatedAnswer>(RULES)?.id;
        shows(&anna, &created, &trimmed, None).await?;
        anna.rename_ok(&renamed, &json!({"name": name}), RULES).await?;
        shows(&anna, &renamed, &trimmed, None).await?;
    }
    for description in ["short".to_owned(), "d".repeat(1000), "\u{e9}".repeat(1000), "\u{1f600}".repeat(500)] {
        let body = json!({"name": "described", "description": description});
        let created = anna.create(&body).await.read::<CreatedAnswer>(RULES)?.id;
        shows(&anna, &created, "described", Some(&description)).await?;
        anna.rename_ok(&renamed, &body, RULES).await?;
        shows(&anna, &renamed, "described", Some(&description)).await?;
    }
    // An empty description is allowed; the protocol does not say how the list shows it.
    let body = json!({"name": "described", "description": ""});
    anna.create(&body).await.read::<CreatedAnswer>(RULES)?;
    anna.rename_ok(&renamed, &body, RULES).await?;
    // The protocol does not say whether null is allowed; a refusal changes nothing.
    let before = anna.place(RULES).await?;
    let answer = anna.rename(&renamed, &json!({"name": "cleared", "description": null})).await;
    answer.expect_status(RULES, &[200, 400])?;
    if answer.is(&[400]) {
        return list_is_unchanged(&anna, &before, RULES, "a refused rename changed the list").await.map(drop);
    }
    shows(&anna, &renamed, "cleared", None).await
}

fn about(name: &str) -> String {
    format!("about {name}")
}

fn body(name: &str) -> Value {
    json!({"name": name, "description": about(name)})
}

/// Checks that name and description show in a member's list, and in their session where the workspace is active.
async fn sees(user: &User, workspace: &Id, name: &str) -> Checked {
    // `place` checks that session and list agree.
    let place = user.place(RENAME).await?;
    let actual = place.entry(workspace).map(|entry| (&entry.name, entry.description.as_deref()));
    let message = "a member's list does not show the new name and description";
    place.answer.equal(RENAME, message, Some((name, Some(about(name)))), actual)
}

/// Renames the workspace, which has to succeed with `ok: true`.
async fn renames(user: &User, workspace: &Id, name: &str) -> Checked {
    let answer = user.rename(workspace, &body(name)).await;
    let done = answer.read::<OkAnswer>(RENAME)?.ok;
    answer.check(RENAME, done, "a rename of an owner succeeds with a body that does not say ok: true", "ok: true")
}

async fn by_owner(context: Context) -> Checked {
    let (anna, other) = owner_of(&context, "other").await?;
    let stranger = context.user("stranger").await?;
    for (number, workspace) in [&other, &anna.home, &other].into_iter().enumerate() {
        if number == 1 {
            anna.activate_ok(workspace).await?;
        }
        let name = format!("new {number}");
        renames(&anna, workspace, &name).await?;
        sees(&anna, workspace, &name).await?;
    }
    sees(&anna, &anna.home, "new 1").await?;
    let before = anna.place(RENAME).await?;
    for workspace in [&other, &anna.home] {
        stranger.rename(workspace, &body("seized")).await.expect_forbidden(RENAME)?;
    }
    list_is_unchanged(&anna, &before, RENAME, "a stranger's refused rename changed the owner's list").await?;
    has_only_home(&stranger, RENAME, "a stranger's refused rename changed their own list").await
}

/// Renames the workspace, without a description if none is given, and checks which one the list shows then. No description
/// is shown as "", as null, or not at all.
async fn renamed_shows(
    user: &User,
    workspace: &Id,
    description: Option<&str>,
    expected: &str,
    message: &str,
) -> Checked {
    let name = user.context().name("renamed");
    let mut body = json!({"name": name});
    if let Some(description) = description {
        body["description"] = json!(description);
    }
    user.rename_ok(workspace, &body, RENAME).await?;
    let place = user.place(RENAME).await?;
    let entry = place.entry(workspace);
    let actual = entry.map(|entry| &entry.name);
    place.answer.equal(RENAME, "the list does not show the new name", Some(&name), actual)?;
    let actual = entry.and_then(|entry| entry.description.clone()).unwrap_or_default();
    place.answer.equal(DESCRIPTION, message, expected, actual)
}

const KEPT: &str = "a rename without a description changed the description";

async fn keeps_description(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let described = anna.create(&body("first")).await.read::<CreatedAnswer>(RENAME)?.id;
    let plain = anna.new_workspace("plain").await?;
    for _ in 0..2 {
        for (workspace, expected) in [(&described, about("first")), (&plain, String::new())] {
            renamed_shows(&anna, workspace, None, &expected, KEPT).await?;
        }
    }
    Ok(())
}

async fn clears_description(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let cleared = anna.create(&body("first")).await.read::<CreatedAnswer>(RENAME)?.id;
    let plain = anna.new_workspace("plain").await?;
    let other = anna.create(&body("other")).await.read::<CreatedAnswer>(RENAME)?.id;
    let message = "a rename with an empty description did not clear it";
    for workspace in [&cleared, &plain] {
        renamed_shows(&anna, workspace, Some(""), "", message).await?;
        renamed_shows(&anna, workspace, None, "", "a description that was cleared is back after a later rename")
            .await?;
        let message = "a description that was given after it was cleared is not shown";
        renamed_shows(&anna, workspace, Some("again"), "again", message).await?;
        renamed_shows(&anna, workspace, None, "again", KEPT).await?;
    }
    renamed_shows(&anna, &other, None, &about("other"), "clearing a description changed another workspace's").await
}

async fn fresh_names(context: Context) -> Checked {
    const FRESH: &str = "session.fresh-name";
    let (anna, other) = owner_of(&context, "other").await?;
    for workspace in [&anna.home, &other] {
        anna.activate_ok(workspace).await?;
        // Asked for before, so that a server which keeps sessions has one to keep.
        anna.session(RENAME).await.in_setup()?;
        for number in 0..3 {
            let name = context.name(&format!("fresh-{number}"));
            anna.rename_ok(workspace, &json!({"name": name}), RENAME).await.in_setup()?;
            let (session, answer) = anna.session(RENAME).await?;
            let shown = session.workspace.as_ref().map(|workspace| &workspace.name);
            let message = "the first session after a rename does not show the new name";
            context.check_should(answer.equal(FRESH, message, Some(&name), shown));
        }
    }
    Ok(())
}

async fn by_members(context: Context) -> Checked {
    let (anna, shared) = owner_of(&context, "shared").await?;
    let [second, editor, viewer, stranger] = users(&context, ["second-owner", "editor", "viewer", "stranger"]).await?;
    for (user, role) in [(&second, Role::Owner), (&editor, Role::Editor), (&viewer, Role::Viewer)] {
        anna.invite(&shared, user, role).await?;
    }
    let members = [&anna, &second, &editor, &viewer];
    // The second owner renames it too, though another workspace is active for them.
    for user in [&anna, &editor, &viewer] {
        user.activate_ok(&shared).await?;
    }
    for (number, user) in [&anna, &second, &editor].into_iter().enumerate() {
        let name = format!("name {number}");
        renames(user, &shared, &name).await?;
        for member in members {
            sees(member, &shared, &name).await?;
        }
        for user in [&viewer, &stranger] {
            user.rename(&shared, &body("seized")).await.expect_forbidden(RENAME)?;
        }
        for member in members {
            sees(member, &shared, &name).await?;
        }
    }
    // Nobody else may rename a member's home.
    for user in [&second, &editor, &viewer, &stranger] {
        user.rename(&anna.home, &body("seized")).await.expect_forbidden(RENAME)?;
    }
    let place = anna.place(RENAME).await?;
    let seized = place.list.iter().any(|entry| entry.name == "seized");
    place.answer.check(
        RENAME,
        !seized,
        "the refused renames by other users changed the name of an owner's home",
        "the old name",
    )
}
