//! Several processes on one store: versions, op ids and pulls are the same at each of them.

use rand::RngExt as _;

use crate::concurrent::pushes::push_whole;
use crate::gc::collection::{COLLECTS, GAP, entries};
use crate::prelude::*;
use crate::support::server_fixture::Instances;
use syncproof_harness::world::retention::wait_until_old;

const UNIQUE: &str = "concurrent.versions-unique";
const REPLAYS: &str = "op.concurrent-replays";
const READS: &str = "pull.reads-own-writes";
const NO_SKIP: &str = "pull.no-skip-under-writes";
const GO_ON: &str = "gc.versions-go-on";

cases! {
    /// Twelve batches go to all instances at one instant, in several rounds: versions contiguous, each once.
    "instances/versions-unique" checks [UNIQUE, "concurrent.batches-atomic"] needs [Instances] by versions;
    /// One new op, and one new batch, goes to all instances at one instant: applied once, one version.
    "instances/one-op-to-all" checks [REPLAYS] needs [Instances] by one_op;
    /// Ops accepted by one instance are pushed to the others again, unchanged and with other content.
    "instances/replay-at-another" checks ["op.replay-same-version", "op.reuse-conflicting"] needs [Instances] by replay;
    /// Each push goes to another instance, and every instance shows it to the next pull and snapshot.
    "instances/reads-what-another-wrote" checks [READS, "concurrent.versions-in-order"] needs [Instances] by reads;
    /// What one instance collects is gone at all others, which have just shown it, and versions go on at each.
    "instances/collected-at-another" checks [GAP, GO_ON] needs [Instances, Gc] runs Early by collected;
    /// While all instances are written to, a reader at each follows nextCursor and misses nothing.
    "instances/no-reader-misses-a-change" checks [NO_SKIP, "concurrent.batches-atomic"] needs [Instances] by no_skip;
}

/// The user at an instance each, on connections of their own that are open already.
async fn crowd(instances: &Instances, user: &User, count: usize) -> Checked<Vec<User>> {
    let mut crowd = Vec::with_capacity(count);
    for number in 0..count {
        let user = user.at(instances.base(number))?;
        user.pull(&user.home, 0, 1).await?.expect_status("pull.after-cursor", &[200]).in_setup()?;
        crowd.push(user);
    }
    Ok(crowd)
}

async fn holds_at_all(instances: &Instances, journal: &Journal) -> Checked {
    for base in &instances.bases {
        journal.at(base)?.holds().await?;
    }
    Ok(())
}

async fn versions(context: Context) -> Checked {
    let mut rng = context.rng();
    let instances = Instances::open(&context, UNIQUE).await?;
    let mut home = Journal::of(context.user_at("anna", instances.base(0)).await?, UNIQUE);
    for round in 0..5 {
        let crowd = crowd(&instances, &home.user, 12).await?;
        let pushes = crowd.into_iter().enumerate().map(|(pusher, user)| {
            let count = rng.random_range(1..=5);
            let ops: Vec<Op> = (0..count).map(|number| user.put("kv", &format!("{round}-{pusher}-{number}"))).collect();
            async move { push_whole(&user, &user.home, ops).await }
        });
        let pushed = at_once(pushes.collect()).await?.into_iter().collect::<Checked<Vec<_>>>()?;
        home.acknowledge(pushed.concat()).await?;
    }
    holds_at_all(&instances, &home).await
}

async fn one_op(context: Context) -> Checked {
    let instances = Instances::open(&context, REPLAYS).await?;
    let mut journal = Journal::of(context.user_at("anna", instances.base(0)).await?, REPLAYS);
    let user = journal.user.clone();
    for (clients, rounds) in [(instances.bases.len(), 8), (12, 4)] {
        let crowd = crowd(&instances, &user, clients).await?;
        for round in 0..rounds {
            let mut batch = vec![user.put("threads", &format!("pk{clients}-{round}")).clock(round + 1)];
            if round % 2 == 1 {
                batch.extend((0..4).map(|number| user.put("kv", &format!("pk{clients}-{round}-{number}"))));
                batch.extend(journal.ops.last().cloned());
            }
            let expected = journal.predict(&batch);
            let pushes = crowd.iter().cloned().map(|user| {
                let batch = batch.clone();
                async move { user.push_unactivated(&user.home, &batch).await }
            });
            for answer in at_once(pushes.collect()).await? {
                let versions = successes(&answer, &batch, REPLAYS)?;
                answer.equal(
                    REPLAYS,
                    "instances that got the same ops at one instant did not all answer with the versions of these ops",
                    &expected,
                    versions,
                )?;
            }
        }
    }
    holds_at_all(&instances, &journal).await
}

async fn collected(context: Context) -> Checked {
    let instances = Instances::open(&context, GAP).await?;
    let mut home = Journal::of(context.user_at("anna", instances.base(0)).await?, GAP);
    for round in 0..instances.bases.len() {
        let batch = entries(&home.user, &format!("round{round}-"), 4);
        home.push_ok(&batch).await.in_setup()?;
        let head = home.head();
        for base in &instances.bases {
            home.at(base)?.remains(GAP).await?;
        }
        home.have_read(&[("laptop", head)]).await?;
        wait_until_old(&context).await?;
        // Each of them collects in one of the rounds.
        home.at(instances.base(round))?.collect_log_through_ok(head, COLLECTS).await?;
        for base in &instances.bases {
            home.at(base)?.remains(GAP).await?.lacks(head, GAP, "another instance has collected them")?;
        }
    }
    for number in 0..instances.bases.len() {
        let user = home.user.at(instances.base(number))?;
        let new = user.put("kv", &format!("after {number}"));
        home.checks(GO_ON).push_by_ok(&user, &new).await?;
    }
    Ok(())
}

