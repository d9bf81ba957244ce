//! Users who write while their server is killed or its store is full, and the checks of what is left afterwards.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::prelude::*;
use syncproof_harness::targets::ManagedServer;
use syncproof_protocol::json::same_json;

const KEPT: &str = "durable.acknowledged-survives-kill";
const WHOLE: &str = "durable.batch-all-or-nothing";
const ONCE: &str = "durable.unknown-outcome-retries";

/// Users who write, each in their home.
const USERS: usize = 3;
/// Writers for each user: so many batches of a user can be in flight.
const WRITERS: usize = 2;
/// The most batches that one writer sends before the kill.
const MAX_BATCHES: usize = 400;
/// The batches that one writer sends to fill a store, and the size of the text in them, random so that it stays as long in
/// a store that compresses: 40 MB by all writers.
const FILLING_BATCHES: usize = 180;
const FILLING_CHARACTERS: usize = 16_000;
/// How many of its batches a writer sees refused before it ends.
const REFUSED_BATCHES: usize = 4;
/// The longest wait for the acknowledgements before a kill.
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(60);

/// How much is written before a kill.
pub(crate) struct LoadShape {
    /// How many ops a batch has.
    pub(crate) batch: RangeInclusive<usize>,
    /// How many batches are acknowledged before the kill.
    pub(crate) acknowledged: RangeInclusive<usize>,
}

/// A server for this case alone, and everything that was sent to it.
pub(crate) struct KillLoad {
    pub(crate) server: ManagedServer,
    pub(crate) journals: Vec<Journal>,
    sent: BTreeMap<String, Op>,
    /// Batches without an answer, each with the number of its journal.
    pub(crate) unknown: Vec<(usize, Vec<Op>)>,
    acknowledged: Vec<Acknowledged>,
    rng: ChaCha8Rng,
    round: usize,
    /// What has happened when it is checked what is left, and the rule that what was acknowledged outlives that.
    when: &'static str,
    kept: &'static str,
}

/// A batch for the journal of that number, with the versions in the answer.
struct Acknowledged {
    journal: usize,
    batch: Vec<Op>,
    versions: Vec<u64>,
}

/// The batches of one writer: puts and deletes, some of them of records that other writers change too.
struct Batches {
    rng: ChaCha8Rng,
    round: usize,
    writer: usize,
    number: usize,
}

impl Batches {
    fn next(&mut self, user: &User, sizes: RangeInclusive<usize>) -> Vec<Op> {
        self.number += 1;
        (0..self.rng.random_range(sizes))
            .map(|place| {
                let table = ["threads", "kv", "posts"][self.rng.random_range(0..3)];
                let pk = format!("pk{}", self.rng.random_range(0..40));
                let delete = self.rng.random_bool(0.2);
                let op = if delete { user.delete(table, &pk) } else { user.put(table, &pk) };
                let mark = format!("{}-{}-{}-{place} ü \u{1F600}", self.round, self.writer, self.number);
                op.clock(self.rng.random_range(1..1_000)).hlc(mark.clone()).mark(&mark)
            })
            .collect()
    }

    /// One to four ops, with that text in the payloads.
    fn next_large(&mut self, user: &User, filling: &str) -> Vec<Op> {
        let size = 1 + self.number % 4;
        let fill = |op: Op| if op.operation() == Operation::Put { op.field("filling", json!(filling)) } else { op };
        self.next(user, size..=size).into_iter().map(fill).collect()
    }
}

/// What one writer has sent.
struct Written {
    acknowledged: Vec<Acknowledged>,
    unknown: Vec<(usize, Vec<Op>)>,
}

impl KillLoad {
    /// Starts a server with users in it. Skips the case where the suite cannot start one.
    pub(crate) async fn open(context: &Context, server: ManagedServer) -> Checked<Self> {
        let mut journals = Vec::new();
        for number in 0..USERS {
            let user = context.user_at(&format!("writer-{number}"), server.base()).await?;
            journals.push(Journal::of(user, ONCE));
        }
        let (sent, unknown, acknowledged) = (BTreeMap::new(), Vec::new(), Vec::new());
        let (rng, round, when, kept) = (context.rng(), 0, "a kill", KEPT);
        Ok(KillLoad { server, journals, sent, unknown, acknowledged, rng, round, when, kept })
    }

