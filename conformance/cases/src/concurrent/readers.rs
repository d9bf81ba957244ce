//! Readers that take turns while others write.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::prelude::*;

const REQUIREMENT: &str = "pull.never-goes-back";
/// How often the readers read at most, should the writer never be done.
const MAX_READS: usize = 5_000;

cases! {
    /// While one client pushes, two others read in turn, each from the last change that the other was shown: it is there.
    "concurrent/reads-never-go-back" checks ["pull.never-goes-back", "pull.reads-own-writes"] by take_turns;
}

async fn take_turns(context: Context) -> Checked {
    const PUSHES: usize = 24;
    let anna = context.user("anna").await?;
    let (writer, readers) = (anna.on_new_connections()?, [anna.on_new_connections()?, anna.on_new_connections()?]);
    let is_done = AtomicBool::new(false);
    let writing = async {
        for number in 0..PUSHES {
            let ops = ["kv", "posts"].map(|table| writer.put(table, &number.to_string()));
            let pushed = writer.push_ok(&writer.home, &ops, REQUIREMENT).await.in_setup();
            if pushed.is_err() || number + 1 == PUSHES {
                is_done.store(true, Ordering::Relaxed);
            }
            pushed?;
        }
        Checked::Ok(())
    };
    let reading = async {
        let mut shown = 0;
        for reader in readers.iter().cycle().take(MAX_READS) {
            let was_done = is_done.load(Ordering::Relaxed);
            // From just before what was shown last, so that it has to come again.
            let answer = reader.pull(&reader.home, u64::saturating_sub(shown, 1), 1000).await?;
            let seen = versions(&answer.read::<PullAnswer>(REQUIREMENT)?.changes);
            let expected = format!("version {shown} at the head of the page");
            let message = "a change that one reader was shown is missing for the next one";
            let is_there = shown == 0 || seen.first() == Some(&shown);
            answer.ensure(REQUIREMENT, is_there, message, expected, format!("{seen:?}"))?;
            shown = seen.last().copied().unwrap_or(shown);
            if was_done {
                break;
            }
        }
        Checked::Ok(())
    };
    let (written, read) = tokio::join!(writing, reading);
    written.and(read)
}
