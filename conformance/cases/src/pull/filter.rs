//! Pull with a filter of tables, and what a scope's `projectId` must not filter.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::prelude::*;
use crate::pull::pages::log_of;
use syncproof_protocol::family::every_text;
use syncproof_protocol::table::likenesses;

cases! {
    /// Filters by each table, by several, by none and by unknown names.
    "pull/tables-filter" checks ["pull.tables-filter", "pull.complete"] by tables_filter;
    /// Walks filtered pages over a log in which matches are rare, and takes a later write in as well.
    "pull/filtered-pages-skip-nothing"
        checks ["pull.next-cursor", "pull.complete", "pull.has-more", "pull.tables-filter"] by filtered_pages;
    /// Filters of hundreds to 40,000 names, known, unknown and repeated, are answered as any others, or refused.
    "pull/filters-of-many-names" checks ["http.no-5xx", "pull.tables-filter"] by many_names;
    /// Ops pushed with several projectIds and with none: a pull and a snapshot without one show them all.
    "pull/projects-hide-nothing" checks [PROJECTS] by projects;
    /// Ops pushed under every text of the families as projectId: accepted or refused, and shown to all who name none.
    "pull/projects-of-every-family" checks [PROJECTS] by projects_of_families;
    /// Filters that are a table's name but for letters, blanks, escapes or a wildcard: nothing matches, or 400.
    "pull/filters-that-look-like-a-table" checks ["pull.tables-filter", "snapshot.tables-filter"] by look_alikes;
    /// While four writers push into two tables, readers of one follow nextCursor in pages of several sizes, and miss nothing.
    "pull/filter-under-writes" checks [UNDER_WRITES] by filter_under_writes;
}

const UNDER_WRITES: &str = "pull.no-skip-under-writes";
const PROJECTS: &str = "scope.project-hides-nothing";

async fn many_names(context: Context) -> Checked {
    const REQUIREMENT: &str = "pull.tables-filter";
    let home = log_of(&context, 35).await?;
    let anna = &home.user;
    // Around the number of parameters that statements may have: 999, 2100, 32766 and 65535 in well-known databases.
    for count in [500, 1001, 2101, 32_767, 40_000] {
        let repeated: Vec<&str> = vec!["kv"; count];
        let unknown: Vec<String> = (0..count).map(|number| format!("t{number}")).chain(["kv".to_owned()]).collect();
        for (what, names) in
            [("the same name", json!(repeated)), ("unknown names and one that is known", json!(unknown))]
        {
            let body = json!({"cursor": home.begin(), "limit": 1000, "tables": names});
            let answer = anna.pull_with(&anna.home, body).await?;
            let message = format!("a pull of {count} times {what} gets neither an answer nor a refusal");
            answer.expect_one_of("http.no-5xx", &[200, 400, 413], message)?;
            if answer.is(&[200]) {
                let page: PullAnswer = answer.read(REQUIREMENT)?;
                let mut expected = home.entries_after(0);
                expected.retain(|entry| entry["tableName"] == "kv");
                let message =
                    format!("a pull of {count} times {what} gives other changes than those of the known table");
                answer.equal(REQUIREMENT, message, expected, entries(&page.changes))?;
            }
            if context.has(Capability::Snapshot) {
                let answer = anna.snapshot(&anna.home, json!({"pageSize": 10, "tables": names})).await?;
                let message = format!("a snapshot of {count} times {what} gets neither an answer nor a refusal");
                answer.expect_one_of("http.no-5xx", &[200, 400, 413], message)?;
            }
        }
    }
    still_serves(anna, "http.no-5xx").await
}

/// Pushes a batch with that `projectId` in the scope; every op has to succeed. Returns the versions.
async fn push_in_project(user: &User, project: Option<&str>, ops: &[Op]) -> Checked<Vec<u64>> {
    let mut body = push_body(&user.home, ops);
    if let Some(project) = project {
        body["scope"]["projectId"] = json!(project);
    }
    successes(&user.post(endpoint::PUSH.path, &body).await, ops, PROJECTS)
}

