//! Snapshots: rows and tombstones of one moment, page by page.

use std::collections::BTreeMap;

use crate::prelude::*;
use crate::snapshot::token::first_page;
use syncproof_harness::world::pages::holds_at_most;

const ONE_ID: &str = "snapshot.one-id";

cases! {
    /// Puts, overwrites, deletes and revives in all tables, some out of order; rows and tombstones are the fold.
    "snapshot/is-the-fold-of-the-log" checks ["snapshot.complete"] needs [Snapshot] by is_the_fold;
    /// Walks 18 items in pages of 1 to 19: ordered by table, pk and kind, each once, pages full but the last.
    "snapshot/pages-of-every-size" checks ["snapshot.order", "snapshot.complete"] needs [Snapshot] by pages_of_every_size;
    /// 1100 records, some of them deleted, are given whole in pages of 1000 and of 333, and pulled whole.
    "snapshot/over-a-thousand-records"
        checks ["snapshot.complete", "snapshot.then-pull"] needs [Snapshot] by over_a_thousand;
    /// Keys that sort differently by case, by number and by locale are each given once in one-item pages.
    "snapshot/order-of-odd-keys" checks ["snapshot.order"] needs [Snapshot] by odd_keys;
    /// Overwrites, deletes, revives and adds records between the pages; the pages still show the first moment.
    "snapshot/one-moment" checks ["snapshot.consistent"] needs [Snapshot] by one_moment;
    /// All pages of a snapshot have its snapshotId, also when a page is read again and others write in between.
    "snapshot/one-id" checks [ONE_ID] needs [Snapshot] by one_id;
    /// A device that boots from a snapshot and pulls from its watermark ends like one that pulled everything.
    "snapshot/then-pull" checks ["snapshot.then-pull", "snapshot.complete"] needs [Snapshot] by then_pull;
    /// A workspace that nobody wrote to has no items, watermark 0 and no next page.
    "snapshot/empty-workspace" checks ["snapshot.complete"] needs [Snapshot] by empty;
    /// Only the named tables are given, on every page; unknown names are refused.
    "snapshot/tables-filter" checks ["snapshot.tables-filter"] needs [Snapshot] by tables_filter;
    /// Garbled, cut, foreign and mistyped tokens are refused; a changed filter is, too; the good one still works.
    "snapshot/bad-tokens" checks ["snapshot.bad-token"] needs [Snapshot] by bad_tokens;
    /// A token is good with the tables of its first page, and with no others, more, fewer or none.
    "snapshot/token-with-other-tables" checks ["snapshot.bad-token"] needs [Snapshot] by token_with_other_tables;
    /// Page sizes of 0, below, above 1000, with fractions and that are no number are refused.
    "snapshot/page-size-out-of-range" checks ["http.wrong-shape"] needs [Snapshot] by page_sizes;
}

/// Puts, overwrites, deletes and revivals over all tables; `count` records each of a different fate.
fn history(user: &User, count: usize) -> Vec<Op> {
    let (tables, mut ops) = (user.context().tables(), Vec::new());
    for number in 0..count {
        let table = tables[number % tables.len()].name;
        let pk = format!("pk{number}");
        let put = |clock| user.put(table, &pk).clock(clock).mark(&format!("{pk} at {clock}"));
        let delete = |clock| user.delete(table, &pk).clock(clock);
        match number % 6 {
            0 => ops.push(put(1)),
            1 => ops.extend([put(1), put(3), put(2)]),
            2 => ops.extend([put(1), delete(2)]),
            3 => ops.extend([delete(4), put(3)]),
            4 => ops.extend([put(1), delete(2), put(3)]),
            _ => ops.extend([put(5), delete(4)]),
        }
    }
    ops
}

async fn with_history(context: &Context, count: usize) -> Checked<Journal> {
    let mut home = Journal::open(context, "push.all-tables").await?;
    for batch in history(&home.user, count).chunks(50) {
        home.push_ok(batch).await.in_setup()?;
    }
    Ok(home)
}

/// Checks that these are the records that ops left, each once.
fn gives_each_once(answer: &Answer, items: &[Item], ops: &[Op], requirement: &'static str, message: String) -> Checked {
    let mut expected: Vec<(&str, &str)> = ops.iter().map(|op| (op.table(), op.pk())).collect();
    expected.sort_unstable();
    expected.dedup();
    let mut given: Vec<(&str, &str)> = items.iter().map(|item| (item.position().0, item.position().1)).collect();
    given.sort_unstable();
    answer.equal(requirement, message, expected, given)
}

