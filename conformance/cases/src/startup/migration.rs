//! Databases of other versions of the same server: an older one is migrated with nothing lost, a newer one is refused.
//! The hooks `older` and `newer` make them out of a stopped server's database.

use std::path::{Path, PathBuf};

use crate::prelude::*;
use crate::support::server_fixture::ServerFixture;
use syncproof_harness::targets::{Hook, StartOptions};
use syncproof_protocol::failure::Phase;

const MIGRATES: &str = "startup.migrates";

cases! {
    /// Fills a database, makes it one of an older version and starts on it: nothing is lost.
    "startup/migrates-an-older-database" checks [MIGRATES, "op.replay-after-restart"] needs [Launch] by older;
    /// Makes a database one of a newer version and starts on it: refused, and left byte for byte as it was.
    "startup/refuses-a-newer-database" checks [MIGRATES] needs [Launch] by newer;
}

fn hook(hook: Option<&Hook>, name: &str) -> Checked<Hook> {
    hook.cloned().ok_or_else(|| {
        Stop::Skipped(format!("there is no hook `{name}` that turns a database into one of another version"))
    })
}

/// The database and what SQLite keeps beside it, as bytes.
fn bytes(path: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let beside = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    // The shared-memory file is an index of the log that any look may rebuild.
    let files = [path.to_owned(), beside("-wal"), beside("-journal")];
    files.into_iter().filter_map(|path| std::fs::read(&path).ok().map(|bytes| (path, bytes))).collect()
}

/// Runs the hook on the database of a stopped server.
async fn rewrite(hook: &Hook, path: &Path) -> Checked {
    let before = bytes(path);
    let fails = |actual: String| {
        let message = "a database of another version cannot be made";
        let mut failure = Failure::new(MIGRATES, message, "a hook that does it", actual);
        failure.phase = Phase::Setup;
        Stop::from(failure)
    };
    hook.run(&[("database", &path.to_string_lossy())]).await.map_err(fails)?;
    if bytes(path) == before { Err(fails("the hook changed nothing".to_owned())) } else { Ok(()) }
}

/// A server's worth of data: two users, three workspaces, one shared, and puts and deletes on every table.
struct Filled {
    journals: Vec<Journal>,
    users: Vec<User>,
    seen: Vec<Value>,
}

async fn fill(context: &Context, base: &str) -> Checked<Filled> {
    let anna = context.user_at("anna", base).await?;
    let ben = context.user_at("ben", base).await?;
    let second = Journal::beside(&anna, "second", MIGRATES).await?;
    let shared = second.workspace.clone();
    let mut journals = vec![Journal::of(anna.clone(), MIGRATES), Journal::of(ben.clone(), MIGRATES), second];
    for (number, journal) in journals.iter_mut().enumerate() {
        for round in 0..2_u64 {
            let user = journal.user.clone();
            let ops: Vec<Op> = TABLES
                .iter()
                .flat_map(|table| {
                    let mark = format!("{number}-{round} ü \u{1F600}");
                    [user.put(table.name, "pk").mark(&mark), user.put(table.name, "gone").mark(&mark)]
                })
                .map(|op| op.clock(round + 1))
                .collect();
            journal.push_ok(&ops).await.in_setup()?;
        }
        let user = journal.user.clone();
        let deletes: Vec<Op> = TABLES.iter().map(|table| user.delete(table.name, "gone").clock(9)).collect();
        journal.push_ok(&deletes).await.in_setup()?;
        user.update_cursor(&journal.workspace, "device-1", 5).await?.expect_status(MIGRATES, &[200]).in_setup()?;
    }
    if context.has(Capability::Members) {
        anna.invite(&shared, &ben, Role::Editor).await?;
    }
    ben.activate_ok(&ben.home).await?;
    let users = vec![anna, ben];
    let seen = all_see(&users).await.in_setup()?;
    Ok(Filled { journals, users, seen })
}

async fn all_see(users: &[User]) -> Checked<Vec<Value>> {
    let mut all = Vec::new();
    for user in users {
        let place = user.place(MIGRATES).await?;
        all.push(json!([place.session.user.id, place.workspace(), place.session.role, place.entries()]));
    }
    Ok(all)
}

impl Filled {
    /// Everything is as it was, also to those who write on.
    async fn is_kept(&mut self, base: &str, round: u64) -> Checked {
        for user in &mut self.users {
            *user = user.at(base)?;
        }
        let seen = all_see(&self.users).await?;
        let (_, answer) = self.users[0].session(MIGRATES).await?;
        answer.equal(MIGRATES, "users, workspaces or roles changed with a migration", &self.seen, seen)?;
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

async fn older(context: Context) -> Checked {
    let hook = hook(context.target().controls.hooks.older.as_ref(), "older")?;
    let fixture = ServerFixture::new(&context)?;
    let path = fixture.path("older.sqlite");
    let launch = StartOptions::with_file(&path);
    let (base, process) = fixture.serves(&launch, MIGRATES, "with a new file").await.in_setup()?;
    let mut filled = fill(&context, &base).await?;
    process.stop().await;
    rewrite(&hook, &path).await?;
    // The second start is on what the first has migrated.
    for round in 0..2 {
        let what = ["on a database of an older version", "again on a migrated database"][round];
        let (base, process) = fixture.serves(&launch, MIGRATES, what).await?;
        filled.is_kept(&base, round as u64).await?;
        process.stop().await;
    }
    Ok(())
}

async fn newer(context: Context) -> Checked {
    let hook = hook(context.target().controls.hooks.newer.as_ref(), "newer")?;
    let fixture = ServerFixture::new(&context)?;
    let path = fixture.path("newer.sqlite");
    let launch = StartOptions::with_file(&path);
    let (base, process) = fixture.serves(&launch, MIGRATES, "with a new file").await.in_setup()?;
    fill(&context, &base).await?;
    process.stop().await;
    rewrite(&hook, &path).await?;
    let before = bytes(&path);
    for _ in 0..2 {
        let output = fixture.refuses(&launch, MIGRATES, "on a database of a newer version").await?;
        if output.trim().is_empty() {
            let message = "the refusal of a newer database says nothing";
            return Err(Failure::new(MIGRATES, message, "a clear error", "no output").into());
        }
        if bytes(&path) != before {
            let message = "a newer database that was refused is not left as it was";
            return Err(Failure::new(MIGRATES, message, "the same bytes", "other bytes").into());
        }
    }
    Ok(())
}