async fn projects(context: Context) -> Checked {
    let mut home = Journal::open(&context, PROJECTS).await?;
    let anna = home.user.clone();
    let mut clock = 0;
    for round in 0..3 {
        for (number, project) in [Some("first"), None, Some("second"), Some("First")].into_iter().enumerate() {
            // A record of its own, one that all projects write, and one that is deleted in another project.
            let mut ops = vec![
                anna.put("threads", &format!("own-{round}-{number}")),
                anna.put("threads", "shared"),
                anna.put("kv", &format!("deleted-{}", (number + 1) % 4)),
                anna.delete("kv", &format!("deleted-{number}")),
            ];
            for op in &mut ops {
                clock += 1;
                *op = op.clone().clock(clock);
            }
            let versions = push_in_project(&anna, project, &ops).await?;
            home.ops.extend(ops.clone());
            let (changes, answer) = anna.log_after(&anna.home, 0, 1000, PROJECTS).await?;
            let message = "ops that were pushed with a projectId do not get the next versions";
            let head = home.head();
            answer.equal("push.contiguous-versions", message, (head - 3..=head).collect::<Vec<u64>>(), versions)?;
            let message = "a pull without a projectId does not show everything that was pushed";
            answer.equal(PROJECTS, message, home.entries_after(0), entries(&changes))?;
            home.shows().await?;
        }
    }
    home.gives_after(3, 5, "pages without a projectId do not show everything that was pushed").await.map(drop)
}

async fn projects_of_families(context: Context) -> Checked {
    let mut home = Journal::open(&context, PROJECTS).await?;
    let anna = home.user.clone();
    // One op each, which is enough to be hidden; longer texts are of no use as names.
    for (number, (project, refusable)) in every_text().filter(|(text, _)| text.len() < 300).enumerate() {
        let op = anna.put("threads", &format!("project {number}")).mark(project);
        let mut body = push_body(&anna.home, std::slice::from_ref(&op));
        body["scope"]["projectId"] = json!(project);
        let answer = anna.post(endpoint::PUSH.path, &body).await;
        if answer.is_4xx() && (refusable || project.trim().is_empty()) {
            continue;
        }
        successes(&answer, std::slice::from_ref(&op), PROJECTS)?;
        home.ops.push(op);
    }
    home.holds().await
}

async fn look_alikes(context: Context) -> Checked {
    const REQUIREMENT: &str = "pull.tables-filter";
    let home = log_of(&context, 14).await?;
    for text in ["kv", "threads"].into_iter().flat_map(likenesses) {
        let message = format!("a filter of {text:?}, which is no table, selects something");
        if let Some((page, answer)) = filtered(&home.user, &json!([text]), REQUIREMENT).await? {
            answer.equal(REQUIREMENT, message, json!([]), &page.changes)?;
        }
        if context.has(Capability::Snapshot) {
            let answer = home.user.snapshot(&home.workspace, json!({"pageSize": 10, "tables": [text]})).await?;
            answer.expect_status("snapshot.tables-filter", &[400])?;
        }
    }
    Ok(())
}