async fn is_the_fold(context: Context) -> Checked {
    let mut home = with_history(&context, 42).await?;
    home.checks("snapshot.complete").shows().await?;
    let (_, watermark, answer) = home.user.snapshot_in_pages(&home.workspace, 5, "snapshot.complete").await?;
    answer.equal("snapshot.complete", "highWatermark is not the head", home.head(), watermark)?;
    let page: SnapshotAnswer = answer.read("snapshot.complete")?;
    answer.equal(
        "snapshot.complete",
        "a page of a snapshot names another workspace than the one asked for",
        &home.workspace,
        &page.workspace_id,
    )
}

/// Whether each item stands after the one before it: tables and pks in an order that compares code points or UTF-16
/// code units (the protocol does not say which), a row before a tombstone.
fn check_order(answer: &Answer, items: &[Item]) -> Checked {
    for pair in items.windows(2) {
        let (left, right) = (pair[0].position(), pair[1].position());
        let units = |text: &str| text.encode_utf16().collect::<Vec<u16>>();
        let by_code_point = left < right;
        let by_code_unit = (units(left.0), units(left.1), left.2) < (units(right.0), units(right.1), right.2);
        answer.ensure(
            "snapshot.order",
            by_code_point || by_code_unit,
            "the items of a snapshot are out of order, or one is repeated",
            "(tableName, pk, kind) ascending, each once",
            format!("{left:?} before {right:?}"),
        )?;
    }
    Ok(())
}

async fn pages_of_every_size(context: Context) -> Checked {
    let home = with_history(&context, 18).await?;
    for page_size in 1..=19 {
        let mut pages = home.user.snapshot_pages(&home.workspace, page_size, "snapshot.complete").at_most(20);
        while let Some((page, answer)) = pages.next().await? {
            holds_at_most(&page, page_size, &answer)?;
            answer.equal("snapshot.complete", "highWatermark is not the head", home.head(), page.high_watermark)?;
            let message = "the pages of a snapshot do not end";
            answer.ensure("snapshot.complete", pages.items.len() < 40, message, "18 items", "over 40 items")?;
            if pages.ended() {
                let message = format!("the pages of a snapshot with pageSize {page_size} do not give every item once");
                answer.equal("snapshot.complete", message, 18, pages.items.len())?;
                check_order(&answer, &pages.items)?;
            }
        }
    }
    Ok(())
}

async fn over_a_thousand(context: Context) -> Checked {
    const REQUIREMENT: &str = "snapshot.complete";
    let (anna, mut home) = Journal::with_user(&context, "push.all-tables").await?;
    let ops: Vec<Op> = (0..1100)
        .map(|number| {
            let table = ["kv", "threads"][number % 2];
            let pk = format!("pk{number:04}");
            if number % 10 == 9 { anna.delete(table, &pk) } else { anna.put(table, &pk) }
        })
        .collect();
    for batch in ops.chunks(100) {
        home.push_ok(batch).await.in_setup()?;
    }
    for page_size in [1000, 333] {
        let (items, watermark, answer) = anna.snapshot_in_pages(&anna.home, page_size, REQUIREMENT).await?;
        let message = format!("the pages of a snapshot with pageSize {page_size} do not give every record once");
        gives_each_once(&answer, &items, &ops, REQUIREMENT, message)?;
        answer.equal(REQUIREMENT, "highWatermark is not the head", home.head(), watermark)?;
    }
    home.checks("snapshot.then-pull").holds().await
}

async fn odd_keys(context: Context) -> Checked {
    const COMPLETE: &str = "snapshot.complete";
    let (anna, mut home) = Journal::with_user(&context, "push.text-exact").await?;
    let pks =
        ["a", "B", "b", "10", "9", "é", "e\u{301}", "z", "Z", "_", "-", "a b", "ä", "ß", "\u{1F600}", "\u{FB01}", "%"];
    let mut ops: Vec<Op> = pks.iter().flat_map(|pk| [anna.put("kv", pk), anna.delete("posts", pk)]).collect();
    // Keys without a prefix: some maps sort whole numbers by value.
    ops.extend(["3", "20", "100"].map(|pk| anna.put_exactly("kv", pk)));
    home.push_ok(&ops).await.in_setup()?;
    for page_size in [1, 3] {
        let (items, _, answer) = anna.snapshot_in_pages(&anna.home, page_size, COMPLETE).await?;
        gives_each_once(
            &answer,
            &items,
            &ops,
            COMPLETE,
            "a snapshot of records with unusual keys does not give every record once".to_owned(),
        )?;
        check_order(&answer, &items)?;
    }
    Ok(())
}

