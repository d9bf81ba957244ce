//! Tombstones: one for each deleted record, never more, and none for a live one.

use rand::seq::SliceRandom as _;

use crate::prelude::*;

const ONE: &str = "tombstone.one-per-record";
const HIGHEST: &str = "tombstone.keeps-highest";
const UNKNOWN: &str = "tombstone.delete-of-unknown";
const NONE: &str = "tombstone.losing-delete-leaves-none";
const BOUNDED: &str = "tombstone.bounded";
const PER_TABLE: &str = "tombstone.per-table";

cases! {
    /// A record is deleted over and over with rising clocks, one by one and in one batch, in every table.
    "tombstone/repeated-deletes" checks [ONE, HIGHEST] needs [Snapshot] by repeated;
    /// Deletes with rising, falling, mixed and equal clocks: the tombstone bears the highest revision.
    "tombstone/highest-delete-stays" checks [HIGHEST, ONE] needs [Snapshot] by highest;
    /// Deletes with one clock and one hlc: the greatest op id is the tombstone's.
    "tombstone/equal-revisions-but-for-the-op-id"
        checks [HIGHEST, ONE] needs [Snapshot, OpIdTieBreak] by equal_but_for_the_id;
    /// 1000 deletes of 10 records, with clocks in no order, leave 10 tombstones.
    "tombstone/thousand-deletes-of-ten-records" checks [BOUNDED, ONE, HIGHEST] needs [Snapshot] by thousand;
    /// Records that never were are deleted in every table, alone, twice and in one batch.
    "tombstone/delete-of-an-unknown-record" checks [UNKNOWN] by unknown;
    /// Deletes that lose against a live record leave no tombstone beside it.
    "tombstone/losing-delete-leaves-none" checks [NONE, "lww.delete-competes"] needs [Snapshot] by losing;
    /// Records are deleted and brought back ten times, with stragglers in between.
    "tombstone/revived-and-deleted-again" checks [ONE, NONE, "lww.newer-put-revives"] needs [Snapshot] by cycles;
    /// One pk lives in seven tables; deleting it in some leaves it in the others.
    "tombstone/per-table" checks [PER_TABLE] by per_table;
    /// Deletes that come again, alone and in copies, add no tombstone, also after a revival.
    "tombstone/replayed-deletes" checks [ONE, "op.replay-same-version"] needs [Snapshot] by replayed;
    /// Two members on two devices each delete the same records: one tombstone each.
    "tombstone/deletes-by-members-and-devices" checks [ONE, HIGHEST] needs [Snapshot, Invite] by by_members;
    /// Ten clients delete the same records at one instant.
    "tombstone/deletes-at-one-instant" checks [ONE, HIGHEST] needs [Snapshot] by at_one_instant;
    /// Deletes without a payload and with any object as one are deletes alike.
    "tombstone/deletes-with-payloads" checks [UNKNOWN, ONE] by with_payloads;
    /// A put and a delete of one record in one batch, in both orders, either one winning.
    "tombstone/put-and-delete-in-one-batch" checks [NONE, "lww.delete-competes", ONE] needs [Snapshot] by in_one_batch;
}

/// Checks the number of tombstones in a snapshot; `shows` and `holds` compare their contents.
async fn count(journal: &Journal, expected: usize) -> Checked {
    let (items, answer) = journal.items(journal.requirement).await?;
    let tombstones = items.iter().filter(|item| matches!(item, Item::Tombstone { .. })).count();
    answer.equal(
        journal.requirement,
        "the snapshot does not show one tombstone for each deleted record",
        expected,
        tombstones,
    )
}

async fn repeated(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, ONE).await?;
    for table in context.tables() {
        let put = |pk: &str| user.put(table.name, pk).clock(1);
        journal.push_ok(&[put("singly"), put("batch"), put("bystander")]).await.in_setup()?;
        for clock in 2..8 {
            journal.push_ok(&[user.delete(table.name, "singly").clock(clock)]).await?;
        }
        let batch: Vec<Op> = (2..12).map(|clock| user.delete(table.name, "batch").clock(clock)).collect();
        journal.push_ok(&batch).await?;
        journal.shows().await?;
    }
    count(&journal, 2 * context.tables().len()).await?;
    journal.holds().await
}

