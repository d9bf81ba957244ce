//! Pull without a filter: the change log, page by page.

use std::pin::Pin;

use rand::RngExt as _;

use crate::prelude::*;
use syncproof_protocol::endpoint;

cases! {
    /// Pushes puts and deletes on all tables and pulls them back, each with its stamp, in order.
    "pull/shows-what-was-pushed"
        checks ["pull.after-cursor", "pull.echoes-stamp", "push.all-tables"] by shows_what_was_pushed;
    /// Walks a log of 24 with every page size from 1 to 26: every change once, hasMore exact, cursor exact.
    "pull/pages-of-every-size"
        checks ["pull.complete", "pull.has-more", "pull.next-cursor", "pull.after-cursor"] by pages_of_every_size;
    /// Overwritten, deleted, revived and losing ops of one record are all pulled, with pages of every size.
    "pull/every-op-stays-in-the-log" checks ["pull.complete"] by every_op_stays;
    /// Pulls one page from every cursor of a log, the head included.
    "pull/from-every-cursor" checks ["pull.after-cursor", "pull.has-more", "pull.next-cursor"] by from_every_cursor;
    /// Pulls a workspace that nobody has written to.
    "pull/empty-workspace" checks ["pull.next-cursor", "pull.has-more", "pull.beyond-head"] by empty_workspace;
    /// Asks with limits of 0, below, above 1000, with fractions and with what is no number.
    "pull/limit-out-of-range" checks ["pull.limit-range"] by limits;
    /// Asks with cursors that are negative, fractional or no number.
    "pull/cursor-out-of-range" checks ["http.wrong-shape"] by bad_cursors;
    /// Asks from cursors beyond the head, up to 2^53−1.
    "pull/beyond-the-head" checks ["pull.beyond-head"] by beyond_head;
    /// Pulls right after each of many pushes, on the same and on another connection.
    "pull/reads-own-writes" checks ["pull.reads-own-writes"] by reads_own_writes;
    /// Follows nextCursor with small pages while four writers push: no change is missed, none comes twice.
    "pull/no-skip-under-writes"
        checks ["pull.no-skip-under-writes", "concurrent.batches-atomic", "concurrent.versions-unique"]
        by no_skip_under_writes;
    /// Eight changes of 200 KiB each come whole, however many of them a server puts on a page.
    "pull/large-payloads" checks ["pull.complete", "pull.has-more"] by large_payloads;
    /// A pull changes nothing: asked again, it answers the same.
    "pull/same-page-twice" checks ["pull.after-cursor", "pull.complete"] by same_page_twice;
}

/// Anna's home with a log of `count` puts and deletes over all tables.
pub(crate) async fn log_of(context: &Context, count: usize) -> Checked<Journal> {
    let (anna, mut home) = Journal::with_user(context, "push.all-tables").await?;
    let tables = context.tables();
    let ops: Vec<Op> = (0..count)
        .map(|number| {
            let table = tables[number % tables.len()].name;
            let op = match number % 5 {
                4 => anna.delete(table, &format!("pk{number}")),
                _ => anna.put(table, &format!("pk{number}")).mark(&format!("number {number}")),
            };
            op.clock(number as u64 + 1).device(&format!("device-{}", number % 3))
        })
        .collect();
    for batch in ops.chunks(100) {
        home.push_ok(batch).await.in_setup()?;
    }
    Ok(home)
}

/// The body of a pull of that user's home, whatever cursor and limit are.
fn body(user: &User, cursor: impl Into<Value>, limit: impl Into<Value>) -> Value {
    json!({"scope": {"workspaceId": user.home}, "cursor": cursor.into(), "limit": limit.into()})
}