async fn one_moment(context: Context) -> Checked {
    const REQUIREMENT: &str = "snapshot.consistent";
    let home = with_history(&context, 18).await?;
    let anna = &home.user;
    let first = home.items("snapshot.complete").await.in_setup()?.0;
    let mut pages = anna.snapshot_pages(&anna.home, 2, REQUIREMENT).at_most(30);
    for round in 0.. {
        let Some((page, answer)) = pages.next().await? else { break };
        answer.equal(
            REQUIREMENT,
            "highWatermark differs between the pages of a snapshot",
            home.head(),
            page.high_watermark,
        )?;
        if pages.ended() {
            return answer.equal(
                REQUIREMENT,
                "the pages of a snapshot show writes made after its first page",
                &first,
                &pages.items,
            );
        }
        // One record before and one after the next page, and new records on both sides.
        let tables = context.tables();
        let mut writes =
            vec![anna.put("file_meta", &format!("added{round}")), anna.put("threads", &format!("zadded{round}"))];
        for number in [round % 18, 17 - round % 18] {
            let (table, pk) = (tables[number % tables.len()].name, format!("pk{number}"));
            let write = match (round + number) % 2 {
                0 => anna.put(table, &pk).mark("later"),
                _ => anna.delete(table, &pk),
            };
            writes.push(write.clock(100 + round as u64).hlc(format!("{number:03}")));
        }
        anna.push_ok(&anna.home, &writes, REQUIREMENT).await.in_setup()?;
    }
    Ok(())
}

async fn one_id(context: Context) -> Checked {
    let home = with_history(&context, 12).await?;
    let anna = &home.user;
    let (mut first, mut again): (Option<Id>, Option<Value>) = (None, None);
    for token in 0..2 {
        let pages = anna.snapshot_pages(&anna.home, 3, "snapshot.complete").at_most(20);
        // The second time from the second page on.
        let mut pages = if token == 0 { pages } else { pages.from_token(again.clone()) };
        while let Some((page, answer)) = pages.next().await? {
            let id = first.get_or_insert_with(|| page.snapshot_id.clone());
            let message = "a page of a snapshot has another snapshotId than its first page";
            context.check_should(answer.equal(ONE_ID, message, &*id, &page.snapshot_id));
            again = again.or(page.next_page_token);
            let write = anna.put("threads", &format!("meanwhile {}", page.items.len()));
            anna.push_ok(&anna.home, &[write.with_new_id()], "push.all-tables").await.in_setup()?;
        }
    }
    Ok(())
}

async fn then_pull(context: Context) -> Checked {
    const REQUIREMENT: &str = "snapshot.then-pull";
    let mut home = with_history(&context, 12).await?;
    let (items, watermark, answer) = home.user.snapshot_in_pages(&home.workspace, 4, REQUIREMENT).await?;
    answer.equal(REQUIREMENT, "highWatermark is not the head", home.head(), watermark)?;
    let later: Vec<Op> = history(&home.user, 8).into_iter().map(|op| op.clone().clock(op.stamp().clock + 50)).collect();
    home.checks(REQUIREMENT).push_ok(&later).await.in_setup()?;
    let (changes, answer) = home.user.log_after(&home.workspace, watermark, 3, REQUIREMENT).await?;
    let message = "a pull from highWatermark does not give exactly what was pushed after the snapshot";
    answer.equal(REQUIREMENT, message, home.entries_after(watermark), entries(&changes))?;
    // A device that starts from the snapshot folds the changes into its items; another folds the whole log.
    let key = |table: &str, pk: &str| (table.to_owned(), pk.to_owned());
    let snapshot = items.iter().map(|item| (key(item.position().0, item.position().1), item.revision().clone()));
    let mut booted: BTreeMap<(String, String), Revision> = snapshot.collect();
    for change in &changes {
        let revision = Revision::from(&change.stamp);
        let known = booted.entry(key(&change.table_name, &change.pk)).or_insert_with(|| revision.clone());
        *known = revision.max(known.clone());
    }
    let full = fold(&home.ops);
    let full: Vec<Value> = full.iter().map(|item| json!([[item["tableName"], item["pk"]], item["revision"]])).collect();
    let booted: Vec<Value> = booted.iter().map(|record| json!(record)).collect();
    answer.equal(REQUIREMENT, "a snapshot and the changes after it give other records than the whole log", full, booted)
}

async fn empty(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let answer = anna.snapshot(&anna.home, json!({"pageSize": 10})).await?;
    let page: SnapshotAnswer = answer.read("snapshot.complete")?;
    answer.equal("snapshot.complete", "the snapshot of an empty workspace has items", json!([]), &page.items)?;
    // The head of its log: 0 where nothing was ever pushed.
    let head = anna.context().collected_through(&anna.home);
    let message = "the highWatermark of an empty workspace is not the head of its log";
    answer.equal("snapshot.complete", message, head, page.high_watermark)?;
    answer.equal(
        "snapshot.complete",
        "the page of an empty workspace has a nextPageToken",
        Value::Null,
        &page.next_page_token,
    )
}

