//! The load: a few clients at once, who log in, make workspaces, push and delete, and note what was acknowledged and when.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::Value;
use uuid::Uuid;

use crate::caller::Caller;
use crate::fact::{Acknowledged, Batch, Creation, Login, SentOp, User};
use crate::journal::Journal;
use crate::mount::Mount;
use crate::recording::Recording;
use syncproof_campaign::TargetHandle;
use syncproof_harness::client::Client;
use syncproof_harness::targets::{Launcher, ManagedServer};
use syncproof_protocol::op::Op;
use syncproof_protocol::wire::Id;

/// The name of the database in the folder that records.
pub(crate) const DATABASE: &str = "syncproof.sqlite";
/// How many clients work at once.
const CLIENTS: usize = 4;
/// How many requests each of them sends, in each of the two lives of the server.
const REQUESTS: usize = 30;
/// How often a first session is asked for.
const ATTEMPTS: usize = 50;
/// How many of a client's requests may fail before there is too little to judge. One that fails is not acknowledged, and
/// what it was to write may be there or not.
const MAX_FAILURES: usize = REQUESTS / 2;
/// The sizes of batches. Large ones are rare.
const SIZES: [usize; 10] = [1, 1, 1, 1, 1, 2, 3, 10, 40, 100];
/// The tables that are written.
const TABLES: [&str; 4] = ["threads", "messages", "projects", "kv"];
/// How many records of each table a client has.
const RECORDS: u32 = 12;
/// How many workspaces a client has at most.
const MAX_WORKSPACES: usize = 6;

/// What clients have noted so far.
#[derive(Debug)]
struct Notes {
    recording: Mutex<Recording>,
    journal: Arc<Journal>,
    /// No two loads have a user in common.
    key: String,
}

impl Notes {
    fn lock(&self) -> MutexGuard<'_, Recording> {
        self.recording.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Logs in somebody whom the server has not seen. Returns their place in the list of users, and their workspace.
    async fn log_in(&self, handle: &TargetHandle, client: &Client) -> Result<Member, String> {
        let (place, user) = {
            let mut recording = self.lock();
            let (place, name) = (recording.users.len(), format!("user {}", recording.users.len()));
            let subject = format!("power-{place}-{}", self.key);
            let (provider, email) = (handle.credentials().provider().to_owned(), format!("{subject}@example.test"));
            let user = User { provider, subject, email, name };
            recording.users.push(user.clone());
            (place, user)
        };
        let caller = Caller::new(handle, &user, client).await?;
        let mut session = caller.session().await;
        for _ in 1..ATTEMPTS {
            if session.is_ok() {
                break;
            }
            session = caller.session().await;
        }
        let session = session.map_err(|said| format!("a first session gets {said}, {ATTEMPTS} times"))?;
        let home = session.workspace.ok_or("a new user has no workspace")?.id;
        let login = Login { user: place, at: self.journal.position(), id: session.user.id, home: home.clone() };
        let id = login.id.to_string();
        self.lock().logins.push(login);
        Ok(Member { place, id, caller, workspaces: vec![home], clock: 1 })
    }
}

/// A client and what it knows.
struct Member {
    place: usize,
    id: String,
    caller: Caller,
    workspaces: Vec<Id>,
    clock: u64,
}

impl Member {
    /// Sends some requests, one after the other.
    async fn work(
        &mut self,
        notes: &Notes,
        handle: &TargetHandle,
        client: &Client,
        random: &mut StdRng,
    ) -> Result<(), String> {
        let mut failures = 0;
        for _ in 0..REQUESTS {
            let done = match random.random_range(0..20) {
                0 if self.workspaces.len() < MAX_WORKSPACES => self.create(notes, random).await,
                1 => notes.log_in(handle, client).await.map(drop),
                _ => self.push(notes, random).await,
            };
            failures += usize::from(done.is_err());
            if failures > MAX_FAILURES {
                return done.map_err(|reason| format!("too many requests fail under load: {reason}"));
            }
        }
        Ok(())
    }

    async fn create(&mut self, notes: &Notes, random: &mut StdRng) -> Result<(), String> {
        let name = format!("made {}", random.random_range(0..1_000_000));
        let created = self.caller.create(&name).await;
        let id = created.map_err(|said| format!("the creation of a workspace gets {said}"))?;
        let at = notes.journal.position();
        notes.lock().creations.push(Creation { user: self.place, at, id: id.clone(), name });
        self.workspaces.push(id);
        Ok(())
    }

