//! SIGKILL at random moments while several users write, and a restart on the same store.

use crate::prelude::*;
use crate::support::kill_load::{KillLoad, LoadShape};
use crate::support::server_fixture::server;

const KEPT: &str = "durable.acknowledged-survives-kill";
const WHOLE: &str = "durable.batch-all-or-nothing";
const ONCE: &str = "durable.unknown-outcome-retries";
const REPLAY: &str = "op.replay-after-restart";

cases! {
    /// Kills with SIGKILL while six writers push op after op, in five rounds: all that was acknowledged is there.
    "durable/kill-keeps-what-was-acknowledged" checks [KEPT, WHOLE, ONCE, REPLAY] needs [Restart]
        by kills(KEPT, 5, LoadShape { batch: 1..=1, acknowledged: 6..=60 });
    /// Kills with SIGKILL while six writers push batches of up to 60 ops, in three rounds: each whole or absent.
    "durable/kill-leaves-batches-whole-or-absent" checks [WHOLE, KEPT, ONCE, REPLAY] needs [Restart]
        by kills(WHOLE, 3, LoadShape { batch: 20..=60, acknowledged: 1..=6 });
    /// Kills amid pushes and again amid their retries, in three rounds: retried to the end, all counts once.
    "durable/retries-after-kills-count-once" checks [ONCE, WHOLE, KEPT, REPLAY] needs [Restart] by killed_again;
}

async fn kills(context: Context, requirement: &'static str, rounds: usize, shape: LoadShape) -> Checked {
    let mut load = KillLoad::open(&context, server(&context, requirement).await?).await?;
    for _ in 0..rounds {
        load.kill_amid_writes(&shape).await?;
        load.start_again().await?;
        load.check_what_is_left().await?;
        load.retry().await?;
    }
    load.server.stop().await;
    Ok(())
}

async fn killed_again(context: Context) -> Checked {
    let mut load = KillLoad::open(&context, server(&context, ONCE).await?).await?;
    for _ in 0..3 {
        load.kill_amid_writes(&LoadShape { batch: 2..=25, acknowledged: 3..=20 }).await?;
        for _ in 0..2 {
            load.start_again().await?;
            load.kill_amid_retries().await?;
        }
        load.start_again().await?;
        load.check_what_is_left().await?;
        load.retry().await?;
    }
    load.server.stop().await;
    Ok(())
}
