//! A store that takes no more, as on a full disk: what is told to be kept is kept.

use crate::prelude::*;
use crate::support::kill_load::KillLoad;
use crate::support::server_fixture::ServerFixture;
use syncproof_harness::targets::ManagedServer;

const FULL: &str = "durable.full-store";
/// Limits to the size of a file, in bytes: the first under which the server starts.
const ROOM: [u64; 3] = [1 << 20, 4 << 20, 16 << 20];

cases! {
    /// Six writers push until files may not grow any more, and on: with room again, all that was acknowledged is there.
    "durable/full-store-keeps-what-was-acknowledged"
        checks [FULL, "durable.batch-all-or-nothing", "durable.unknown-outcome-retries", "http.no-internals"]
        needs [Launch, Restart] by fills;
}

async fn fills(context: Context) -> Checked {
    context.recorder().allow_server_errors();
    let fixture = ServerFixture::new(&context)?;
    let mut started = Err(Stop::Skipped("the server does not start where files may not exceed 16 MiB".to_owned()));
    for room in ROOM {
        if let Ok(server) = ManagedServer::start_within(&fixture.launcher, Some(room)).await {
            started = Ok(server);
            break;
        }
    }
    let mut load = KillLoad::open(&context, started?).await.in_setup()?;
    let is_full = load.fill(FULL).await?;
    load.server.lift_limit();
    load.start_again().await?;
    load.check_what_is_left().await?;
    load.retry().await?;
    load.server.stop().await;
    // It took everything and has kept it.
    let reason = || Stop::Skipped("a limit to the size of its files does not limit the server's store".to_owned());
    is_full.then_some(()).ok_or_else(reason)
}
