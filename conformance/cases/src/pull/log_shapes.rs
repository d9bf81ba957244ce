//! Pull: logs of shapes that servers shorten. They end with deletes, hold one record many times, or a match far behind others.

use crate::prelude::*;

const COMPLETE: &str = "pull.complete";
const FILTER: &str = "pull.tables-filter";
/// As many ops as a request of the suite holds, where it is not about size.
const BATCH: usize = 100;

cases! {
    /// Logs that end with one, two and five deletes are given whole from every cursor, in pages of 1, 3 and 1000.
    "pull/log-that-ends-with-deletes"
        checks [COMPLETE, "pull.has-more", "pull.next-cursor"] by ends_with_deletes;
    /// One record is written 2, 22, 52, 102 and 258 times, in batches and one by one: every write is pulled.
    "pull/one-record-many-times" checks [COMPLETE] by one_record_many_times;
    /// Matches stand behind 49, 99, 255, 511 and 1023 entries of another table: pages of 1, 10 and 1000 find each.
    "pull/filter-far-behind" checks [FILTER, COMPLETE, "pull.has-more"] by far_behind;
}

async fn ends_with_deletes(context: Context) -> Checked {
    for count in [1_usize, 2, 5] {
        let mut home = Journal::of(context.user(&format!("anna-{count}")).await?, COMPLETE);
        let puts: Vec<Op> = (0..4).map(|number| home.put("threads", &format!("{count}-{number}")).clock(1)).collect();
        home.push_ok(&puts).await.in_setup()?;
        // Of records that are there, and of some that never were.
        let deletes: Vec<Op> =
            (2..count + 2).map(|number| home.delete("threads", &format!("{count}-{number}"))).collect();
        let deletes: Vec<Op> = deletes.into_iter().map(|op| op.clock(2)).collect();
        let (alone, together) = deletes.split_at(1);
        home.push_ok(alone).await.in_setup()?;
        if !together.is_empty() {
            home.push_ok(together).await.in_setup()?;
        }
        for cursor in 0..=home.head() {
            for limit in [1, 3, 1000] {
                let message = format!(
                    "pages of {limit} from version {cursor} do not give the rest of a log that ends with {count} deletes"
                );
                home.gives_after(cursor, limit, message).await?;
            }
        }
    }
    Ok(())
}

async fn one_record_many_times(context: Context) -> Checked {
    let mut home = Journal::open(&context, COMPLETE).await?;
    for count in [2_u64, 22, 52, 102, 258] {
        let put =
            |clock: u64| home.put("kv", &format!("written {count} times")).clock(clock).mark(&format!("at {clock}"));
        let (last, rest) = (put(count), (1..count).map(put).collect::<Vec<Op>>());
        for batch in rest.chunks(BATCH) {
            home.push_ok(batch).await.in_setup()?;
        }
        home.push_ok(&last).await.in_setup()?;
        let before = home.head() - count;
        for (cursor, limit) in [(before, 1000), (before, 37), (before + 1, 1000)] {
            let message =
                format!("pages of {limit} do not give every write of a record that was written {count} times");
            home.gives_after(cursor, limit, message).await?;
        }
    }
    home.holds().await
}

async fn far_behind(context: Context) -> Checked {
    let mut home = Journal::open(&context, FILTER).await?;
    let mut matches = Vec::new();
    for gap in [49_usize, 99, 255, 511, 1023] {
        let others: Vec<Op> = (0..gap).map(|number| home.put("kv", &format!("{gap} and {number}"))).collect();
        for batch in others.chunks(BATCH) {
            home.push_ok(batch).await.in_setup()?;
        }
        let found = home.put("posts", &format!("behind {gap}"));
        home.push_ok(&found).await.in_setup()?;
        matches.push(home.head());
    }
    let starts: Vec<u64> = std::iter::once(0).chain(matches.iter().copied()).collect();
    for cursor in starts {
        let expected: Vec<u64> = matches.iter().copied().filter(|version| *version > cursor).collect();
        for limit in [1, 10, 1000] {
            let pages = home.user.pull_pages(&home.workspace, limit, FILTER).after(cursor);
            let (changes, answer) = pages.of_tables(&json!(["posts"])).rest().await?;
            let message = format!(
                "pages of {limit} with a filter do not give every match after version {cursor}, with hundreds of other \
                 entries between them"
            );
            answer.equal(COMPLETE, message, &expected, versions(&changes))?;
        }
    }
    Ok(())
}