async fn highest(context: Context) -> Checked {
    const CLOCKS: [(&str, &[u64]); 7] = [
        ("rising", &[2, 3, 9, 10, 100]),
        ("falling", &[100, 10, 9, 3, 2]),
        ("peak", &[2, 50, 3, 49, 4]),
        ("valley", &[50, 2, 49, 3, 51]),
        ("number", &[10, 9, 100, 99]),
        ("far", &[1 << 33, 1, (1 << 53) - 1, 1 << 32]),
        ("with itself", &[7, 7, 7]),
    ];
    const HLCS: [&str; 5] = ["m", "z", "a", "mm", "Z"];
    let (user, mut journal) = Journal::with_user(&context, HIGHEST).await?;
    for table in context.tables_to_delete_from() {
        for (name, clocks) in CLOCKS {
            // On a record that existed, and on one that never did.
            let (was, never) = (format!("was {name}"), format!("never {name}"));
            journal.push_ok(&[user.put(table.name, &was).clock(1)]).await.in_setup()?;
            for (clock, hlc) in clocks.iter().zip(HLCS) {
                let deletes = [&was, &never].map(|pk| user.delete(table.name, pk).clock(*clock).hlc(hlc));
                journal.push_ok(&deletes).await?;
            }
            let batch: Vec<Op> = clocks
                .iter()
                .zip(HLCS)
                .map(|(clock, hlc)| user.delete(table.name, &format!("batch {name}")).clock(*clock).hlc(hlc))
                .collect();
            journal.push_ok(&batch).await?;
        }
        journal.shows().await?;
    }
    count(&journal, 3 * CLOCKS.len() * context.tables_to_delete_from().len()).await?;
    journal.holds().await
}

async fn equal_but_for_the_id(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, HIGHEST).await?;
    for table in context.tables_to_delete_from() {
        for pk in ["rising", "falling"] {
            let mut deletes: Vec<Op> = (0..5).map(|_| user.delete(table.name, pk).clock(5).hlc("m")).collect();
            deletes.sort_by(|left, right| left.id().cmp(right.id()));
            if pk == "falling" {
                deletes.reverse();
            }
            for delete in deletes {
                journal.push_ok(&[delete]).await?;
            }
        }
    }
    count(&journal, 2 * context.tables_to_delete_from().len()).await?;
    journal.holds().await
}

async fn thousand(context: Context) -> Checked {
    const RECORDS: u64 = 10;
    let (user, mut journal) = Journal::with_user(&context, BOUNDED).await?;
    // Half of the records existed.
    let puts: Vec<Op> = (0..RECORDS / 2).map(|record| user.put("messages", &format!("pk{record}"))).collect();
    journal.push_ok(&puts).await.in_setup()?;
    let mut deletes: Vec<Op> =
        (0..1000).map(|number| user.delete("messages", &format!("pk{}", number % RECORDS)).clock(2 + number)).collect();
    deletes.shuffle(&mut context.rng());
    for batch in deletes.chunks(100) {
        journal.push_ok(batch).await?;
    }
    count(&journal, 10).await?;
    journal.holds().await
}

async fn unknown(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, UNKNOWN).await?;
    let tables = context.tables_to_delete_from();
    for table in &tables {
        journal.push_ok(&[user.delete(table.name, "alone").clock(0)]).await?;
        journal.push_ok(&[user.delete(table.name, "twice").clock(1)]).await?;
        journal.push_ok(&[user.delete(table.name, "twice").clock(2)]).await?;
    }
    let batch: Vec<Op> = tables.iter().map(|table| user.delete(table.name, "batch").clock(7)).collect();
    journal.push_ok(&batch).await?;
    if context.has(Capability::Snapshot) {
        count(&journal, 3 * tables.len()).await?;
    }
    journal.holds().await?;
    // The tombstone works: it beats older writes and loses to newer ones.
    for table in &tables {
        let puts = [user.put(table.name, "alone").clock(5), user.put(table.name, "batch").clock(6)];
        journal.push_ok(&puts).await?;
    }
    journal.holds().await
}

