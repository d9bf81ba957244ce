//! Pull and snapshot: what readers have just asked they ask again as soon as somebody has written, and are shown it.

use crate::prelude::*;

const READS: &str = "pull.reads-own-writes";
/// How many kinds of writes there are.
const KINDS: usize = 6;
/// How many ops anybody has written before.
const BEFORE: usize = 4;

cases! {
    /// Two connections of one user pull in every way, one writes, and both ask the same again.
    "pull/asked-again-after-each-write" checks [READS] by by_oneself;
    /// Three members pull in every way, each of them writes in turn, and all ask the same again.
    "pull/asked-again-by-every-member" checks [READS] needs [Invite] by by_members;
}

/// A pull: from where, how much, and of which table.
#[derive(Clone, Copy)]
struct Question {
    cursor: u64,
    limit: u64,
    table: Option<&'static str>,
}

/// Every way of reading the log: what is new, and all of it.
fn questions(home: &Journal) -> [Question; 6] {
    let (begin, head) = (home.begin(), home.head());
    let of_all = |cursor, limit| Question { cursor, limit, table: None };
    let of = |table, cursor| Question { cursor, limit: 1000, table: Some(table) };
    [of_all(head, 1000), of_all(head, 1), of_all(begin, 1000), of("kv", head), of("threads", head), of("kv", begin)]
}

/// What is written in that round: something of every kind that makes an entry of the log.
fn written(home: &Journal, round: usize) -> Vec<Op> {
    let label = |number: usize| format!("asked again {number}");
    match round % KINDS {
        0 => vec![home.put("kv", &label(round))],
        1 => vec![home.delete("kv", &label(round - 1)).clock(50)],
        // It loses against the delete, and has its place in the log.
        2 => vec![home.put("kv", &label(round - 2)).clock(2)],
        3 => vec![home.put("threads", &label(round))],
        4 => {
            (0..3).map(|number| home.put(["kv", "threads", "posts"][number], &format!("{number} of {round}"))).collect()
        }
        _ => vec![home.put("posts", &label(round))],
    }
}

async fn ask(reader: &User, home: &Journal, question: Question, when: &str) -> Checked {
    let mut body = json!({"cursor": question.cursor, "limit": question.limit});
    if let Some(table) = question.table {
        body["tables"] = json!([table]);
    }
    let answer = reader.pull_with(&home.workspace, body).await?;
    let page: PullAnswer = answer.read(READS)?;
    let mut expected = home.entries_after(question.cursor);
    expected.retain(|entry| question.table.is_none_or(|table| entry["tableName"] == table));
    if page.has_more {
        expected.truncate(page.changes.len().max(1));
    }
    let message = format!("a pull {when} does not show everything that was acknowledged before");
    answer.equal(READS, message, expected, entries(&page.changes))
}

/// All readers ask, one of them writes, and all ask the same at once, in another order each time.
async fn asked_again(home: &mut Journal, readers: &[User]) -> Checked {
    let before: Vec<Op> = (0..BEFORE).map(|number| home.put("kv", &format!("before {number}"))).collect();
    home.push_ok(&before).await?;
    for round in 0..=KINDS {
        let questions = questions(home);
        for reader in readers {
            for question in &questions {
                ask(reader, home, *question, "before a write").await?;
            }
            home.shows_for(reader).await?;
        }
        let batch = written(home, round);
        home.push_by_ok(&readers[round % readers.len()], &batch).await?;
        for place in 0..readers.len() {
            let reader = &readers[(place + round + 1) % readers.len()];
            for number in 0..questions.len() {
                let question = questions[(number + round) % questions.len()];
                ask(reader, home, question, "that was asked before a write, and again after it,").await?;
            }
            home.shows_for(reader).await?;
        }
    }
    Ok(())
}

async fn by_oneself(context: Context) -> Checked {
    let (anna, mut home) = Journal::with_user(&context, READS).await?;
    let readers = [anna.on_new_connections()?, anna];
    asked_again(&mut home, &readers).await
}

async fn by_members(context: Context) -> Checked {
    let (anna, mut home) = Journal::with_user(&context, READS).await?;
    let ben = home.member("ben", Role::Editor).await?;
    let cleo = home.member("cleo", Role::Editor).await?;
    asked_again(&mut home, &[anna, ben, cleo]).await
}