async fn shows_what_was_pushed(context: Context) -> Checked {
    let mut home = log_of(&context, 35).await?;
    // The client chooses the stamps; the server may change nothing in them.
    let odd =
        ["z-nonsense ü \u{1F600}", "MiXeD-CaSe", "  blanks  ", "e\u{301}", "0007", "1e3", "null", "\"quoted\"", "a\\b"];
    let stamped = |(clock, text): (u64, &str)| {
        let put = home.put("kv", &format!("odd{clock}")).clock(clock).hlc(text).device(text.trim());
        put.field("clock", json!(1))
    };
    let mut ops: Vec<Op> = (77..).zip(odd).map(stamped).collect();
    let largest = home.put("kv", "largest clock").clock(9_007_199_254_740_991);
    ops.extend([largest, home.put("kv", "smallest clock").clock(0)]);
    home.checks("pull.echoes-stamp").push_ok(&ops).await?;
    let (changes, answer) = home.user.log(&home.workspace, "pull.after-cursor").await?;
    for (op, change) in home.ops.iter().zip(&changes) {
        answer.equal(
            "pull.echoes-stamp",
            "a pull gives an op with another stamp than the one pushed",
            op.stamp(),
            &change.stamp,
        )?;
    }
    home.checks("push.all-tables").gives_after(0, 1000, "the log differs from what was pushed").await?;
    home.checks("pull.after-cursor").holds().await
}

/// Checks one page of an unfiltered log that holds every version after the cursor, to `head`.
pub(crate) fn check_page(answer: &Answer, cursor: u64, limit: u64, head: u64) -> Checked<PullAnswer> {
    let page: PullAnswer = answer.read("pull.after-cursor")?;
    let versions = versions(&page.changes);
    // A page may be shorter than its limit, so long as it is the beginning of what is left, and not of nothing.
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let expected: Vec<u64> = (cursor + 1..=head).take(versions.len().clamp(1, most)).collect();
    let message = format!("the page after cursor {cursor} with limit {limit} holds the wrong changes");
    answer.equal("pull.after-cursor", message, &expected, &versions)?;
    let last = expected.last().copied().unwrap_or(cursor);
    let message = format!("nextCursor of the page after cursor {cursor} with limit {limit} is not where the page ends");
    answer.equal("pull.next-cursor", message, last, page.next_cursor)?;
    let message = "a pull says requiresSnapshot: true, and should not: nothing was collected";
    answer.ensure("pull.complete", page.requires_snapshot != Some(true), message, "no requiresSnapshot", "true")?;
    let message = format!("hasMore of the page after cursor {cursor} with limit {limit} is wrong");
    answer.equal("pull.has-more", message, last < head, page.has_more)?;
    Ok(page)
}

async fn pages_of_every_size(context: Context) -> Checked {
    const LENGTH: u64 = 24;
    let home = log_of(&context, 24).await?;
    for limit in 1..=LENGTH + 2 {
        let mut pages = home.user.pull_pages(&home.workspace, limit, "pull.complete").at_most(25);
        let mut seen = Vec::new();
        loop {
            let cursor = pages.cursor();
            let Some((_, answer)) = pages.next().await? else { break };
            let page = check_page(&answer, cursor, limit, home.head())?;
            seen.extend(versions(&page.changes));
            if !page.has_more {
                let message = format!("the pages of the log with limit {limit} do not give every change once");
                answer.equal("pull.complete", message, (home.begin() + 1..=home.head()).collect::<Vec<_>>(), &seen)?;
            }
        }
    }
    Ok(())
}

async fn every_op_stays(context: Context) -> Checked {
    let (anna, mut home) = Journal::with_user(&context, "pull.complete").await?;
    for (table, pk) in [("threads", "one"), ("file_meta", "two")] {
        let put = |clock| anna.put(table, pk).clock(clock).mark(&format!("at {clock}"));
        let delete = |clock| anna.delete(table, pk).clock(clock);
        let late = put(2).hlc("late");
        home.push_ok(&[put(1), put(2), delete(3), put(4), late, delete(1), delete(9), delete(8), put(7)]).await?;
    }
    for limit in 1..=19 {
        home.gives_after(0, limit, format!("the pages of the log with limit {limit} do not give every op once"))
            .await?;
    }
    Ok(())
}

async fn from_every_cursor(context: Context) -> Checked {
    let home = log_of(&context, 12).await?;
    for cursor in home.begin()..=home.head() {
        for limit in [1, 4, 1000] {
            check_page(&home.pull(cursor, limit).await?, cursor, limit, home.head())?;
        }
    }
    Ok(())
}