async fn tables_filter(context: Context) -> Checked {
    const REQUIREMENT: &str = "pull.tables-filter";
    let home = log_of(&context, 35).await?;
    let anna = &home.user;
    let mut filters: Vec<Vec<&str>> = TABLES.iter().map(|table| vec![table.name]).collect();
    filters.extend([vec!["threads", "kv"], vec!["kv", "threads", "posts"], vec!["messages", "messages"], vec![]]);
    filters.push(TABLES.iter().map(|table| table.name).collect());
    for filter in filters {
        let (changes, answer) = anna.log_of_tables(&anna.home, &json!(filter), REQUIREMENT).await?;
        let mut expected = home.entries_after(0);
        expected.retain(|entry| filter.is_empty() || filter.iter().any(|table| entry["tableName"] == *table));
        answer.equal(
            REQUIREMENT,
            format!("a pull with the tables filter {filter:?} does not give exactly the changes that it selects"),
            expected,
            entries(&changes),
        )?;
    }
    for unknown in [json!(["no_such_table"]), json!(["Threads"]), json!(["threads'; --"]), json!(["__proto__"])] {
        if let Some((page, answer)) = filtered(anna, &unknown, REQUIREMENT).await? {
            let message = format!("a pull with a tables filter of the unknown table {unknown} gives changes");
            answer.equal(REQUIREMENT, message, json!([]), &page.changes)?;
        }
    }
    // A known name beside an unknown one still selects its table.
    if let Some((page, answer)) = filtered(anna, &json!(["kv", "no_such_table"]), REQUIREMENT).await? {
        let other = page.changes.iter().find(|change| change.table_name != "kv");
        let message = "a pull with a tables filter of kv and an unknown table gives changes of other tables";
        answer.ensure(REQUIREMENT, other.is_none(), message, "changes of kv only", json!(other).to_string())?;
    }
    for bad in [json!("threads"), json!([1]), json!({"threads": true})] {
        let answer = anna.pull_with(&anna.home, json!({"cursor": 0, "limit": 1000, "tables": bad})).await?;
        answer.expect_status("http.wrong-shape", &[400])?;
    }
    Ok(())
}

/// The page with that filter, unless it is refused.
async fn filtered(user: &User, tables: &Value, requirement: &'static str) -> Checked<Option<(PullAnswer, Answer)>> {
    let begin = user.context().collected_through(&user.home);
    let answer = user.pull_with(&user.home, json!({"cursor": begin, "limit": 1000, "tables": tables})).await?;
    if answer.is(&[400]) { Ok(None) } else { Ok(Some((answer.read(requirement)?, answer))) }
}

async fn filtered_pages(context: Context) -> Checked {
    const REQUIREMENT: &str = "pull.complete";
    let mut home = Journal::open(&context, REQUIREMENT).await?;
    // Matches at places that let some pages end on one, with long stretches that hold none.
    let (begin, projects) = (home.begin(), json!(["projects"]));
    let matching = [5, 6, 7, 20, 31].map(|place| begin + place);
    let ops: Vec<Op> = (begin + 1..=begin + 40)
        .map(|version| {
            let table = if matching.contains(&version) { "projects" } else { "threads" };
            home.put(table, &format!("pk{version}")).clock(version)
        })
        .collect();
    home.push_ok(&ops).await.in_setup()?;
    for limit in [1, 2, 3, 4, 5, 6, 1000] {
        let pages = home.user.pull_pages(&home.workspace, limit, REQUIREMENT).of_tables(&projects);
        let mut pages = pages.at_most(50);
        let mut seen: Vec<u64> = Vec::new();
        loop {
            let cursor = pages.cursor();
            let Some((page, answer)) = pages.next().await? else { break };
            let given = versions(&page.changes);
            let (message, most) =
                (format!("a page with limit {limit} holds more changes"), format!("at most {limit} changes"));
            let fits = given.len() as u64 <= limit;
            answer.ensure("pull.after-cursor", fits, message, most, given.len().to_string())?;
            let others: Vec<u64> = given.iter().copied().filter(|version| !matching.contains(version)).collect();
            let message =
                format!("a pull of the table projects gives changes of other tables, with versions {others:?}");
            answer.ensure(
                "pull.tables-filter",
                others.is_empty(),
                message,
                "no other tables",
                format!("{others:?}"),
            )?;
            seen.extend(&given);
            let left = matching.iter().filter(|version| !seen.contains(version)).count();
            let message = format!("hasMore of a filtered page is wrong, with {left} changes of the table left");
            answer.equal("pull.has-more", message, left > 0, page.has_more)?;
            let next_match = matching.iter().copied().find(|version| !seen.contains(version)).unwrap_or(begin + 41);
            let lowest = given.last().copied().unwrap_or(cursor);
            answer.ensure(
                "pull.next-cursor",
                (lowest..next_match).contains(&page.next_cursor),
                "nextCursor of a filtered page is not between its last change and the next one of the table",
                format!("from {lowest} to {}", next_match - 1),
                page.next_cursor.to_string(),
            )?;
            if !page.has_more {
                let message = format!(
                    "the pages of a filtered pull with limit {limit} do not give every change of the table once"
                );
                answer.equal(REQUIREMENT, message, matching, &seen)?;
            }
        }
    }
    // A later change is visible from the cursor that the walk ended with.
    let user = home.user.clone();
    let mut pages = user.pull_pages(&user.home, 10, REQUIREMENT).of_tables(&projects).after(begin + 31).follow();
    pages.next().await?;
    home.push_ok(&["threads", "projects"].map(|table| user.put(table, "late").clock(99))).await.in_setup()?;
    let Some((page, answer)) = pages.next().await? else { return Ok(()) };
    answer.equal(
        REQUIREMENT,
        "a filtered pull from the last nextCursor does not give a change of the table that was pushed later",
        [begin + 42],
        versions(&page.changes),
    )
}

