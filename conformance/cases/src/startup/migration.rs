//! Start-up on databases of other versions: an older one is migrated with nothing lost, a newer one is refused. The hooks
//! `older` and `newer` make them from the database of a stopped server.

use std::path::{Path, PathBuf};

use crate::prelude::*;
use crate::support::server_fixture::ServerFixture;
use syncproof_harness::targets::{Hook, StartOptions};

const MIGRATES: &str = "startup.migrates";

cases! {
    /// Fills a database, makes it one of an older version and starts on it: nothing is lost.
    "startup/migrates-an-older-database" checks [MIGRATES, "op.replay-after-restart"] needs [Launch] by older;
    /// Makes a database one of a newer version and starts on it: refused, and left byte for byte as it was.
    "startup/refuses-a-newer-database" checks [MIGRATES] needs [Launch] by newer;
}

pub(crate) fn hook(hook: Option<&Hook>, name: &str) -> Checked<Hook> {
    hook.cloned().ok_or_else(|| {
        Stop::Skipped(format!("there is no hook `{name}` that turns a database into one of another version"))
    })
}

/// The database, and the files that SQLite keeps beside it, as bytes.
fn bytes(path: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let beside = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    // Without the shared-memory file: it is an index of the log that any reader may rebuild.
    let files = [path.to_owned(), beside("-wal"), beside("-journal")];
    files.into_iter().filter_map(|path| std::fs::read(&path).ok().map(|bytes| (path, bytes))).collect()
}

/// Runs the hook on the database of a stopped server.
pub(crate) async fn rewrite(hook: &Hook, path: &Path) -> Checked {
    let before = bytes(path);
    let fails = |actual: String| {
        let message = "the hook does not make a database of another version";
        Stop::from(Failure::new(MIGRATES, message, "another database", actual))
    };
    hook.run(&[("database", &path.to_string_lossy())]).await.map_err(fails).in_setup()?;
    let changed = bytes(path) != before;
    if changed { Ok(()) } else { Err(fails("the hook changed nothing".to_owned())).in_setup() }
}

/// Data of every kind: two users, three workspaces, one shared, and puts and deletes in every table.
struct Filled {
    journals: Vec<Journal>,
    users: Vec<User>,
    seen: Vec<Value>,
}

async fn fill(context: &Context, base: &str) -> Checked<Filled> {
    let (anna, ben) = (context.user_at("anna", base).await?, context.user_at("ben", base).await?);
    let second = Journal::beside(&anna, "second", MIGRATES).await?;
    let shared = second.workspace.clone();
    let mut journals = vec![Journal::of(anna.clone(), MIGRATES), Journal::of(ben.clone(), MIGRATES), second];
    for (number, journal) in journals.iter_mut().enumerate() {
        for round in 0..2_u64 {
            let mark = format!("{number}-{round} ü \u{1F600}");
            let put = |table: &str, pk| journal.put(table, pk).mark(&mark).clock(round + 1);
            let puts = TABLES.iter().flat_map(|table| [put(table.name, "pk"), put(table.name, "gone")]);
            let puts: Vec<Op> = puts.collect();
            journal.push_ok(&puts).await.in_setup()?;
        }
        let deletes: Vec<Op> = TABLES.iter().map(|table| journal.delete(table.name, "gone").clock(9)).collect();
        journal.push_ok(&deletes).await.in_setup()?;
        journal.update_cursor("device-1", 5).await?.expect_status(MIGRATES, &[200]).in_setup()?;
    }
    if context.has(Capability::Members) {
        anna.invite(&shared, &ben, Role::Editor).await?;
    }
    ben.activate_ok(&ben.home).await?;
    let users = vec![anna, ben];
    let seen = all_see(&users).await.in_setup()?;
    Ok(Filled { journals, users, seen })
}

/// What each of them sees: who they are, their active workspace, their role in it, and their list.
pub(crate) async fn all_see(users: &[User]) -> Checked<Vec<Value>> {
    let mut all = Vec::new();
    for user in users {
        let place = user.place(MIGRATES).await?;
        all.push(json!({
            "user": place.session.user.id,
            "workspace": place.workspace(),
            "role": place.session.role,
            "list": place.entries(),
        }));
    }
    Ok(all)
}

/// These users at the address of the migrated server, where they see what they saw before.
pub(crate) async fn still_see(users: &[User], before: &[Value], base: &str) -> Checked<Vec<User>> {
    let users: Vec<User> = users.iter().map(|user| user.at(base)).collect::<Checked<_>>()?;
    let seen = all_see(&users).await?;
    if let Some(user) = users.first() {
        let (_, answer) = user.session(MIGRATES).await?;
        answer.equal(MIGRATES, "after a migration, users, workspaces or roles are not as before", before, seen)?;
    }
    Ok(users)
}

impl Filled {
    /// Checks that everything is as it was, and that writing goes on from there.
    async fn is_kept(&mut self, base: &str, round: u64) -> Checked {
        self.users = still_see(&self.users, &self.seen, base).await?;
        for journal in &mut self.journals {
            journal.user = journal.user.at(base)?;
            journal.holds().await?;
            let known: Vec<Op> = journal.ops.iter().step_by(4).cloned().collect();
            journal.checks("op.replay-after-restart").push_ok(&known).await?;
            let ops = [("threads", "pk"), ("kv", "gone")].map(|(table, pk)| journal.put(table, pk).clock(20 + round));
            journal.checks(MIGRATES).push_ok(&ops).await?;
            journal.holds().await?;
        }
        for user in &self.users {
            user.activate_ok(&user.home).await?;
        }
        self.seen = all_see(&self.users).await?;
        Ok(())
    }
}

/// A filled database that the hook has made one of another version, and how to start on it.
async fn rewritten(context: &Context, hook: Option<&Hook>, name: &str) -> Checked<(ServerFixture, PathBuf, Filled)> {
    let hook = self::hook(hook, name)?;
    let fixture = ServerFixture::new(context)?;
    let path = fixture.path(&format!("{name}.sqlite"));
    let started = fixture.serves(&StartOptions::with_file(&path), MIGRATES, "with a new file").await;
    let (base, process) = started.in_setup()?;
    let filled = fill(context, &base).await?;
    process.stop().await;
    rewrite(&hook, &path).await?;
    Ok((fixture, path, filled))
}

async fn older(context: Context) -> Checked {
    let hook = context.target().controls.hooks.older.as_ref();
    let (fixture, path, mut filled) = rewritten(&context, hook, "older").await?;
    let launch = StartOptions::with_file(&path);
    // The second start is on the migrated database.
    for round in 0..2 {
        let what = ["on a database of an older version", "again on a migrated database"][round];
        let (base, process) = fixture.serves(&launch, MIGRATES, what).await?;
        filled.is_kept(&base, round as u64).await?;
        process.stop().await;
    }
    Ok(())
}

async fn newer(context: Context) -> Checked {
    let hook = context.target().controls.hooks.newer.as_ref();
    let (fixture, path, _) = rewritten(&context, hook, "newer").await?;
    let before = bytes(&path);
    for _ in 0..2 {
        let launch = StartOptions::with_file(&path);
        fixture.refuses_with_error(&launch, MIGRATES, "on a database of a newer version").await?;
        if bytes(&path) != before {
            let message = "the server refused a newer database, but changed it";
            return Err(Failure::new(MIGRATES, message, "the same bytes", "other bytes").into());
        }
    }
    Ok(())
}
