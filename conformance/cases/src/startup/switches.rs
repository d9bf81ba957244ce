//! Start-up with switches that are set, and set to off.

use crate::prelude::*;
use crate::support::server_fixture::ServerFixture;
use syncproof_harness::targets::{StartOptions, Storage};

const MEMORY: &str = "startup.memory-is-explicit";
const KEPT: &str = "durable.graceful-stop";

cases! {
    /// Starts the server with the switch for in-memory storage set to `false`: without a path, and with `:memory:`, it refuses.
    "startup/a-switch-set-to-false-is-off" checks [MEMORY] needs [Launch] by set_to_false;
    /// Starts the server with a path and the switch for in-memory storage: what was pushed is there after a restart.
    "startup/a-path-wins-over-the-switch" checks [MEMORY, KEPT] needs [Launch, Restart] by path_wins;
}

async fn set_to_false(context: Context) -> Checked {
    let mut fixture = ServerFixture::new(&context)?;
    let setting = format!("{}=false", fixture.launcher.settings.allow_in_memory);
    fixture.launcher.arguments.splice(0..0, ["env".into(), setting.into()]);
    for storage in [Storage::Unset, Storage::File(":memory:".into())] {
        let launch = StartOptions { storage, ..StartOptions::without_path() };
        fixture.refuses(&launch, MEMORY, "with the switch for in-memory storage set to `false`").await?;
    }
    Ok(())
}

async fn path_wins(context: Context) -> Checked {
    let fixture = ServerFixture::new(&context)?;
    let path = fixture.path("kept.sqlite");
    let launch = StartOptions { allow_in_memory: true, ..StartOptions::with_file(&path) };
    let what = "with a path and the switch for in-memory storage";
    let (base, process) = fixture.serves(&launch, MEMORY, what).await?;
    let mut home = Journal::of(context.user_at("anna", &base).await?, MEMORY);
    home.push_ok(&home.put("threads", "pk")).await.in_setup()?;
    process.stop().await;
    let (base, process) = fixture.serves(&launch, MEMORY, what).await?;
    home.at(&base)?.checks(KEPT).holds().await?;
    process.stop().await;
    Ok(())
}
