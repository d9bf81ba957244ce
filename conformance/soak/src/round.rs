//! A round: users log in, work at once until the time is up, then settle; its history is judged.

use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt as _, join_all};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::caller::Caller;
use crate::job::Job;
use crate::nemesis::Nemesis;
use crate::plan::Plan;
use crate::shift::Shift;
use crate::tape::Tape;
use crate::team::{Door, Person};
use crate::transit::Transit;
use crate::worker;
use syncproof_campaign::TargetHandle;
use syncproof_history::anomaly::Anomalies;
use syncproof_history::{History, Verdict, file, judge};
use syncproof_protocol::capability::Capability;
use syncproof_protocol::simulation;
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
    work(handle, &tape, &plan).await?;
    let tape = Arc::try_unwrap(tape).map_err(|_| "a client of the round is still at work")?;
    let file = tape.into_file();
    let history = file::read(file.as_slice()).map_err(|error| error.to_string())?;
    let anomalies = judge(&history);
    Ok(Round { file, history, anomalies })
}

async fn work(handle: &TargetHandle, tape: &Arc<Tape>, plan: &Plan) -> Result<(), String> {
    let mut nemesis = Nemesis::new(handle, plan).await?;
    let outcome = work_under(&mut nemesis, handle, tape, plan).await;
    nemesis.end().await;
    outcome
}

async fn work_under(nemesis: &mut Nemesis, handle: &TargetHandle, tape: &Arc<Tape>, plan: &Plan) -> Result<(), String> {
    let mut rng = StdRng::seed_from_u64(plan.seed);
    let client = nemesis.lead(handle.anonymous(&handle.recorder()))?;
    let transit = Transit { is_bad: plan.faults.network };
    let door = Door::new(handle, client, tape, nemesis.addresses(handle), transit);
    // Each has its own seed, whoever else takes part.
    let jobs = plan.jobs().into_iter().enumerate().map(|(number, job)| (number, job, rng.random::<u64>()));
    let jobs: Vec<(usize, Job, u64)> =
        jobs.filter(|(number, job, _)| plan.crew.has(*number) && can_do(&door, *job)).collect();
    let is_done = |asked: fn(Job) -> bool| jobs.iter().any(|(_, job, _)| asked(*job));

    let owner = door.person("owner").await?;
    let (editor, viewer) = (door.member_of(&owner, "editor").await?, door.member_of(&owner, "viewer").await?);
    let managed = match is_done(|job| job == Job::Manage) {
        true => Some((door.person("manager").await?, door.person("guest").await?, door.person("other").await?)),
        false => None,
    };
    // What they lose sight of, nobody can judge.
    let owners = match nemesis.is_absent()
        && !(simulation::is_on() && plan.faults.network)
        && is_done(|job| job == Job::OwnTogether)
    {
        true => owners(&door).await?,
        false => Vec::new(),
    };
    let collectors = if is_done(Job::is_about_collections) { Some(collectors(&door).await?) } else { None };
    let home = owner.home.clone();
    let snapshots = door.has(Capability::Snapshot);

    let (shift, heap) = (Shift::new(plan.length), Shift::new(plan.length));
    let reader = |kind: &str, number: usize| {
        let person = [&viewer, &editor, &owner][number % 3];
        person.caller.beside(&format!("{kind} {number}"))
    };
    let mut work: Vec<BoxFuture<()>> = Vec::new();
    for (_, job, seed) in jobs {
        let (shift, heap, home, door) = (&shift, &heap, &home, &door);
        work.push(match (job, &collectors, &managed) {
            (Job::Write(number), ..) => {
                let person = if number % 2 == 0 { &owner } else { &editor };
                let writer = person.beside(&format!("writer {number}"));
                async move { worker::write(shift, &writer, home, seed).await }.boxed()
            }
            (Job::Follow(number), ..) => {
                let follower = reader("follower", number);
                async move { worker::follow(shift, &follower, home, seed).await }.boxed()
            }
            (Job::Look(number), ..) => {
                let looker = reader("looker", number);
                async move { worker::look(shift, &looker, home, seed, snapshots).await }.boxed()
            }
            (Job::ComeAndGo(number), ..) => {
                let device = editor.beside(&format!("offline {number}"));
                async move { worker::come_and_go(shift, &device, home, (number, seed)).await }.boxed()
            }
            (Job::LogIn, ..) => worker::log_in_at_once(shift, door, "newcomer").boxed(),
            (Job::Quit, ..) => {
                let quitter = owner.beside("quitter");
                async move { worker::quit(shift, &quitter, home, seed).await }.boxed()
            }
            (Job::OwnTogether, ..) => worker::own_together(shift, &owners, seed).boxed(),
            (Job::Collect, Some([collector, ..]), _) => worker::collect(heap, collector, seed).boxed(),
            (Job::WriteCollected, Some([collector, writer, ..]), _) => {
                worker::write(heap, writer, &collector.home, seed).boxed()
            }
            (Job::FollowAndTell, Some([_, _, reader, _]), _) => {
                worker::follow_and_tell(heap, reader, snapshots, seed).boxed()
            }
            (Job::CollectRested, Some([.., rested]), _) => worker::collect_rested(shift, rested, seed).boxed(),
            (Job::Manage, _, Some((manager, guest, other))) => {
                let (guest, other) = (guest.beside("here"), other.beside("there"));
                async move { worker::manage(shift, door, manager, (&guest, &other), seed).await }.boxed()
            }
            _ => continue,
        });
    }
    let (struck, _) = tokio::join!(nemesis.strike(&shift, tape), join_all(work));
    struck?;
    settle(&owner.caller, &home, snapshots).await;
    settle(&editor.caller, &home, snapshots).await;
    Ok(())
}

/// Whether the target has what the job needs.
fn can_do(door: &Door, job: Job) -> bool {
    match job {
        Job::Quit => door.is_over_sockets(),
        Job::OwnTogether => door.has(Capability::Members),
        _ => !job.is_about_collections() || door.has(Capability::Gc),
    }
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