async fn losing(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, NONE).await?;
    for table in context.tables_to_delete_from() {
        let live = |pk: &str| user.put(table.name, pk).clock(50).hlc("m").mark("live");
        journal.push_ok(&[live("clock"), live("hlc"), live("batch")]).await.in_setup()?;
        for clock in [0, 2, 9, 49] {
            journal.push_ok(&[user.delete(table.name, "clock").clock(clock)]).await?;
        }
        for hlc in ["a", "M", "lz"] {
            journal.push_ok(&[user.delete(table.name, "hlc").clock(50).hlc(hlc)]).await?;
        }
        let batch: Vec<Op> = (1..50).map(|clock| user.delete(table.name, "batch").clock(clock)).collect();
        journal.push_ok(&batch).await?;
        // A losing delete in front of a put that loses, too.
        let early = user.delete(table.name, "late").clock(2);
        journal.push_ok(&[live("late"), early, user.put(table.name, "late").clock(3)]).await?;
        journal.shows().await?;
    }
    count(&journal, 0).await?;
    journal.holds().await
}

async fn cycles(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, ONE).await?;
    for cycle in 0..10 {
        let base = 10 * cycle;
        for table in context.tables() {
            let put = user.put(table.name, "pk").clock(base + 5).mark(&format!("cycle {cycle}"));
            let delete = user.delete(table.name, "pk").clock(base + 8);
            if cycle % 2 == 0 {
                journal.push_ok(&[put]).await?;
                journal.shows().await?;
                journal.push_ok(&[delete]).await?;
            } else {
                journal.push_ok(&[put, delete]).await?;
            }
            // Too late for this round: one behind the put, one behind the delete.
            let stragglers = [
                user.delete(table.name, "pk").clock(base + 4),
                user.put(table.name, "pk").clock(base + 7).mark("straggler"),
            ];
            journal.push_ok(&stragglers).await?;
        }
        journal.shows().await?;
    }
    count(&journal, context.tables().len()).await?;
    let back: Vec<Op> =
        context.tables().iter().map(|table| user.put(table.name, "pk").clock(1000).mark("back")).collect();
    journal.push_ok(&back).await?;
    count(&journal, 0).await?;
    journal.holds().await
}

async fn per_table(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, PER_TABLE).await?;
    let puts: Vec<Op> =
        context.tables().iter().map(|table| user.put(table.name, "pk").clock(1).mark(table.name)).collect();
    journal.push_ok(&puts).await?;
    journal.holds().await?;
    for (number, table) in context.tables().into_iter().enumerate() {
        // Each with a clock of its own, so that a tombstone of another table shows.
        journal.push_ok(&[user.delete(table.name, "pk").clock(10 + number as u64)]).await?;
        journal.holds().await?;
    }
    if context.has(Capability::Snapshot) {
        count(&journal, context.tables().len()).await?;
    }
    // The first is brought back under the clocks of the others' tombstones.
    for (number, table) in context.tables().into_iter().enumerate().rev() {
        journal.push_ok(&[user.put(table.name, "pk").clock(11 + number as u64).mark("back")]).await?;
        journal.holds().await?;
    }
    Ok(())
}

async fn replayed(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, ONE).await?;
    for table in context.tables_to_delete_from() {
        let deletes = [
            user.delete(table.name, "never").clock(4),
            user.delete(table.name, "never").clock(3),
            user.put(table.name, "was").clock(1),
            user.delete(table.name, "was").clock(2),
        ];
        journal.push_ok(&deletes).await.in_setup()?;
        for _ in 0..3 {
            journal.push_ok(&deletes).await?;
        }
        let mut copies = [deletes.clone(), deletes.clone()].concat();
        copies.reverse();
        journal.push_ok(&copies).await?;
        journal.shows().await?;
        journal.push_ok(&[user.put(table.name, "was").clock(9).mark("back")]).await?;
        journal.push_ok(&deletes).await?;
        journal.shows().await?;
    }
    count(&journal, context.tables_to_delete_from().len()).await?;
    journal.holds().await
}