    /// Starts the writers, and kills the server at a moment that the seed chooses.
    pub(crate) async fn kill_amid_writes(&mut self, shape: &LoadShape) -> Checked {
        self.round += 1;
        let (report, mut reported) = watch::channel(0_usize);
        let mut writers = JoinSet::new();
        for writer in 0..USERS * WRITERS {
            let journal = writer % USERS;
            let user = self.journals[journal].user.on_new_connections()?;
            let mut batches =
                Batches { rng: ChaCha8Rng::from_rng(&mut self.rng), round: self.round, writer, number: 0 };
            let (sizes, of_user) = (shape.batch.clone(), user.clone());
            // Made when they are sent: most of them never are.
            let batches = std::iter::repeat_with(move || batches.next(&of_user, sizes.clone())).take(MAX_BATCHES);
            writers.spawn(write(user, journal, batches, report.clone()));
        }
        let enough = self.rng.random_range(shape.acknowledged.clone());
        // Within the time of about one push.
        let delay = Duration::from_micros(self.rng.random_range(0..8_000));
        // If all writers end by themselves, the wait ends too.
        drop(report);
        let in_time =
            tokio::time::timeout(ACKNOWLEDGED_WITHIN, reported.wait_for(|count| *count >= enough)).await.is_ok();
        self.server.kill_in(delay).await;
        while let Some(written) = writers.join_next().await {
            let written = written.map_err(|error| Stop::Skipped(format!("a writer of the suite failed: {error}")))?;
            self.note(written.in_setup()?);
        }
        if !in_time {
            let actual = format!("{} batches", *reported.borrow());
            let message = "too few pushes were acknowledged before the kill";
            return Err(Failure::new(KEPT, message, format!("{enough} batches"), actual).into()).in_setup();
        }
        Ok(())
    }

    fn note(&mut self, written: Written) {
        let acknowledged = written.acknowledged.iter().map(|one| &one.batch);
        let batches = acknowledged.chain(written.unknown.iter().map(|(_, batch)| batch));
        self.sent.extend(batches.flatten().map(|op| (op.id().to_owned(), op.clone())));
        self.acknowledged.extend(written.acknowledged);
        self.unknown.extend(written.unknown);
    }

    /// Writes until the server has kept no more for some batches of each writer, and kills it. False if it took everything.
    /// What is left is then checked under that rule.
    pub(crate) async fn fill(&mut self, requirement: &'static str) -> Checked<bool> {
        (self.when, self.kept) = ("the store was full", requirement);
        let letter = |_| char::from(self.rng.random_range(b'a'..=b'z'));
        let filling: String = (0..FILLING_CHARACTERS).map(letter).collect();
        let mut writers = JoinSet::new();
        for writer in 0..USERS * WRITERS {
            let journal = writer % USERS;
            let user = self.journals[journal].user.on_new_connections()?;
            let mut batches =
                Batches { rng: ChaCha8Rng::from_rng(&mut self.rng), round: self.round, writer, number: 0 };
            let (filling, of_user) = (filling.clone(), user.clone());
            let batches = std::iter::repeat_with(move || batches.next_large(&of_user, &filling)).take(FILLING_BATCHES);
            writers.spawn(write_beyond(user, journal, batches));
        }
        let mut is_full = false;
        while let Some(written) = writers.join_next().await {
            let written = written.map_err(|error| Stop::Skipped(format!("a writer of the suite failed: {error}")))?;
            let written = written?;
            is_full |= !written.unknown.is_empty();
            self.note(written);
        }
        self.server.kill().await;
        Ok(is_full)
    }

    /// Starts the server again; the users use its new address.
    pub(crate) async fn start_again(&mut self) -> Checked {
        crate::support::server_fixture::start_again(&mut self.server, KEPT).await?;
        for journal in &mut self.journals {
            journal.user = journal.user.at(self.server.base())?;
        }
        Ok(())
    }