async fn replay(context: Context) -> Checked {
    const REQUIREMENT: &str = "op.replay-same-version";
    const REUSE: &str = "op.reuse-conflicting";
    let instances = Instances::open(&context, REQUIREMENT).await?;
    let mut journal = Journal::of(context.user_at("anna", instances.base(0)).await?, REQUIREMENT);
    let users = crowd(&instances, &journal.user, instances.bases.len()).await?;
    for round in 0..4 {
        let anna = &users[round % users.len()];
        let batch: Vec<Op> = (0..5)
            .map(|number| {
                let pk = format!("pk{number}");
                let op = if number == 3 { anna.delete("threads", &pk) } else { anna.put("threads", &pk) };
                op.clock(round as u64 * 10 + number)
            })
            .collect();
        journal.push_by_ok(anna, &batch).await?;
        for user in &users {
            journal.push_by_ok(user, &batch).await?;
            let other = user.put("threads", "other").clock(900).op_id(batch[0].id());
            let answer = user.push(&journal.workspace, other.as_ref()).await?;
            let handled = answer.status().is_some_and(|status| status < 500);
            let message = "an instance gives a 5xx or no answer to a known id with other content";
            answer.ensure(REUSE, handled, message, "no 5xx", answer.outcome())?;
        }
        for user in &users {
            journal.holds_for(user).await?;
        }
    }
    Ok(())
}

async fn reads(context: Context) -> Checked {
    let instances = Instances::open(&context, READS).await?;
    let mut journal = Journal::of(context.user_at("anna", instances.base(0)).await?, "concurrent.versions-in-order");
    let users = crowd(&instances, &journal.user, instances.bases.len()).await?;
    for round in 0..24 {
        let writer = &users[round % users.len()];
        let op = if round % 5 == 4 { writer.delete("threads", "pk") } else { writer.put("threads", "pk") };
        let before = journal.head();
        journal.push_by_ok(writer, &[op.clock(round as u64 + 1)]).await?;
        for reader in &users {
            // From the start and from where the reader is: what was read before may be kept somewhere.
            for cursor in [before, 0] {
                let (changes, answer) = reader.log_after(&journal.workspace, cursor, 1000, READS).await?;
                let seen = changes.last().map_or(0, |change| change.server_version);
                let message = "an instance does not show a push that another has acknowledged";
                answer.equal(READS, message, journal.head(), seen)?;
            }
            reader.shows(&journal.workspace, &journal.ops, READS).await?;
        }
    }
    Ok(())
}

/// Follows nextCursor from the start until the log has that many entries. Returns each version with its op id.
async fn follow(reader: &User, count: usize) -> Checked<Vec<(u64, String)>> {
    let mut seen = Vec::new();
    // More pages than changes: a server that hands out empty pages for ever ends here.
    let mut pages = reader.pull_pages(&reader.home, 7, NO_SKIP).follow().at_most(20_000);
    while seen.len() < count {
        let Some((page, answer)) = pages.next().await? else { break };
        for change in page.changes {
            let expected = seen.len() as u64 + 1;
            let message = "a reader that follows nextCursor misses a change, or gets one twice";
            answer.equal(NO_SKIP, message, expected, change.server_version)?;
            seen.push((change.server_version, change.stamp.op_id));
        }
    }
    Ok(seen)
}

async fn no_skip(context: Context) -> Checked {
    const WRITERS: usize = 6;
    const BATCHES: usize = 12;
    const SIZE: usize = 3;
    let instances = Instances::open(&context, NO_SKIP).await?;
    let anna = context.user_at("anna", instances.base(0)).await?;
    let writers = crowd(&instances, &anna, WRITERS).await?;
    let readers = crowd(&instances, &anna, instances.bases.len()).await?;
    let reading: Vec<_> = readers
        .into_iter()
        .map(|reader| tokio::spawn(async move { follow(&reader, WRITERS * BATCHES * SIZE).await }))
        .collect();
    let writing = writers.into_iter().enumerate().map(|(writer, user)| async move {
        let mut acknowledged = Vec::new();
        for batch in 0..BATCHES {
            let ops: Vec<Op> =
                (0..SIZE).map(|number| user.put("messages", &format!("{writer}-{batch}-{number}"))).collect();
            let versions = user.push_ok(&user.home, &ops, NO_SKIP).await?;
            acknowledged.extend(versions.into_iter().zip(ops.iter().map(|op| op.id().to_owned())));
        }
        Checked::Ok(acknowledged)
    });
    let written = at_once(writing.collect()).await?.into_iter().collect::<Checked<Vec<_>>>();
    let written = match written {
        Ok(written) => written,
        Err(stop) => {
            reading.iter().for_each(tokio::task::JoinHandle::abort);
            return Err(stop);
        }
    };
    let mut expected = written.concat();
    expected.sort_unstable();
    let (_, answer) = anna.session(NO_SKIP).await?;
    for reader in reading {
        let seen = reader.await.map_err(|error| Stop::Skipped(format!("a reader of the suite failed: {error}")))??;
        answer.equal(
            NO_SKIP,
            "a reader of one instance got other changes than the instances acknowledged",
            &expected,
            seen,
        )?;
    }
    Ok(())
}
