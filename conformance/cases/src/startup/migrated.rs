//! Start-up on a database of an older version that holds more than its present records: writes that lost, tombstones with
//! owners, cursors, and ages. A migration that gives an old row a new column has to work out what belongs in it.

use crate::prelude::*;
use crate::startup::migration::{all_see, hook, rewrite, still_see};
use crate::support::server_fixture::ServerFixture;
use syncproof_harness::targets::{Process, StartOptions};
use syncproof_harness::world::retention::{CHANGE_LOG, COLLECTED, LONG_SECONDS, TOMBSTONES};

const MIGRATES: &str = "startup.migrates";

cases! {
    /// Writes that lost before a migration are known after it, and no snapshot shows them.
    "startup/migrates-writes-that-lost" checks [MIGRATES, "op.replay-after-restart"] needs [Launch, Snapshot] by losers;
    /// Notifications of two members, put and deleted before a migration, are seen after it by whom they belong to.
    "startup/migrates-owners" checks [MIGRATES, "notification.owner-only"]
        needs [Launch, Members, Snapshot, PrivateNotifications] by owners;
    /// What a device has not read, or what is young, is not collected after a migration either.
    "startup/migrates-cursors-and-ages" checks [MIGRATES, "gc.keeps-unseen", "gc.keeps-young"]
        needs [Launch, Gc, Snapshot] runs Early by cursors_and_ages;
    /// The log is collected to its end before a migration: versions go on after it, and the records are there.
    "startup/migrates-a-collected-log" checks [MIGRATES, "gc.versions-go-on"]
        needs [Launch, Gc, Snapshot] by collected_log;
}

/// A server on a file that will be made one of an older version.
struct Migration {
    fixture: ServerFixture,
    launch: StartOptions,
    base: String,
    process: Process,
}

impl Migration {
    /// Starts the server on a new file.
    async fn begin(context: &Context) -> Checked<Self> {
        hook(context.target().controls.hooks.older.as_ref(), "older")?;
        let fixture = ServerFixture::new(context)?;
        let launch = StartOptions::with_file(&fixture.path("old.sqlite"));
        let (base, process) = fixture.serves(&launch, MIGRATES, "with a new file").await.in_setup()?;
        Ok(Migration { fixture, launch, base, process })
    }

    /// Stops the server, makes its database one of an older version, and starts it again, at another address. These users
    /// have to find their workspaces there, before anything is asked about what these hold.
    async fn migrate(self, context: &Context, users: &[User]) -> Checked<Self> {
        let hook = hook(context.target().controls.hooks.older.as_ref(), "older")?;
        let before = all_see(users).await.in_setup()?;
        self.process.stop().await;
        rewrite(&hook, &self.fixture.path("old.sqlite")).await?;
        let what = "on a database of an older version";
        let (base, process) = self.fixture.serves(&self.launch, MIGRATES, what).await?;
        still_see(users, &before, &base).await?;
        Ok(Migration { base, process, ..self })
    }
}

async fn losers(context: Context) -> Checked {
    let migration = Migration::begin(&context).await?;
    let anna = context.user_at("anna", &migration.base).await?;
    let mut home = Journal::of(anna.clone(), MIGRATES);
    for table in TABLES {
        let put = |pk: &str, clock| anna.put(table.name, pk).clock(clock).mark(&format!("at {clock}"));
        let delete = |pk: &str, clock| anna.delete(table.name, pk).clock(clock);
        let ops =
            [put("row", 5), put("row", 3), delete("row", 4), delete("gone", 6), put("gone", 2), delete("gone", 1)];
        home.push_ok(&ops).await.in_setup()?;
    }
    let migration = migration.migrate(&context, std::slice::from_ref(&anna)).await?;
    let mut home = home.at(&migration.base)?;
    let known = home.ops.clone();
    home.checks("op.replay-after-restart").push_ok(&known).await?;
    home.checks(MIGRATES).shows().await?;
    let (before, _) = home.items(MIGRATES).await?;
    let (anna, workspace) = (home.user.clone(), home.workspace.clone());
    let mut pages = anna.snapshot_pages(&workspace, 1, MIGRATES);
    pages.next().await?;
    // From here on the first page's moment is what the log says of it.
    let newer: Vec<Op> = TABLES
        .iter()
        .flat_map(|table| [("row", 20), ("gone", 21)].map(|(pk, clock)| home.put(table.name, pk).clock(clock)))
        .collect();
    home.push_ok(&newer).await?;
    pages.may_refuse(&[400, 404, 410]);
    while let Some((_, answer)) = pages.next().await? {
        if pages.ended() {
            let message = "after a migration, a snapshot does not show its moment once its records are written again";
            let shown =
                |items: &[Item]| items.iter().map(|item| json!([item.position(), item.revision()])).collect::<Vec<_>>();
            answer.equal(MIGRATES, message, shown(&before), shown(&pages.items))?;
        }
    }
    home.holds().await?;
    migration.process.stop().await;
    Ok(())
}