    /// Checks what is left after a kill: acknowledged ops with their versions, batches without an answer as a whole or not
    /// at all, and nothing else. Takes the log into the journals.
    pub(crate) async fn check_what_is_left(&mut self) -> Checked {
        let (when, kept) = (self.when, self.kept);
        for number in 0..self.journals.len() {
            let journal = &self.journals[number];
            let (user, known) = (journal.user.clone(), journal.ops.len());
            let (session, answer) = user.session("session.stable").await?;
            let workspace = session.workspace.map(|workspace| workspace.id);
            let actual = user_and_workspace(&session.user.id, workspace.as_ref());
            let message =
                format!("after {when}, the session shows another user or another active workspace than before");
            answer.equal("session.stable", message, user_and_workspace(&user.id, Some(&user.home)), actual)?;

            let (changes, pull) = user.log(&user.home, kept).await?;
            let entries: Vec<Value> = changes.iter().map(change_json).collect();
            let mut places: BTreeMap<&str, usize> = BTreeMap::new();
            for (place, change) in changes.iter().enumerate() {
                let (expected, version) = (place as u64 + 1, change.server_version);
                let message = format!("after {when}, the log skips or repeats a version");
                pull.ensure(
                    ONCE,
                    version == expected,
                    message,
                    format!("version {expected}"),
                    format!("version {version}"),
                )?;
                let Some(op) = self.sent.get(&change.stamp.op_id) else {
                    let message = format!("after {when}, the log has an entry that was not pushed");
                    return Err(pull.fails(
                        WHOLE,
                        message,
                        "one of the ops that were pushed",
                        entries[place].to_string(),
                    ));
                };
                if !same_json(&op.as_change(change.server_version), &entries[place]) {
                    let message = format!("after {when}, an entry of the log is not the op that was pushed");
                    let expected = op.as_change(change.server_version).to_string();
                    return Err(pull.fails(kept, message, expected, entries[place].to_string()));
                }
                let once = places.insert(&change.stamp.op_id, place).is_none();
                let message = format!("after {when}, the log has an op twice");
                pull.ensure(ONCE, once, message, "one entry for each op", &change.stamp.op_id)?;
            }
            for op in &self.journals[number].ops {
                let message = format!("after {when}, an op that was in the log is missing");
                pull.ensure(kept, places.contains_key(op.id()), message, op.id(), "no entry")?;
            }
            for one in self.acknowledged.iter().filter(|one| one.journal == number) {
                for (op, version) in one.batch.iter().zip(&one.versions) {
                    let left = places.get(op.id()).map(|place| *place as u64 + 1);
                    let in_words =
                        |left: Option<u64>| left.map_or("no entry".to_owned(), |left| format!("version {left}"));
                    let message = format!("after {when}, an acknowledged op is missing or has another version");
                    pull.ensure(kept, left == Some(*version), message, format!("version {version}"), in_words(left))?;
                }
            }
            for (_, batch) in self.unknown.iter().filter(|(journal, _)| *journal == number) {
                let left: Vec<Option<usize>> = batch.iter().map(|op| places.get(op.id()).copied()).collect();
                let absent = left.iter().all(Option::is_none);
                let first = left.first().copied().flatten().unwrap_or_default();
                let whole = left.iter().zip(first..).all(|(place, expected)| *place == Some(expected));
                let message = format!("after {when}, the log has a part of a batch that got no answer");
                let present = left.iter().flatten().count();
                let at = |place: &Option<usize>| place.map_or("none".to_owned(), |place| format!("{}", place + 1));
                let versions: Vec<String> = left.iter().map(at).collect();
                let actual = format!("{present} of {} ops, at the versions {}", batch.len(), versions.join(", "));
                pull.ensure(WHOLE, absent || whole, message, "all ops in their order, or none", actual)?;
            }
            let message = format!("after {when}, the log is shorter than before");
            pull.ensure(
                kept,
                changes.len() >= known,
                message,
                format!("at least {known} entries"),
                format!("{} entries", changes.len()),
            )?;
            let ops = changes.iter().filter_map(|change| self.sent.get(&change.stamp.op_id).cloned()).collect();
            self.journals[number].ops = ops;
            user.shows(&user.home, &self.journals[number].ops, kept).await?;
        }
        Ok(())
    }