async fn large_payloads(context: Context) -> Checked {
    let mut home = Journal::open(&context, "pull.complete").await?;
    let content = "large ".repeat(200 * 1024 / 6);
    for number in 0..8 {
        let op = home.put("posts", &format!("pk{number}")).field("content", json!(content));
        let answer = home.user.push(&home.workspace, op.as_ref()).await?;
        if home.gets_its_versions(op.as_ref(), &answer).is_err() {
            return Err(Stop::Skipped(format!("the target accepts no payload of 200 KiB: {}", answer.outcome())));
        }
    }
    for limit in [3, 1000] {
        let (changes, answer) = home.user.log_after(&home.workspace, 0, limit, "pull.complete").await?;
        let message = format!("the pages of a log of large changes with limit {limit} do not give every change once");
        answer.equal(
            "pull.complete",
            message,
            (home.begin() + 1..=home.head()).collect::<Vec<u64>>(),
            versions(&changes),
        )?;
        let message = "a pull gives a large change with other content than was pushed";
        answer.equal("push.payload-round-trips", message, home.entries_after(0), entries(&changes))?;
    }
    Ok(())
}

async fn empty_workspace(context: Context) -> Checked {
    let home = Journal::open(&context, "pull.next-cursor").await?;
    for limit in [1, 1000] {
        let head = home.head();
        check_page(&home.pull(head, limit).await?, head, limit, head)?;
    }
    Ok(())
}

async fn limits(context: Context) -> Checked {
    const REQUIREMENT: &str = "pull.limit-range";
    let anna = log_of(&context, 3).await?.user;
    let bad = [
        json!(0),
        json!(-1),
        json!(1001),
        json!(1.5),
        json!(0.5),
        json!("10"),
        json!(null),
        json!(true),
        json!([]),
        json!({}),
    ];
    let huge = [json!(1e9), json!(1e300), json!((1_u64 << 53) + 1), json!(u64::MAX), json!(-(1_i64 << 53) - 1)];
    for limit in bad.into_iter().chain(huge) {
        anna.post(endpoint::PULL.path, &body(&anna, 0, limit)).await.expect_status(REQUIREMENT, &[400])?;
    }
    for limit in [1, 999, 1000] {
        anna.pull(&anna.home, 0, limit).await?.read::<PullAnswer>(REQUIREMENT)?;
    }
    Ok(())
}

async fn bad_cursors(context: Context) -> Checked {
    let anna = log_of(&context, 3).await?.user;
    for cursor in [json!(-1), json!(0.5), json!("0"), json!(null), json!(true), json!([0]), json!({})] {
        anna.post(endpoint::PULL.path, &body(&anna, cursor, 10)).await.expect_status("http.wrong-shape", &[400])?;
    }
    Ok(())
}

async fn beyond_head(context: Context) -> Checked {
    const REQUIREMENT: &str = "pull.beyond-head";
    let home = log_of(&context, 3).await?;
    let head = home.head();
    for cursor in [head + 1, head + 2, 1000, 4_294_967_296, 9_007_199_254_740_991] {
        let answer = home.pull(cursor, 10).await?;
        if answer.is(&[400]) {
            continue;
        }
        let page: PullAnswer = answer.read(REQUIREMENT)?;
        answer.equal(REQUIREMENT, "a pull from a cursor beyond the head gives changes", json!([]), &page.changes)?;
        answer.equal(
            "pull.has-more",
            "a pull from a cursor beyond the head says hasMore: true",
            false,
            page.has_more,
        )?;
    }
    Ok(())
}

async fn reads_own_writes(context: Context) -> Checked {
    let (anna, mut home) = Journal::with_user(&context, "pull.reads-own-writes").await?;
    let other = anna.on_new_connections()?;
    for round in 0..30_u64 {
        home.push_ok(&anna.put("kv", &format!("pk{round}"))).await?;
        let reader = if round % 2 == 0 { &other } else { &anna };
        let cursor = home.begin() + round;
        let answer = reader.pull(&home.workspace, cursor, 10).await?;
        let page: PullAnswer = answer.read(home.requirement)?;
        let message = "a pull does not show a push that was acknowledged before";
        answer.equal(home.requirement, message, home.entries_after(cursor), entries(&page.changes))?;
    }
    Ok(())
}

