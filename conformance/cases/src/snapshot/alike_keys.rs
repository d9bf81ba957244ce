//! Snapshots: pages that begin and end between keys that are easily taken for one, and tokens of snapshots long past.

use crate::prelude::*;
use crate::snapshot::token::first_page;

const COMPLETE: &str = "snapshot.complete";
const CONSISTENT: &str = "snapshot.consistent";
/// How many other snapshots are taken while one is read: more than servers are likely to keep.
const OTHERS: usize = 130;

cases! {
    /// One pk stands in every table, live or deleted: pages of 1 to 15 give each record once.
    "snapshot/one-pk-in-all-tables" checks [COMPLETE, "snapshot.order"] needs [Snapshot] by one_pk;
    /// Neighbours that differ in case, accents, width, blanks, signs, zeros or far behind: pages of 1 to 7 give each once.
    "snapshot/neighbours-that-look-alike" checks [COMPLETE, "snapshot.order", "push.text-exact"] needs [Snapshot] by neighbours;
    /// While a snapshot is read others write and take 130 more: its next page is of its moment, or is refused.
    "snapshot/token-of-a-snapshot-long-past" checks [CONSISTENT, "snapshot.bad-token"] needs [Snapshot] by long_past;
}

/// Checks that pages of every such size give exactly these records, each once.
async fn gives_each_once(home: &Journal, sizes: std::ops::RangeInclusive<u64>) -> Checked {
    let mut expected: Vec<(&str, &str)> = home.ops.iter().map(|op| (op.table(), op.pk())).collect();
    expected.sort_unstable();
    expected.dedup();
    for size in sizes {
        let (items, _, answer) = home.user.snapshot_in_pages(&home.workspace, size, COMPLETE).await?;
        let mut given: Vec<(&str, &str)> = items.iter().map(|item| (item.position().0, item.position().1)).collect();
        given.sort_unstable();
        let message = format!("a snapshot in pages of {size} does not give every record once");
        answer.equal(COMPLETE, message, &expected, given)?;
    }
    home.shows().await
}

async fn one_pk(context: Context) -> Checked {
    let mut home = Journal::open(&context, COMPLETE).await?;
    // Nothing but that pk, so that a page of each size ends at it in one table and goes on with it in the next.
    let ops: Vec<Op> = TABLES.iter().map(|table| home.put(table.name, "same").clock(1)).collect();
    home.push_ok(&ops).await.in_setup()?;
    gives_each_once(&home, 1..=7).await?;
    let deletes: Vec<Op> = context
        .tables_to_delete_from()
        .iter()
        .step_by(2)
        .map(|table| home.delete(table.name, "same").clock(2))
        .collect();
    home.push_ok(&deletes).await.in_setup()?;
    gives_each_once(&home, 1..=7).await?;
    let others: Vec<Op> = TABLES.iter().map(|table| home.put(table.name, "same, too").clock(1)).collect();
    home.push_ok(&others).await.in_setup()?;
    gives_each_once(&home, 1..=15).await
}

/// Pairs of ends of pks. With nothing between them, a page ends at the one and the next begins with the other.
fn alike() -> Vec<(String, String)> {
    const SHORT: [(&str, &str); 14] = [
        ("a", "A"),
        ("e\u{301}", "\u{e9}"),
        ("e", "\u{e9}"),
        ("ss", "\u{df}"),
        ("i", "\u{131}"),
        ("k", "\u{212a}"),
        ("a", "\u{ff41}"),
        ("a", "a "),
        ("a", "a\u{200b}"),
        ("a b", "a+b"),
        ("a-b", "a_b"),
        ("7", "007"),
        ("1000", "1e3"),
        ("a/b", "a%2Fb"),
    ];
    let long = |length: usize| ("x".repeat(length - 1) + "a", "x".repeat(length - 1) + "b");
    let short = SHORT.iter().map(|(left, right)| ((*left).to_owned(), (*right).to_owned()));
    short.chain([64, 65, 128, 200].map(long)).collect()
}

async fn neighbours(context: Context) -> Checked {
    let mut home = Journal::open(&context, COMPLETE).await?;
    let mut ops = Vec::new();
    for (number, (left, right)) in alike().into_iter().enumerate() {
        // What stands before them keeps the pairs apart from each other.
        for end in [left, right] {
            ops.push(home.put("projects", &format!("{number:03} {end}")).mark(&format!("pair {number}")));
        }
    }
    home.push_ok(&ops).await.in_setup()?;
    gives_each_once(&home, 1..=7).await
}

async fn long_past(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let mut home = Journal::of(anna.clone(), CONSISTENT);
    let puts: Vec<Op> = (0..9).map(|number| home.put("kv", &format!("pk{number}")).clock(1)).collect();
    home.push_ok(&puts).await.in_setup()?;
    let (all, _, _) = anna.snapshot_in_pages(&home.workspace, 1000, CONSISTENT).await?;
    let (first, mut token) = first_page(&anna, &home.workspace).await?;
    // Records before and between those that are left, one gone, and one changed.
    let later = [
        home.put("kv", "pj").clock(1),
        home.put("kv", "pk4a").clock(1),
        home.delete("kv", "pk5").clock(2),
        home.put("kv", "pk7").clock(2).mark("later"),
    ];
    home.push_ok(&later).await.in_setup()?;
    for _ in 0..OTHERS {
        anna.snapshot(&home.workspace, json!({"pageSize": 1})).await?.read::<SnapshotAnswer>(CONSISTENT)?;
    }
    let mut given = first.items;
    loop {
        let answer = anna.snapshot(&home.workspace, json!({"pageSize": 2, "pageToken": token})).await?;
        // A server need not keep a snapshot for ever.
        if answer.is(&[400, 410]) {
            return Ok(());
        }
        let page: SnapshotAnswer = answer.read(CONSISTENT)?;
        given.extend(page.items);
        let message =
            format!("after {OTHERS} other snapshots the pages of one show another moment than its first page");
        let expected: Vec<&Item> = all.iter().take(given.len()).collect();
        answer.equal(CONSISTENT, message, json!(expected), json!(given))?;
        match page.next_page_token {
            Some(next) => token = next,
            None => return answer.equal(CONSISTENT, "a snapshot ends before its last item", all.len(), given.len()),
        }
    }
}