    /// Pushes batches without an answer again, in another order and some of them twice, and some of the acknowledged ones.
    /// The result has to be as if each had been sent once.
    pub(crate) async fn retry(&mut self) -> Checked {
        let mut unknown = std::mem::take(&mut self.unknown);
        unknown.reverse();
        let again = unknown.iter().step_by(2).cloned().collect::<Vec<_>>();
        for (journal, batch) in unknown.into_iter().chain(again) {
            self.journals[journal].push_ok(&batch).await?;
        }
        for one in self.acknowledged.drain(..).rev().step_by(3).take(12) {
            let journal = &mut self.journals[one.journal];
            journal.checks("op.replay-after-restart").push_ok(&one.batch).await?;
            journal.checks(ONCE);
        }
        for journal in &self.journals {
            journal.holds().await?;
        }
        Ok(())
    }

    /// Sends all batches without an answer again at one instant, and kills the server meanwhile. Their outcome stays unknown.
    pub(crate) async fn kill_amid_retries(&mut self) -> Checked {
        let mut retries = JoinSet::new();
        for (journal, batch) in &self.unknown {
            let (user, batch) = (self.journals[*journal].user.on_new_connections()?, batch.clone());
            retries.spawn(async move { user.push_unactivated(&user.home, &batch).await });
        }
        self.server.kill_in(Duration::from_micros(self.rng.random_range(0..12_000))).await;
        while retries.join_next().await.is_some() {}
        Ok(())
    }
}

/// Pushes one batch after another until the first that gets no answer.
async fn write(
    user: User,
    journal: usize,
    batches: impl Iterator<Item = Vec<Op>>,
    report: watch::Sender<usize>,
) -> Checked<Written> {
    let mut written = Written { acknowledged: Vec::new(), unknown: Vec::new() };
    for batch in batches {
        let answer = user.push_unactivated(&user.home, &batch).await;
        if answer.status().is_none() {
            written.unknown.push((journal, batch));
            break;
        }
        if batch.len() > 1 && answer.is(&[400, 413]) {
            return Err(refuses_batches(&batch));
        }
        let versions = successes(&answer, &batch, "push.results-mirror-ops")?;
        written.acknowledged.push(Acknowledged { journal, batch, versions });
        report.send_modify(|count| *count += 1);
    }
    Ok(written)
}

/// Pushes one batch after another until some of them were not taken. Which ops of such a batch were kept is unknown, unless
/// their results say so.
async fn write_beyond(user: User, journal: usize, batches: impl Iterator<Item = Vec<Op>>) -> Checked<Written> {
    let mut written = Written { acknowledged: Vec::new(), unknown: Vec::new() };
    for batch in batches {
        let answer = user.push_unactivated(&user.home, &batch).await;
        let was_taken = |size: usize| written.acknowledged.iter().any(|one| one.batch.len() >= size);
        if batch.len() > 1 && answer.is(&[400, 413]) && !was_taken(batch.len()) {
            return Err(refuses_batches(&batch));
        }
        if !answer.is(&[200]) {
            written.unknown.push((journal, batch));
        } else {
            let body: PushAnswer = answer.read("push.results-mirror-ops")?;
            let results = body.results.iter();
            let versions: Vec<_> = results.map(|result| result.server_version.filter(|_| result.success)).collect();
            match versions.iter().copied().collect::<Option<Vec<u64>>>() {
                Some(versions) => written.acknowledged.push(Acknowledged { journal, batch, versions }),
                // Each op for itself: what its result says counts.
                None => {
                    for (op, version) in batch.into_iter().zip(versions) {
                        match version {
                            Some(version) => {
                                let (batch, versions) = (vec![op], vec![version]);
                                written.acknowledged.push(Acknowledged { journal, batch, versions });
                            }
                            None => written.unknown.push((journal, vec![op])),
                        }
                    }
                }
            }
        }
        if written.unknown.len() >= REFUSED_BATCHES {
            break;
        }
    }
    Ok(written)
}

/// A server may take one op at a time, and no batch.
fn refuses_batches(batch: &[Op]) -> Stop {
    Stop::Skipped(format!("the target refuses batches of {}", batch.len()))
}