/// A task: a writer, which reads nothing, or a reader, which returns the pks that it read.
type Reader = dyn Future<Output = Checked<Vec<String>>> + Send;

async fn no_skip_under_writes(context: Context) -> Checked {
    const REQUIREMENT: &str = "pull.no-skip-under-writes";
    const WRITERS: u64 = 4;
    const BATCHES: u64 = 15;
    // Batches of every size, so that a gap may open at any version.
    let size = |writer: u64, batch: u64| (writer * 3 + batch * 7) % 5 + 1;
    let anna = context.user("anna").await?;
    let mut rng = context.rng();
    let total: u64 = (0..WRITERS).map(|writer| (0..BATCHES).map(|batch| size(writer, batch)).sum::<u64>()).sum();
    let mut tasks: Vec<Pin<Box<Reader>>> = Vec::new();
    for writer in 0..WRITERS {
        let user = anna.on_new_connections()?;
        tasks.push(Box::pin(async move {
            for batch in 0..BATCHES {
                let ops: Vec<Op> = (0..size(writer, batch))
                    .map(|number| user.put("kv", &format!("{writer}-{batch}-{number}")).device(&format!("d{writer}")))
                    .collect();
                user.push_ok(&user.home, &ops, REQUIREMENT).await.in_setup()?;
            }
            Ok(Vec::new())
        }));
    }
    for _ in 0..2 {
        let user = anna.on_new_connections()?;
        let limit: u64 = rng.random_range(1..=7);
        tasks.push(Box::pin(async move {
            let mut seen = Vec::new();
            // A page is empty only while the writers are not done.
            let mut pages = user.pull_pages(&user.home, limit, REQUIREMENT).follow().at_most(20_000);
            while pages.cursor() < total {
                let cursor = pages.cursor();
                let Some((page, answer)) = pages.next().await? else { break };
                let expected: Vec<u64> = (cursor + 1..).take(page.changes.len()).collect();
                answer.equal(
                    REQUIREMENT,
                    "a page that was read while others pushed skips a version",
                    expected,
                    versions(&page.changes),
                )?;
                seen.extend(page.changes.into_iter().map(|change| change.pk));
            }
            Ok(seen)
        }));
    }
    let outcomes = at_once(tasks).await?.into_iter().collect::<Checked<Vec<_>>>()?;
    let (changes, answer) = anna.log(&anna.home, REQUIREMENT).await?;
    let log: Vec<&String> = changes.iter().map(|change| &change.pk).collect();
    for seen in outcomes.iter().filter(|seen| !seen.is_empty()) {
        answer.equal(
            REQUIREMENT,
            "a reader that followed nextCursor while others pushed got other changes than a reader afterwards",
            &log,
            seen,
        )?;
    }
    // The ops of each batch are adjacent: the first is followed by the second, and so on to the last.
    let numbered: Vec<(&str, u64)> = log
        .iter()
        .filter_map(|pk| pk.rsplit_once('-').and_then(|(batch, number)| Some((batch, number.parse().ok()?))))
        .collect();
    for pair in numbered.windows(2) {
        let ((batch, _), (next_batch, next)) = (pair[0], pair[1]);
        let expected = if batch == next_batch { pair[0].1 + 1 } else { 0 };
        answer.equal("concurrent.batches-atomic", "the ops of a batch are not adjacent in the log", expected, next)?;
    }
    let expected: Vec<u64> = (1..=total).collect();
    answer.equal(
        "concurrent.versions-unique",
        "after concurrent pushes, the versions in the log have gaps or repeat",
        expected,
        versions(&changes),
    )
}

async fn same_page_twice(context: Context) -> Checked {
    let home = log_of(&context, 10).await?;
    for (read, limit) in [(0, 3), (0, 1000), (4, 2), (10, 5)] {
        let cursor = home.begin() + read;
        let (first, second) = (home.pull(cursor, limit).await?, home.pull(cursor, limit).await?);
        let page = |answer: &Answer| answer.read::<PullAnswer>("pull.complete");
        second.equal(
            "pull.complete",
            "the same pull gets two different answers, although nothing was pushed in between",
            page(&first)?,
            page(&second)?,
        )?;
    }
    Ok(())
}
