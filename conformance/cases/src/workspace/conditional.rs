//! Workspaces: clients that ask for their list on condition that it has changed.

use crate::prelude::*;

const RENAME: &str = "workspace.rename";
const DESCRIPTION: &str = "workspace.description";

cases! {
    /// With the ETag of the answer before, the list is asked for after each kind of change, and shows it.
    "workspace/asked-whether-something-changed"
        checks [RENAME, DESCRIPTION, "workspace.create-makes-owner"] by asked_whether;
}

/// Asks on condition that the answer has another ETag than the one before, if that had one.
async fn ask_again(user: &User, path: &str, before: &Answer) -> Answer {
    let user = match before.exchange().header("etag") {
        Some(tag) => user.with_header("if-none-match", tag),
        None => user.clone(),
    };
    user.send(Request::get(path)).await
}

async fn asked_whether(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let list = endpoint::LIST_WORKSPACES.path;
    let mut known = anna.send(Request::get(list)).await;
    let steps: [(&str, &'static str, &str); 4] = [
        ("creation", "workspace.create-makes-owner", "other one"),
        ("a rename", RENAME, "renamed once"),
        ("a second rename", RENAME, "renamed twice"),
        ("a new description", DESCRIPTION, "described anew"),
    ];
    for (what, requirement, text) in steps {
        match requirement {
            RENAME => anna.rename_ok(&anna.home, &json!({"name": text}), RENAME).await?,
            DESCRIPTION => {
                anna.rename_ok(&anna.home, &json!({"name": "described", "description": text}), RENAME).await?
            }
            _ => drop(anna.new_workspace(text).await?),
        }
        let answer = ask_again(&anna, list, &known).await;
        let message =
            format!("after {what}, the list that is asked for with the ETag of the one before is not a new one");
        answer.expect_one_of(requirement, &[200], message.clone())?;
        let body = answer.json().map(|body| body.to_string()).unwrap_or_default();
        answer.check(requirement, body.contains(text), message, format!("a list with \"{text}\""))?;
        known = anna.send(Request::get(list)).await;
    }
    Ok(())
}