    async fn push(&mut self, notes: &Notes, random: &mut StdRng) -> Result<(), String> {
        let workspace = self.workspaces[random.random_range(0..self.workspaces.len())].clone();
        let size = SIZES[random.random_range(0..SIZES.len())];
        let ops: Vec<Op> = (0..size).map(|_| self.op(random)).collect();
        let batch = Batch {
            user: self.place,
            workspace: workspace.clone(),
            ops: ops.iter().map(SentOp::from).collect(),
            acknowledged: None,
        };
        let place = {
            let mut recording = notes.lock();
            recording.batches.push(batch);
            recording.batches.len() - 1
        };
        let answer = self.caller.push(&workspace, &ops).await.map_err(|said| format!("a push gets {said}"))?;
        let at = notes.journal.position();
        let versions: Vec<u64> = answer.results.iter().filter_map(|result| result.server_version).collect();
        let is_whole = versions.len() == ops.len() && answer.results.iter().all(|result| result.success);
        if let Some(batch) = notes.lock().batches.get_mut(place) {
            match is_whole {
                true => batch.acknowledged = Some(Acknowledged { at, versions }),
                // Of a batch of which a part was refused, a part is there.
                false => batch.ops.clear(),
            }
        }
        match is_whole {
            true => Ok(()),
            false => Err("an answer by which not all ops are taken".to_owned()),
        }
    }

    /// A put or a delete of one of the client's own records.
    fn op(&mut self, random: &mut StdRng) -> Op {
        let table = TABLES[random.random_range(0..TABLES.len())];
        let pk = format!("{}-{}", self.place, random.random_range(0..RECORDS));
        self.clock += 1;
        let op = match random.random_bool(0.2) {
            true => Op::delete(table, &pk),
            false => Op::put(table, &pk, &Value::from(self.id.clone())).mark(&"x".repeat(random.random_range(1..200))),
        };
        op.clock(self.clock)
    }
}

/// Puts a server that is started in the mounted folder under load, stops it, and once more on the same store.
///
/// # Errors
/// One sentence when the server does not start, fails under load, or keeps nothing in the folder.
pub async fn record(handle: &TargetHandle, launcher: &Launcher, mount: &Mount, seed: u64) -> Result<Recording, String> {
    let recording = Mutex::new(Recording { seed, ..Recording::default() });
    let notes = Notes { recording, journal: Arc::clone(mount.journal()), key: Uuid::new_v4().simple().to_string() };
    let start = ManagedServer::start_on(launcher, &mount.path().join(DATABASE)).await;
    let mut server = start.map_err(|reason| format!("a server whose folder is recorded does not start: {reason}"))?;
    notes.lock().ready = notes.journal.position();
    let outcome = lives(&notes, handle, &mut server, seed).await;
    server.stop_gracefully().await;
    outcome?;
    let mut recording = notes.recording.into_inner().unwrap_or_else(PoisonError::into_inner);
    recording.changes = mount.journal().take();
    if recording.changes.is_empty() {
        return Err(NOTHING_KEPT.to_owned());
    }
    Ok(recording)
}

const NOTHING_KEPT: &str = "the server wrote nothing into the folder of its database ({database}, or the variable for it), \
    so that nothing can be said of what it keeps there";

/// Two lives of the server: what it does when it ends and when it finds a store is under load, too.
async fn lives(notes: &Notes, handle: &TargetHandle, server: &mut ManagedServer, seed: u64) -> Result<(), String> {
    let anonymous = handle.anonymous(&handle.recorder());
    let client = anonymous.at(server.base())?;
    let mut members = Vec::new();
    for _ in 0..CLIENTS {
        members.push(notes.log_in(handle, &client).await?);
    }
    for life in 0..2 {
        if life > 0 {
            server.stop_gracefully().await;
            server.start_again().await.map_err(|reason| format!("it does not start again: {reason}"))?;
        }
        let client = anonymous.at(server.base())?;
        for member in &mut members {
            member.caller = member.caller.at(server.base())?;
        }
        let work = members.iter_mut().map(|member| {
            let mut random = StdRng::seed_from_u64(seed ^ ((member.place as u64) << 8) ^ life);
            let client = &client;
            async move { member.work(notes, handle, client, &mut random).await }
        });
        join_all(work).await.into_iter().collect::<Result<(), String>>()?;
    }
    Ok(())
}
