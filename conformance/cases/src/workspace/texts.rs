//! Workspaces: names and descriptions come back as they were sent.

use crate::prelude::*;
use syncproof_protocol::family::{Family, every_text, is_name, may_be_refused};

const EXACT: &str = "workspace.text-exact";
const HOSTILE: &str = "http.hostile-keys";

/// How many workspaces are renamed before the list is read.
const BESIDE: usize = 8;

cases! {
    /// Every text of the families as name and description, in a list beside others like it, for its owner and a member.
    "workspace/texts-of-every-family" checks [EXACT, HOSTILE] by texts;
    /// Workspaces that are created with the first texts of each family bear them in list and session, once active.
    "workspace/created-with-texts-of-every-family" checks [EXACT, HOSTILE] by created;
}

/// Texts that can be names.
fn names() -> Vec<&'static str> {
    every_text().map(|(text, _)| text).filter(|text| is_name(text)).collect()
}

/// A description with that text in it, and no blanks at its ends.
fn description(text: &str) -> String {
    format!("about: {text}  and so on.")
}

fn body(text: &str) -> Value {
    json!({"name": text, "description": description(text)})
}

/// The name and the description of a workspace, as the user's list shows them.
fn shown(entry: Option<&Workspace>) -> Value {
    json!(entry.map(|entry| json!({"name": entry.name, "description": entry.description})))
}

/// Whether the answer refuses a text that a server may refuse.
fn is_refused(answer: &Answer, text: &str) -> bool {
    answer.is_4xx() && (may_be_refused(text) || text.contains(char::is_control))
}

async fn texts(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let mut workspaces = Vec::new();
    for _ in 0..BESIDE {
        workspaces.push((anna.new_workspace("beside").await?, json!({"name": "beside"})));
    }
    let mut readers = vec![anna.clone()];
    if context.has(Capability::Members) {
        let ben = context.user("ben").await?;
        for (workspace, _) in &workspaces {
            anna.invite(workspace, &ben, Role::Viewer).await?;
        }
        readers.push(ben);
    }
    for texts in names().chunks(BESIDE) {
        for ((workspace, expected), text) in workspaces.iter_mut().zip(texts) {
            let answer = anna.rename(workspace, &body(text)).await;
            if !is_refused(&answer, text) {
                answer.read::<OkAnswer>(EXACT)?;
                *expected = body(text);
            }
        }
        for reader in &readers {
            let (list, answer) = reader.workspaces(EXACT).await?;
            for (workspace, expected) in &workspaces {
                let entry = list.iter().find(|entry| entry.id == *workspace);
                let mut actual = shown(entry);
                if expected.get("description").is_none() {
                    actual = json!({"name": actual["name"]});
                }
                let message = "the list does not show name and description of a workspace as they were sent";
                answer.equal(EXACT, message, expected, actual)?;
            }
        }
    }
    Ok(())
}

async fn created(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let names = names();
    let firsts =
        Family::of_texts().filter_map(|family| family.texts().find(|text| names.contains(text) && *text != "a"));
    for text in firsts {
        let before = anna.place(EXACT).await?;
        let answer = anna.create(&body(text)).await;
        if is_refused(&answer, text) {
            list_is_unchanged(&anna, &before, HOSTILE, format!("the refused name {text:?} changed the list")).await?;
            continue;
        }
        let id = answer.read::<CreatedAnswer>(EXACT)?.id;
        anna.activate_ok(&id).await?;
        let place = anna.is_active_in(&id, Role::Owner, EXACT).await?;
        let message = "the list does not show a new workspace's name and description as they were sent";
        place.answer.equal(EXACT, message, body(text), shown(place.entry(&id)))?;
        // No other name was ever its own, so there is none that the session might still show.
        let (session, answer) = anna.session(EXACT).await?;
        let name = session.workspace.map(|workspace| workspace.name);
        answer.equal(
            EXACT,
            "the session names a new workspace otherwise than it was sent",
            Some(text),
            name.as_deref(),
        )?;
    }
    Ok(())
}