async fn by_members(context: Context) -> Checked {
    let (anna, mut journal) = Journal::with_user(&context, ONE).await?;
    let ben = journal.member("ben", Role::Editor).await?;
    for table in ["threads", "messages", "projects", "posts", "kv", "file_meta"] {
        journal.push_ok(&[anna.put(table, "was").device("anna-1").clock(1)]).await.in_setup()?;
        for pk in ["was", "never"] {
            let deletes = [
                (&anna, anna.delete(table, pk).device("anna-1").clock(5)),
                (&ben, ben.delete(table, pk).device("ben-1").clock(7)),
                (&anna, anna.delete(table, pk).device("anna-2").clock(6)),
                (&ben, ben.delete(table, pk).device("anna-1").clock(4)),
            ];
            for (author, delete) in deletes {
                journal.push_by_ok(author, &[delete]).await?;
            }
        }
    }
    count(&journal, 12).await?;
    journal.holds().await?;
    journal.holds_for(&ben).await
}

async fn at_one_instant(context: Context) -> Checked {
    const CLIENTS: u64 = 10;
    let (user, mut journal) = Journal::with_user(&context, ONE).await?;
    for round in 0..3_u64 {
        let (mut pushes, mut all) = (Vec::new(), Vec::new());
        for client in 0..CLIENTS {
            let clock = 1 + 100 * round + (client * 7) % CLIENTS;
            let deletes: Vec<Op> =
                (0..3).map(|record| user.delete("threads", &format!("pk{record}")).clock(clock)).collect();
            all.extend(deletes.clone());
            let user = user.on_new_connections()?;
            pushes.push(async move { user.push_ok(&user.home, &deletes, ONE).await });
        }
        at_once(pushes).await?.into_iter().collect::<Checked<Vec<_>>>()?;
        journal.adopt(&all).await?;
        journal.shows().await?;
    }
    journal.holds().await
}

async fn with_payloads(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, UNKNOWN).await?;
    for table in context.tables() {
        let own = user.put(table.name, "pk").content().cloned();
        let payloads = [
            None,
            Some(json!({})),
            Some(json!({"deleted": true, "deleted_at": 1_750_000_001})),
            Some(json!({"anything": {"at": ["all", null, 1.5]}})),
            own,
        ];
        journal.push_ok(&[user.put(table.name, "pk").clock(1).mark("live")]).await.in_setup()?;
        for (clock, payload) in (2..).zip(payloads) {
            journal.push_ok(&[user.delete(table.name, "pk").clock(clock).payload(payload)]).await?;
        }
    }
    if context.has(Capability::Snapshot) {
        count(&journal, context.tables().len()).await?;
    }
    journal.holds().await
}

async fn in_one_batch(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, NONE).await?;
    let tables = context.tables_to_delete_from();
    for table in &tables {
        let put = |pk: &str, clock| user.put(table.name, pk).clock(clock).mark("put");
        let delete = |pk: &str, clock| user.delete(table.name, pk).clock(clock);
        let batch = [
            put("put, deleted", 1),
            delete("put, deleted", 2),
            delete("deleted before", 2),
            put("deleted before", 1),
            delete("deleted, put", 1),
            put("deleted, put", 2),
            put("put before", 2),
            delete("put before", 1),
            put("cycle", 1),
            delete("cycle", 2),
            put("cycle", 3),
            delete("cycle", 4),
            put("cycle", 5),
        ];
        journal.push_ok(&batch).await?;
        journal.shows().await?;
    }
    count(&journal, 2 * tables.len()).await?;
    journal.holds().await
}
