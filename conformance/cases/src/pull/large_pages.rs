//! Pages of many megabytes, which a server may end before they have as many entries as were asked for.

use crate::prelude::*;

const COMPLETE: &str = "pull.complete";

cases! {
    /// A log of twelve megabytes and its snapshot are read with a limit of 1000: all of it, in as many pages as it takes.
    "pull/pages-of-megabytes" checks [COMPLETE, "pull.has-more"] by megabytes;
}

async fn megabytes(context: Context) -> Checked {
    const KIB: usize = 1 << 10;
    let (anna, mut home) = Journal::with_user(&context, COMPLETE).await?;
    for number in 0..50 {
        let op = anna.put("posts", &format!("{number:02}")).field("content", json!("x".repeat(240 * KIB)));
        let answer = anna.push(&home.workspace, std::slice::from_ref(&op)).await?;
        // A server may take smaller payloads only (`push.large-payload`).
        if number == 0 && !answer.is(&[200]) {
            return Err(Stop::Skipped(format!("a payload of 240 KiB is refused: {}", answer.outcome())));
        }
        home.gets_its_versions(&[op], &answer).in_setup()?;
    }
    home.gives_after(0, 1000, "a log of twelve megabytes is not whole").await?;
    if !context.has(Capability::Snapshot) {
        return Ok(());
    }
    let (items, _, answer) = anna.snapshot_pages(&home.workspace, 1000, "snapshot.complete").rest().await?;
    let message = "a snapshot of twelve megabytes is not whole";
    answer.equal("snapshot.complete", message, home.ops.len(), items.len())
}
