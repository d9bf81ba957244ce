//! A round: users log in, work at once until the time is up, then settle; its history is judged.

use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt as _, join_all};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::caller::Caller;
use crate::nemesis::Nemesis;
use crate::plan::Plan;
use crate::shift::Shift;
use crate::tape::Tape;
use crate::team::{Door, Person};
use crate::worker;
use syncproof_campaign::TargetHandle;
use syncproof_history::anomaly::Anomalies;
use syncproof_history::{History, Verdict, file, judge};
use syncproof_protocol::capability::Capability;
use syncproof_protocol::wire::Id;

/// How many pages are read at the end at most.
const MAX_PAGES: usize = 10_000;
/// How many people own workspaces together.
const OWNERS: usize = 4;

/// A round that was performed.
#[derive(Debug)]
pub struct Round {
    /// The file of its history.
    pub file: Vec<u8>,
    /// The history.
    pub history: History,
    /// What was found in it.
    pub anomalies: Anomalies,
}

impl Round {
    /// The verdict on it.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        Verdict::of(&self.history, &self.anomalies)
    }
}

/// Performs a round on a target.
///
/// # Errors
/// When users cannot log in, or the recorded history cannot be read, which is a fault of the suite.
pub async fn perform(handle: &TargetHandle, target: &str, plan: Plan) -> Result<Round, String> {
    let tape = Arc::new(Tape::new(target));
    work(handle, &tape, plan).await?;
    let tape = Arc::try_unwrap(tape).map_err(|_| "a client of the round is still at work")?;
    let file = tape.into_file();
    let history = file::read(file.as_slice()).map_err(|error| error.to_string())?;
    let anomalies = judge(&history);
    Ok(Round { file, history, anomalies })
}

async fn work(handle: &TargetHandle, tape: &Arc<Tape>, plan: Plan) -> Result<(), String> {
    let mut nemesis = Nemesis::new(handle, plan).await?;
    let outcome = work_under(&mut nemesis, handle, tape, plan).await;
    nemesis.end().await;
    outcome
}

async fn work_under(nemesis: &mut Nemesis, handle: &TargetHandle, tape: &Arc<Tape>, plan: Plan) -> Result<(), String> {
    let mut rng = StdRng::seed_from_u64(plan.seed);
    let client = nemesis.lead(handle.anonymous(&handle.recorder()))?;
    let door = Door::new(handle, client, tape, nemesis.instances(handle));
    let owner = door.person("owner").await?;
    let (editor, viewer) = (door.member_of(&owner, "editor").await?, door.member_of(&owner, "viewer").await?);
    let manager = door.person("manager").await?;
    let (guest, other) = (door.person("guest").await?.beside("here"), door.person("other").await?.beside("there"));
    let quitter = owner.beside("quitter");
    // What they lose sight of, nobody can judge.
    let owners = match nemesis.is_absent() && door.has(Capability::Members) {
        true => owners(&door).await?,
        false => Vec::new(),
    };
    let collectors = if door.has(Capability::Gc) { Some(collectors(&door).await?) } else { None };
    let home = owner.home.clone();
    let snapshots = door.has(Capability::Snapshot);

    let (shift, heap) = (Shift::new(plan.length), Shift::new(plan.length));
    let mut writers = Vec::new();
    for number in 0..plan.writers {
        let person = if number % 2 == 0 { &owner } else { &editor };
        writers.push(person.beside(&format!("writer {number}")));
    }
    let readers = |kind: &str| -> Vec<Caller> {
        let person = |number: usize| [&viewer, &editor, &owner][number % 3];
        (0..plan.readers).map(|number| person(number).caller.beside(&format!("{kind} {number}"))).collect()
    };
    let (followers, lookers) = (readers("follower"), readers("looker"));
    let devices: Vec<Person> = (0..plan.devices).map(|number| editor.beside(&format!("offline {number}"))).collect();
    let mut work: Vec<BoxFuture<()>> = Vec::new();
    for writer in &writers {
        work.push(worker::write(&shift, writer, &home, rng.random()).boxed());
    }
    for follower in &followers {
        work.push(worker::follow(&shift, follower, &home, rng.random()).boxed());
    }
    for looker in &lookers {
        work.push(worker::look(&shift, looker, &home, rng.random(), snapshots).boxed());
    }
    for (number, device) in devices.iter().enumerate() {
        work.push(worker::come_and_go(&shift, device, &home, (number, rng.random())).boxed());
    }
    work.push(worker::log_in_at_once(&shift, &door, "newcomer").boxed());
    if door.is_over_sockets() {
        work.push(worker::quit(&shift, &quitter, &home, rng.random()).boxed());
    }
    work.push(worker::own_together(&shift, &owners, rng.random()).boxed());
    if let Some([collector, writer, reader, rested]) = &collectors {
        let home = &collector.home;
        work.push(worker::collect(&heap, collector, rng.random()).boxed());
        work.push(worker::write(&heap, writer, home, rng.random()).boxed());
        work.push(worker::follow_and_tell(&heap, reader, snapshots, rng.random()).boxed());
        work.push(worker::collect_rested(&shift, rested, rng.random()).boxed());
    }
    work.push(worker::manage(&shift, &door, &manager, (&guest, &other), rng.random()).boxed());
    let (struck, _) = tokio::join!(nemesis.strike(&shift, tape), join_all(work));
    struck?;
    settle(&owner.caller, &home, snapshots).await;
    settle(&editor.caller, &home, snapshots).await;
    Ok(())
}

/// People who own workspaces together.
async fn owners(door: &Door<'_>) -> Result<Vec<Person>, String> {
    let mut people = Vec::new();
    for number in 0..OWNERS {
        people.push(door.person(&format!("partner-{number}")).await?);
    }
    Ok(people)
}

/// Somebody whose home is collected, two who write and read there, and somebody whose home rests in between.
async fn collectors(door: &Door<'_>) -> Result<[Person; 4], String> {
    let (collector, rested) = (door.person("collector").await?, door.person("rested").await?);
    let (writer, reader) = (collector.beside("writer"), collector.beside("reader"));
    worker::register(&reader).await?;
    Ok([collector, writer, reader, rested])
}

/// Reads everything once more: what was answered has to be there, and what was not is seen to be there or not.
async fn settle(caller: &Caller, workspace: &Id, snapshots: bool) {
    let mut cursor = 0;
    for _ in 0..MAX_PAGES {
        let Some(page) = caller.pull(workspace, cursor, 1000, None).await else { break };
        if !page.has_more || page.next_cursor <= cursor {
            break;
        }
        cursor = page.next_cursor;
    }
    if snapshots {
        worker::snapshot(caller, workspace, 100).await;
    }
}
