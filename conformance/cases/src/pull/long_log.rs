//! Pull and snapshot of a log with more than a thousand entries: limits, page sizes and cursors at edges.

use crate::prelude::*;
use crate::pull::pages::{check_page, log_of};
use crate::support::sizes::EDGES;

const HEAD: usize = 1100;
const COMPLETE: &str = "pull.complete";
const SNAPSHOT: &str = "snapshot.complete";

cases! {
    /// Walks 1100 entries with limits from 49 to 1000, and pulls from cursors around 10, 100, 256 and 1000.
    "pull/long-log-at-edges" checks [COMPLETE, "pull.after-cursor", "pull.has-more", "pull.next-cursor"] by log_at_edges;
    /// Walks the entries of two of seven tables in a log of 1100, with limits from 49 to 300.
    "pull/long-log-with-a-filter" checks ["pull.tables-filter", COMPLETE] by with_filter;
    /// Walks 1100 items of a snapshot, rows and tombstones, in pages of 49 to 1000.
    "snapshot/long-state-at-edges" checks [SNAPSHOT, "snapshot.order"] needs [Snapshot] by state_at_edges;
}

async fn log_at_edges(context: Context) -> Checked {
    let home = log_of(&context, HEAD).await?;
    let head = home.head();
    for limit in EDGES.into_iter().filter(|limit| *limit >= 49) {
        let message = format!("the pages of a log of {head} entries with limit {limit} do not give every entry once");
        home.gives_after(0, limit, message).await?;
    }
    for edge in EDGES.into_iter().chain([head - 1, head]) {
        for limit in [1, 3] {
            check_page(&home.pull(edge - 1, limit).await?, edge - 1, limit, head)?;
        }
    }
    check_page(&home.pull(head, 10).await?, head, 10, head).map(drop)
}

async fn with_filter(context: Context) -> Checked {
    const TABLES_READ: [&str; 2] = ["threads", "kv"];
    let home = log_of(&context, HEAD).await?;
    let mut expected = home.entries_after(0);
    expected.retain(|entry| TABLES_READ.iter().any(|table| entry["tableName"] == *table));
    for limit in EDGES.into_iter().filter(|limit| (49..=300).contains(limit)) {
        let pages = home.user.pull_pages(&home.workspace, limit, COMPLETE).of_tables(&json!(TABLES_READ));
        let (changes, answer) = pages.rest().await?;
        let message = format!("the pages of two tables of a long log with limit {limit} do not give every entry once");
        answer.equal(COMPLETE, message, &expected, entries(&changes))?;
    }
    Ok(())
}

async fn state_at_edges(context: Context) -> Checked {
    let home = log_of(&context, HEAD).await?;
    let shown = |items: Vec<Item>| -> Vec<Value> {
        items.iter().map(|item| json!([item.position(), item.revision()])).collect()
    };
    let mut expected: Vec<Value> = home
        .ops
        .iter()
        .map(|op| {
            let kind = if op.operation() == Operation::Delete { "tombstone" } else { "row" };
            json!([[op.table(), op.pk(), kind], op.revision()])
        })
        .collect();
    expected.sort_by_key(Value::to_string);
    for size in EDGES.into_iter().filter(|size| *size >= 49) {
        let (items, _, answer) = home.user.snapshot_in_pages(&home.workspace, size, SNAPSHOT).await?;
        let mut given = shown(items);
        given.sort_by_key(Value::to_string);
        let message = format!("a snapshot of {HEAD} items in pages of {size} does not give each of them once");
        answer.equal(SNAPSHOT, message, &expected, given)?;
    }
    Ok(())
}