async fn owners(context: Context) -> Checked {
    let migration = Migration::begin(&context).await?;
    let anna = context.user_at("anna", &migration.base).await?;
    let ben = context.user_at("ben", &migration.base).await?;
    let mut shared = Journal::beside(&anna, "shared", MIGRATES).await?;
    anna.invite(&shared.workspace, &ben, Role::Editor).await?;
    for (user, name) in [(&anna, "annas"), (&ben, "bens")] {
        let put = |label: &str, clock| user.put("notifications", &format!("{name}-{label}")).clock(clock);
        let delete = |label: &str, clock| user.delete("notifications", &format!("{name}-{label}")).clock(clock);
        let ops = [
            put("row", 1),
            put("gone", 1),
            delete("gone", 2),
            put("revived", 1),
            delete("revived", 2),
            put("revived", 3),
            user.put("threads", &format!("{name}-thread")),
        ];
        shared.push_by_ok(user, &ops).await.in_setup()?;
    }
    let (annas, bens) = (seen_by(&anna, &shared).await.in_setup()?, seen_by(&ben, &shared).await.in_setup()?);
    let migration = migration.migrate(&context, &[anna.clone(), ben.clone()]).await?;
    let (shared, anna, ben) = (shared.at(&migration.base)?, anna.at(&migration.base)?, ben.at(&migration.base)?);
    for (user, before) in [(&anna, annas), (&ben, bens)] {
        let (_, answer) = user.session(MIGRATES).await?;
        let message = "after a migration, a member is shown other notifications than before";
        answer.equal("notification.owner-only", message, before, seen_by(user, &shared).await?)?;
    }
    // Each goes on with their own.
    for (user, name) in [(&anna, "annas"), (&ben, "bens")] {
        let put = user.put("notifications", &format!("{name}-gone")).clock(9);
        let delete = user.delete("notifications", &format!("{name}-row")).clock(9);
        user.push_ok(&shared.workspace, &[put, delete], MIGRATES).await?;
    }
    migration.process.stop().await;
    Ok(())
}

/// What the log and a snapshot of the workspace show this member.
async fn seen_by(user: &User, shared: &Journal) -> Checked<Value> {
    let (changes, _) = user.log(&shared.workspace, MIGRATES).await?;
    let (items, _) = user.items(&shared.workspace, MIGRATES).await?;
    let changes: Vec<Value> = changes.iter().map(|change| json!([change.server_version, change.pk])).collect();
    let items: Vec<Value> = items.iter().map(|item| json!([item.position(), item.revision()])).collect();
    Ok(json!({"changes": changes, "items": items}))
}

async fn cursors_and_ages(context: Context) -> Checked {
    const UNSEEN: &str = "gc.keeps-unseen";
    const YOUNG: &str = "gc.keeps-young";
    let migration = Migration::begin(&context).await?;
    let anna = context.user_at("anna", &migration.base).await?;
    let mut home = Journal::of(anna.clone(), MIGRATES);
    let ops = [
        anna.put("threads", "row"),
        anna.put("kv", "row"),
        anna.delete("threads", "gone"),
        anna.delete("kv", "gone"),
        anna.put("posts", "row"),
        anna.delete("posts", "gone"),
    ];
    home.push_ok(&ops).await.in_setup()?;
    home.have_read(&[("laptop", 6), ("phone", 3)]).await?;
    let migration = migration.migrate(&context, std::slice::from_ref(&anna)).await?;
    let home = home.at(&migration.base)?;
    for what in [CHANGE_LOG, TOMBSTONES] {
        home.collect(what, LONG_SECONDS).await?.expect_status("gc.collects", COLLECTED)?;
    }
    home.remains(YOUNG).await?.keeps(
        1,
        YOUNG,
        "they were written just before a migration, and the retention is a day",
    )?;
    home.shows().await?;
    // The laptop is known to have read everything; the phone, which says nothing after the migration, is not.
    home.have_read(&[("laptop", 6)]).await?;
    home.collect_log_through_ok(3, "gc.collects").await?;
    home.collect_ok(TOMBSTONES, UNSEEN).await?;
    let why = "a device that registered before the migration has not read them";
    home.remains(UNSEEN).await?.keeps(4, UNSEEN, why)?;
    home.update_cursor("phone", 1).await?.expect_status("cursor.forward-only", &[200, 409])?;
    home.have_read(&[("phone", 6)]).await?;
    home.collect_log_through_ok(6, "gc.collects").await?;
    migration.process.stop().await;
    Ok(())
}

async fn collected_log(context: Context) -> Checked {
    let migration = Migration::begin(&context).await?;
    let anna = context.user_at("anna", &migration.base).await?;
    let mut home = Journal::of(anna.clone(), MIGRATES);
    let ops = [anna.put("threads", "row"), anna.put("kv", "gone"), anna.delete("kv", "gone").clock(2)];
    home.push_ok(&ops).await.in_setup()?;
    home.have_read(&[("laptop", 3)]).await?;
    home.collect_log_through_ok(3, "gc.collects").await?;
    home.collect_ok(TOMBSTONES, MIGRATES).await?;
    let migration = migration.migrate(&context, std::slice::from_ref(&anna)).await?;
    let mut home = home.at(&migration.base)?;
    let newer = [home.put("threads", "row").clock(5), home.put("kv", "gone").clock(6)];
    home.checks("gc.versions-go-on").push_ok(&newer).await?;
    home.checks(MIGRATES).shows().await?;
    migration.process.stop().await;
    Ok(())
}