/// A writer, which reads nothing, or a reader, which returns the versions that it has read.
type Task = dyn Future<Output = Checked<Vec<u64>>> + Send;

async fn filter_under_writes(context: Context) -> Checked {
    const WRITERS: usize = 4;
    const BATCHES: usize = 25;
    const TABLE: &str = "posts";
    let anna = context.user("anna").await?;
    let writing = Arc::new(AtomicUsize::new(WRITERS));
    let mut tasks: Vec<Pin<Box<Task>>> = Vec::new();
    for writer in 0..WRITERS {
        let (user, writing) = (anna.on_new_connections()?, Arc::clone(&writing));
        tasks.push(Box::pin(async move {
            let mut written = Ok(Vec::new());
            for batch in 0..BATCHES {
                let put =
                    |place: usize| user.put(["kv", TABLE][(batch + place) % 2], &format!("{writer}-{batch}-{place}"));
                let ops: Vec<Op> = (0..=batch % 3).map(put).collect();
                if let Err(stop) = user.push_ok(&user.home, &ops, UNDER_WRITES).await.in_setup() {
                    written = Err(stop);
                    break;
                }
            }
            writing.fetch_sub(1, Ordering::SeqCst);
            written
        }));
    }
    for limit in [1, 2, 5, 1000] {
        let (user, writing) = (anna.on_new_connections()?, Arc::clone(&writing));
        tasks.push(Box::pin(async move {
            let mut seen = Vec::new();
            let pages = user.pull_pages(&user.home, limit, UNDER_WRITES).of_tables(&json!([TABLE]));
            let mut pages = pages.follow().at_most(20_000);
            // Up to the end that a page shows once nobody writes any more.
            loop {
                let is_last = writing.load(Ordering::SeqCst) == 0;
                let Some((page, _)) = pages.next().await? else { break };
                seen.extend(versions(&page.changes));
                if is_last && !page.has_more {
                    break;
                }
            }
            Ok(seen)
        }));
    }
    let outcomes = at_once(tasks).await?.into_iter().collect::<Checked<Vec<_>>>()?;
    let (changes, answer) = anna.log(&anna.home, UNDER_WRITES).await?;
    let expected: Vec<u64> =
        changes.iter().filter(|change| change.table_name == TABLE).map(|change| change.server_version).collect();
    for seen in &outcomes[WRITERS..] {
        let message = "a reader of one table that followed nextCursor while others pushed missed changes of it";
        answer.equal(UNDER_WRITES, message, &expected, seen)?;
    }
    Ok(())
}
