//! Workspaces: more of one user than a page of anything holds.

use crate::prelude::*;
use crate::workspace::creation::lists_own;

const COUNT: usize = 130;

cases! {
    /// A user with 131 workspaces sees them all; those around the 50th, 100th and 128th are activated, written and deleted.
    "workspace/over-a-hundred" checks ["workspace.list-order", "workspace.activate-switches-session"] by over_a_hundred;
}

async fn over_a_hundred(context: Context) -> Checked {
    const ACTIVATE: &str = "workspace.activate-switches-session";
    let anna = context.new_user("anna").await?;
    let mut live = vec![anna.home.clone()];
    for number in 1..=COUNT {
        live.insert(0, anna.new_workspace(&format!("number {number}")).await?);
    }
    lists_own(&anna, &live, "with 131 workspaces").await?;
    let edges = [1, 2, 49, 50, 51, 99, 100, 101, 127, 128, 129, COUNT].map(|place| (place, live[place].clone()));
    for (place, edge) in edges {
        anna.activate_ok(&edge).await?;
        anna.is_active_in(&edge, Role::Owner, ACTIVATE).await?;
        let mut journal = Journal { workspace: edge.clone(), ..Journal::of(anna.clone(), ACTIVATE) };
        journal.push_ok(&anna.put("threads", &format!("pk{place}"))).await?;
        journal.holds().await?;
        anna.delete_workspace_ok(&edge, "workspace.list-order").await.in_setup()?;
        live.retain(|id| *id != edge);
    }
    lists_own(&anna, &live, "after the deletion of twelve of 131 workspaces").await
}