async fn tables_filter(context: Context) -> Checked {
    const REQUIREMENT: &str = "snapshot.tables-filter";
    let home = with_history(&context, 21).await?;
    let anna = &home.user;
    // In no order, and one name twice: a filter is a set.
    let filters = [vec!["threads"], vec!["kv", "file_meta"], vec!["threads", "posts", "messages"], vec!["kv", "kv"]];
    for filter in filters {
        let pages = anna.snapshot_pages(&anna.home, 2, REQUIREMENT).of_tables(&json!(filter));
        let (items, _, answer) = pages.rest().await?;
        let named: Vec<Op> = home.ops.iter().filter(|op| filter.contains(&op.table())).cloned().collect();
        let message =
            format!("a snapshot with the tables filter {filter:?} does not give exactly the records of these tables");
        gives_each_once(&answer, &items, &named, REQUIREMENT, message)?;
        check_order(&answer, &items)?;
    }
    for unknown in [json!(["no_such_table"]), json!(["threads", "no_such_table"]), json!(["Threads"]), json!([1])] {
        let body = json!({"pageSize": 10, "tables": unknown});
        anna.snapshot(&anna.home, body).await?.expect_status(REQUIREMENT, &[400])?;
    }
    Ok(())
}

async fn bad_tokens(context: Context) -> Checked {
    const REQUIREMENT: &str = "snapshot.bad-token";
    let anna = with_history(&context, 12).await?.user;
    let (_, token) = first_page(&anna, &anna.home).await?;
    let text = token.as_str().map_or_else(|| token.to_string(), str::to_owned);
    let half: String = text.chars().take(text.chars().count() / 2).collect();
    let texts = ["garbage", &half, &format!("{text}x!"), "{}", "e30", "AAAA"].map(Value::from);
    for bad in texts.into_iter().chain([json!(7), json!(true), json!(["x"]), json!({"a": 1})]) {
        let body = json!({"pageSize": 2, "pageToken": bad});
        anna.snapshot(&anna.home, body).await?.expect_status(REQUIREMENT, &[400, 410])?;
    }
    let changed = json!({"pageSize": 2, "pageToken": token, "tables": ["threads"]});
    anna.snapshot(&anna.home, changed).await?.expect_status(REQUIREMENT, &[400])?;
    let good = json!({"pageSize": 2, "pageToken": token});
    anna.snapshot(&anna.home, good).await?.read::<SnapshotAnswer>(REQUIREMENT)?;
    Ok(())
}

async fn token_with_other_tables(context: Context) -> Checked {
    const REQUIREMENT: &str = "snapshot.bad-token";
    const FILTERS: [&[&str]; 5] = [&[], &["threads"], &["kv", "threads"], &["kv", "posts", "threads"], &["posts"]];
    let anna = with_history(&context, 21).await?.user;
    let body = |tables: &[&str], token: Value| {
        let mut body = json!({"pageSize": 1});
        for (field, value) in [("tables", json!(tables)), ("pageToken", token)] {
            if !value.is_null() && value != json!([]) {
                body[field] = value;
            }
        }
        body
    };
    for first in FILTERS {
        for then in FILTERS {
            // A token of its own for each: a server may take one only once.
            let page = anna.snapshot(&anna.home, body(first, Value::Null)).await?;
            let token = page.read::<SnapshotAnswer>("snapshot.complete")?.next_page_token.unwrap_or_default();
            page.check("snapshot.complete", !token.is_null(), "one of several records is the last page", "a token")?;
            let answer = anna.snapshot(&anna.home, body(then, token)).await?;
            if first == then {
                answer.read::<SnapshotAnswer>("snapshot.complete")?;
            } else {
                let message = format!("the page token of a snapshot of {first:?} is accepted for one of {then:?}");
                answer.expect_one_of(REQUIREMENT, &[400], message)?;
            }
        }
    }
    Ok(())
}

async fn page_sizes(context: Context) -> Checked {
    let anna = with_history(&context, 3).await?.user;
    for size in [json!(0), json!(-1), json!(1001), json!(1.5), json!("10"), json!(null), json!(true), json!([])] {
        let answer = anna.snapshot(&anna.home, json!({"pageSize": size})).await?;
        answer.expect_status("http.wrong-shape", &[400])?;
    }
    for size in [1, 1000] {
        let answer = anna.snapshot(&anna.home, json!({"pageSize": size})).await?;
        answer.read::<SnapshotAnswer>("snapshot.complete")?;
    }
    Ok(())
}
