//! SIGKILL at random moments while several users write, and a restart on the same store.

use super::bench::machine;
use super::storm::{Shape, Storm};
use syncproof_harness::case::{Case, Stage};
use syncproof_harness::world::Context;
use syncproof_protocol::capability::Capability;
use syncproof_protocol::failure::Checked;

const KEPT: &str = "durable.acknowledged-survives-kill";
const WHOLE: &str = "durable.batch-all-or-nothing";
const ONCE: &str = "durable.unknown-outcome-retries";
const REPLAY: &str = "op.replay-after-restart";

const RESTART: &[Capability] = &[Capability::Restart];

/// Cases of this file.
pub(super) const CASES: &[Case] = &[
    Case {
        id: "durable/kill-keeps-what-was-acknowledged",
        requirements: &[KEPT, WHOLE, ONCE, REPLAY],
        needs: RESTART,
        stage: Stage::Main,
        summary: "Kills with SIGKILL while six writers push op after op, in five rounds: all that was acknowledged is there.",
        run: |context| Box::pin(small_batches(context)),
    },
    Case {
        id: "durable/kill-leaves-batches-whole-or-absent",
        requirements: &[WHOLE, KEPT, ONCE, REPLAY],
        needs: RESTART,
        stage: Stage::Main,
        summary: "Kills with SIGKILL while six writers push batches of up to 60 ops, in three rounds: each whole or absent.",
        run: |context| Box::pin(large_batches(context)),
    },
    Case {
        id: "durable/retries-after-kills-count-once",
        requirements: &[ONCE, WHOLE, KEPT, REPLAY],
        needs: RESTART,
        stage: Stage::Main,
        summary: "Kills amid pushes and again amid their retries, in three rounds: retried to the end, all counts once.",
        run: |context| Box::pin(killed_again(context)),
    },
];

async fn small_batches(context: Context) -> Checked {
    let mut storm = Storm::open(&context, machine(&context, KEPT).await?).await?;
    for _ in 0..5 {
        storm.kill_amid_writes(&Shape { batch: 1..=1, acknowledged: 6..=60 }).await?;
        storm.start_again().await?;
        storm.check_what_is_left().await?;
        storm.retry().await?;
    }
    storm.machine.stop().await;
    Ok(())
}

async fn large_batches(context: Context) -> Checked {
    let mut storm = Storm::open(&context, machine(&context, WHOLE).await?).await?;
    for _ in 0..3 {
        storm.kill_amid_writes(&Shape { batch: 20..=60, acknowledged: 1..=6 }).await?;
        storm.start_again().await?;
        storm.check_what_is_left().await?;
        storm.retry().await?;
    }
    storm.machine.stop().await;
    Ok(())
}

async fn killed_again(context: Context) -> Checked {
    let mut storm = Storm::open(&context, machine(&context, ONCE).await?).await?;
    for _ in 0..3 {
        storm.kill_amid_writes(&Shape { batch: 2..=25, acknowledged: 3..=20 }).await?;
        for _ in 0..2 {
            storm.start_again().await?;
            storm.kill_amid_retries().await?;
        }
        storm.start_again().await?;
        storm.check_what_is_left().await?;
        storm.retry().await?;
    }
    storm.machine.stop().await;
    Ok(())
}
