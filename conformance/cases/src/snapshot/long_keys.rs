//! Snapshots: pages that end with keys as long as the target takes, which the token of the next page may hold.

use crate::prelude::*;

const COMPLETE: &str = "snapshot.complete";

/// Lengths in characters: of one, two and four bytes, and of one that JSON escapes.
const LENGTHS: [usize; 6] = [255, 700, 1600, 3000, 6000, 20_000];
const CHARACTERS: [&str; 4] = ["k", "\u{e9}", "\u{1f600}", "\""];

cases! {
    /// Records whose pks have from 255 to 20,000 characters, as far as they are taken, are given in pages of 1, 2 and 1000.
    "snapshot/pages-that-end-with-long-keys" checks [COMPLETE] needs [Snapshot] by long_keys;
}

async fn long_keys(context: Context) -> Checked {
    let mut home = Journal::open(&context, COMPLETE).await?;
    for (number, character) in CHARACTERS.into_iter().enumerate() {
        for length in LENGTHS {
            let pk = format!("{number}{}", character.repeat(length - 1));
            home.attempt(&[home.user.put_exactly("kv", &pk)]).await?;
        }
    }
    let mut pks: Vec<&str> = home.ops.iter().map(Op::pk).collect();
    pks.sort_unstable();
    for size in [1, 2, 1000] {
        let (items, _, answer) = home.user.snapshot_in_pages(&home.workspace, size, COMPLETE).await?;
        let mut given: Vec<&str> = items.iter().map(|item| item.position().1).collect();
        given.sort_unstable();
        let message = format!("a snapshot in pages of {size} does not give each record with a long pk once");
        answer.equal(COMPLETE, message, &pks, &given)?;
    }
    Ok(())
}
