//! Workspaces: renames at the same instant. Whatever their order, each leaves alone what it does not name.

use crate::prelude::*;

const DESCRIPTION: &str = "workspace.description";
/// How often it is tried, in a new workspace each time.
const ROUNDS: usize = 16;

cases! {
    /// One rename brings a description, or clears it, while others at one instant name none: it is as that one says.
    "workspace/renamed-at-one-instant" checks [DESCRIPTION] by at_one_instant;
}

async fn at_one_instant(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    for round in 0..ROUNDS {
        let workspace = anna.new_workspace("shared").await?;
        anna.rename_ok(&workspace, &json!({"name": "shared", "description": "before"}), DESCRIPTION)
            .await
            .in_setup()?;
        let after = if round % 3 == 2 { "" } else { "after" };
        // One other is enough, and more of them may hide each other's mistake.
        let others = [1, 2, 1, 5][round % 4];
        let mut bodies: Vec<Value> = (0..others).map(|number| json!({"name": format!("shared {number}")})).collect();
        bodies.insert(
            if round < ROUNDS / 2 { others } else { round % (others + 1) },
            json!({"name": "described", "description": after}),
        );
        let rename = |body: &Value| (anna.client().clone(), Request::patch(workspace_path(&workspace), body));
        for answer in send_together(bodies.iter().map(rename).collect()).await? {
            answer.read::<OkAnswer>(DESCRIPTION)?;
        }
        let (list, answer) = anna.workspaces(DESCRIPTION).await?;
        let entry = list.iter().find(|entry| entry.id == workspace);
        let shown = entry.and_then(|entry| entry.description.as_ref()).map_or("", String::as_str);
        let message =
            "a rename without a description has undone the one with a description that came at the same instant";
        answer.equal(DESCRIPTION, message, after, shown)?;
    }
    Ok(())
}
