//! Pull with a filter of tables.

use serde_json::{Value, json};

use syncproof_harness::cases;
use syncproof_harness::world::Context;
use syncproof_protocol::endpoint;
use syncproof_protocol::failure::{Checked, Setup as _};
use syncproof_protocol::op::{Op, change_json};
use syncproof_protocol::table::TABLES;
use syncproof_protocol::wire::PullAnswer;

use crate::pull::pages::{body, log_of};

cases! {
    /// Filters by each table, by several, by none and by unknown names.
    "pull/tables-filter" checks ["pull.tables-filter", "pull.complete"] by tables_filter;
    /// Walks filtered pages over a log in which matches are rare, and takes a later write in as well.
    "pull/filtered-pages-skip-nothing"
        checks ["pull.next-cursor", "pull.complete", "pull.has-more", "pull.tables-filter"] by filtered_pages;
}
async fn tables_filter(context: Context) -> Checked {
    const REQUIREMENT: &str = "pull.tables-filter";
    let anna = context.user("anna").await?;
    let ops = log_of(&anna, 35).await?;
    let mut filters: Vec<Vec<&str>> = TABLES.iter().map(|table| vec![table.name]).collect();
    filters.extend([vec!["threads", "kv"], vec!["kv", "threads", "posts"], vec!["messages", "messages"], vec![]]);
    filters.push(TABLES.iter().map(|table| table.name).collect());
    for filter in filters {
        let (changes, answer) = anna.log_of_tables(&anna.home, &json!(filter), REQUIREMENT).await?;
        let wanted = (1_u64..).zip(&ops).filter(|(_, op)| filter.is_empty() || filter.contains(&op.table()));
        let expected: Vec<Value> = wanted.map(|(version, op)| op.as_change(version)).collect();
        let actual: Vec<Value> = changes.iter().map(change_json).collect();
        answer.equal(REQUIREMENT, format!("the filter {filter:?} gives other changes"), expected, actual)?;
    }
    for unknown in [json!(["no_such_table"]), json!(["Threads"]), json!(["threads'; --"]), json!(["__proto__"])] {
        let mut request = body(&anna, 0, 1000);
        request["tables"] = unknown.clone();
        let answer = anna.post(endpoint::PULL.path, &request).await;
        if !answer.is(&[400]) {
            let page: PullAnswer = answer.read(REQUIREMENT)?;
            let message = format!("the unknown table {unknown} matches something");
            answer.equal(REQUIREMENT, message, json!([]), &page.changes)?;
        }
    }
    // A known name beside an unknown one stands for itself.
    let mut request = body(&anna, 0, 1000);
    request["tables"] = json!(["kv", "no_such_table"]);
    let answer = anna.post(endpoint::PULL.path, &request).await;
    if !answer.is(&[400]) {
        let page: PullAnswer = answer.read(REQUIREMENT)?;
        let other = page.changes.iter().find(|change| change.table_name != "kv").map(change_json);
        let message = "a filter with an unknown name in it shows other tables";
        answer.equal(REQUIREMENT, message, Value::Null, json!(other))?;
    }
    for bad in [json!("threads"), json!([1]), json!({"threads": true})] {
        let mut request = body(&anna, 0, 1000);
        request["tables"] = bad;
        anna.post(endpoint::PULL.path, &request).await.expect_status("http.wrong-shape", &[400])?;
    }
    Ok(())
}

async fn filtered_pages(context: Context) -> Checked {
    const REQUIREMENT: &str = "pull.complete";
    let anna = context.user("anna").await?;
    // Matches at 5, 6, 7, 20 and 31, so that some pages end on one and long stretches hold none.
    let matching = [5, 6, 7, 20, 31];
    let ops: Vec<Op> = (1..=40_u64)
        .map(|version| {
            let table = if matching.contains(&version) { "projects" } else { "threads" };
            anna.put(table, &format!("pk{version}")).clock(version)
        })
        .collect();
    anna.push_ok(&anna.home, &ops, REQUIREMENT).await.in_setup()?;
    for limit in [1, 2, 3, 4, 5, 6, 1000] {
        let mut cursor = 0;
        let mut seen: Vec<u64> = Vec::new();
        let mut request = json!({"limit": limit, "tables": ["projects"]});
        for _ in 0..50 {
            request["cursor"] = json!(cursor);
            let answer = anna.pull_with(&anna.home, request.clone()).await?;
            let page: PullAnswer = answer.read(REQUIREMENT)?;
            let versions: Vec<u64> = page.changes.iter().map(|change| change.server_version).collect();
            answer.ensure(
                "pull.after-cursor",
                versions.len() <= limit,
                "a page holds more than its limit",
                format!("at most {limit} changes"),
                versions.len().to_string(),
            )?;
            seen.extend(&versions);
            let left = matching.iter().filter(|version| !seen.contains(version)).count();
            let message = format!("hasMore is wrong with {left} matches left");
            answer.equal("pull.has-more", message, left > 0, page.has_more)?;
            let next_match = matching.iter().copied().find(|version| !seen.contains(version)).unwrap_or(41);
            let lowest = versions.last().copied().unwrap_or(cursor);
            answer.ensure(
                "pull.next-cursor",
                (lowest..next_match).contains(&page.next_cursor),
                "nextCursor passes a change that was not given, or goes back",
                format!("from {lowest} to {}", next_match - 1),
                page.next_cursor.to_string(),
            )?;
            cursor = page.next_cursor;
            if !page.has_more {
                let message = format!("the filtered walk with limit {limit} is not every match once");
                answer.equal(REQUIREMENT, message, matching, &seen)?;
                break;
            }
        }
    }
    // What comes later is seen from the cursor that the walk ended with.
    let mut request = json!({"cursor": 31, "limit": 10, "tables": ["projects"]});
    let page: PullAnswer = anna.pull_with(&anna.home, request.clone()).await?.read(REQUIREMENT)?;
    let late = [anna.put("threads", "late").clock(99), anna.put("projects", "late").clock(99)];
    anna.push_ok(&anna.home, &late, REQUIREMENT).await.in_setup()?;
    request["cursor"] = json!(page.next_cursor);
    let answer = anna.pull_with(&anna.home, request).await?;
    let page: PullAnswer = answer.read(REQUIREMENT)?;
    let versions: Vec<u64> = page.changes.iter().map(|change| change.server_version).collect();
    answer.equal(REQUIREMENT, "a later match is not seen from nextCursor", [42], versions)
}
