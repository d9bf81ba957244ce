//! Workspaces: what they may be called, and who may rename them.

use crate::prelude::*;
use syncproof_protocol::wire::CreatedAnswer;

const RULES: &str = "workspace.name-rules";
const RENAME: &str = "workspace.rename";

cases! {
    /// Missing, blank, over-long and non-text names and descriptions get 400, and nothing changes.
    "workspace/names-that-are-refused" checks [RULES] by refused;
    /// Names of up to 100 and descriptions of up to 1000 characters come back as they came, names trimmed.
    "workspace/names-that-are-accepted" checks [RULES] by accepted;
    /// The owner's new name shows in list and session; a stranger's attempt changes nothing.
    "workspace/rename-by-its-owner" checks [RENAME] by by_owner;
    /// Owners and editors rename, viewers and strangers cannot, and every member sees the new name.
    "workspace/rename-by-members" checks [RENAME] needs [Invite] by by_members;
}

/// Bodies that break the rules, each in one respect.
fn bad_bodies() -> Vec<Value> {
    let mut bodies = vec![json!({}), json!({"description": "no name"})];
    let long = "a".repeat(101);
    for name in [json!(""), json!(" "), json!("   \t\n "), json!("\t"), json!("\r\n"), json!(long)] {
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
        // A change of the description alone is a shape that the protocol does not speak of.
        let alone = body.get("name").is_none() && body.get("description").is_some();
        anna.create(&body).await.expect_status(RULES, &[400])?;
        if !alone {
            anna.rename(&kept, &body).await.expect_status(RULES, &[400])?;
        }
        let after = anna.place(RULES).await?;
        let message = format!("a refused name changed the list ({} bytes of body)", body.to_string().len());
        after.answer.equal(RULES, message, before.entries(), after.entries())?;
        after.answer.equal(RULES, "a refused name moved the session", before.workspace(), after.workspace())?;
    }
    Ok(())
}

/// Good names with what the list shows of them.
fn good_names() -> Vec<(String, String)> {
    let as_it_came = ["a".to_owned(), "a".repeat(100), "\u{e9}".repeat(100), "\u{1f600}".repeat(50), "0".to_owned()];
    let mut names: Vec<_> = as_it_came.into_iter().map(|name| (name.clone(), name)).collect();
    names.push(("  Second ".to_owned(), "Second".to_owned()));
    names.push(("\t\n in the  middle \r\n".to_owned(), "in the  middle".to_owned()));
    names
}

/// Checks how one entry of the list shows itself.
async fn shows(user: &User, workspace: &Id, name: &str, description: Option<&str>) -> Checked {
    let place = user.place(RULES).await?;
    let entry = place.entry(workspace);
    let actual = entry.map(|entry| entry.name.as_str());
    place.answer.equal(RULES, "a good name is shown otherwise than it came, trimmed", Some(name), actual)?;
    let Some(description) = description else { return Ok(()) };
    let actual = entry.and_then(|entry| entry.description.as_deref()).map(str::trim);
    place.answer.equal(RULES, "a good description is shown otherwise", Some(description), actual)
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
    // An empty description is one of at most 1000 characters; how it shows is the server's business.
    let body = json!({"name": "described", "description": ""});
    anna.create(&body).await.read::<CreatedAnswer>(RULES)?;
    anna.rename_ok(&renamed, &body, RULES).await?;
    // Whether null is as good as nothing is, too; it is no 5xx, and a refusal changes nothing.
    let before = anna.place(RULES).await?;
    let answer = anna.rename(&renamed, &json!({"name": "cleared", "description": null})).await;
    answer.expect_status(RULES, &[200, 400])?;
    if answer.is(&[400]) {
        let after = anna.place(RULES).await?;
        after.answer.equal(RULES, "a refused change changed the list", before.entries(), after.entries())?;
    } else {
        shows(&anna, &renamed, "cleared", None).await?;
    }
    Ok(())
}

/// Checks that the change shows in a member's list, and in the session of one who stands there.
async fn sees(user: &User, workspace: &Id, name: &str, description: &str) -> Checked {
    // That the session shows the same name as the list is part of what a place is.
    let place = user.place(RENAME).await?;
    let actual = place.entry(workspace).map(|entry| (&entry.name, entry.description.as_deref()));
    let message = "a new name does not show in a member's list";
    place.answer.equal(RENAME, message, Some((name, Some(description))), actual)
}

fn body(name: &str) -> Value {
    json!({"name": name, "description": format!("about {name}")})
}

fn renames(answer: &Answer) -> Checked {
    let done = answer.read::<OkAnswer>(RENAME)?.ok;
    answer.ensure(RENAME, done, "a rename is not answered with ok: true", "ok: true", answer.outcome())
}

async fn by_owner(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let stranger = context.user("stranger").await?;
    let other = anna.new_workspace("other").await?;
    for (number, workspace) in [&other, &anna.home, &other].into_iter().enumerate() {
        if number == 1 {
            anna.activate_ok(workspace).await?;
        }
        let name = format!("new {number}");
        renames(&anna.rename(workspace, &body(&name)).await)?;
        sees(&anna, workspace, &name, &format!("about {name}")).await?;
    }
    sees(&anna, &anna.home, "new 1", "about new 1").await?;
    let before = anna.place(RENAME).await?;
    for workspace in [&other, &anna.home] {
        stranger.rename(workspace, &body("seized")).await.expect_forbidden(RENAME)?;
    }
    let after = anna.place(RENAME).await?;
    after.answer.equal(RENAME, "a stranger's rename changed something", before.entries(), after.entries())?;
    let place = stranger.is_active_in(&stranger.home, Role::Owner, RENAME).await?;
    place.answer.equal(RENAME, "a stranger's rename changed their list", [&stranger.home], place.ids())
}

async fn by_members(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let shared = anna.new_workspace("shared").await?;
    let second = context.user("second-owner").await?;
    let editor = context.user("editor").await?;
    let viewer = context.user("viewer").await?;
    let stranger = context.user("stranger").await?;
    for (user, role) in [(&second, Role::Owner), (&editor, Role::Editor), (&viewer, Role::Viewer)] {
        anna.invite(&shared, user, role).await?;
    }
    let members = [&anna, &second, &editor, &viewer];
    // One of them stands elsewhere and renames all the same.
    for user in [&anna, &editor, &viewer] {
        user.activate_ok(&shared).await?;
    }
    for (number, user) in [&anna, &second, &editor].into_iter().enumerate() {
        let name = format!("name {number}");
        renames(&user.rename(&shared, &body(&name)).await)?;
        for member in members {
            sees(member, &shared, &name, &format!("about {name}")).await?;
        }
        for user in [&viewer, &stranger] {
            user.rename(&shared, &body("seized")).await.expect_forbidden(RENAME)?;
        }
        for member in members {
            sees(member, &shared, &name, &format!("about {name}")).await?;
        }
    }
    // The home of one member is no business of the others.
    for user in [&second, &editor, &viewer, &stranger] {
        user.rename(&anna.home, &body("seized")).await.expect_forbidden(RENAME)?;
    }
    let place = anna.place(RENAME).await?;
    let seized = place.list.iter().any(|entry| entry.name == "seized");
    place.answer.ensure(RENAME, !seized, "a stranger renamed a home", "the old name", place.answer.outcome())
}
