//! A known op id with other content, and one op id in two workspaces.

use crate::prelude::*;
use syncproof_harness::world::PushOutcome;

use crate::op::conflict::Difference;

const REUSE: &str = "op.reuse-conflicting";
const TOLD: &str = "op.reuse-conflicting-told";
const SCOPED: &str = "op.id-scoped-to-workspace";
const REUSABLE: &str = "op.id-reusable-across-workspaces";

cases! {
    /// The id of a known put comes with another payload, pk, table, operation, clock or hlc.
    "op/reuse-of-a-puts-id" checks [REUSE, TOLD] by reuse(false);
    /// The id of a known delete comes with another pk, table, operation, clock or hlc.
    "op/reuse-of-a-deletes-id" checks [REUSE, TOLD] by reuse(true);
    /// A known id comes with a payload that loose comparisons take for the same: true for 1, "1" for 1, null for nothing.
    "op/reuse-with-a-payload-that-looks-alike" checks [TOLD, REUSE] by reuse_with_alike;
    /// A known id comes with the same stamp and payload for another table, pk or operation, and with another clock or hlc alone.
    "op/reuse-that-differs-in-one-thing" checks [TOLD, REUSE] by reuse_with_one_difference;
    /// Known ids with other content at every place among new ops and replays.
    "op/reuse-among-other-ops" checks [REUSE, TOLD] by reuse_among_others;
    /// A known id comes with a winning write to a record that another op made: that record stays.
    "op/reuse-over-another-record" checks [REUSE] by reuse_over_another_record;
    /// Two tenants push ops under one id, with the same content and with other.
    "op/same-id-in-two-workspaces" checks [SCOPED, REUSABLE, "http.no-5xx"] by two_workspaces;
    /// A tenant's batch has ids that another tenant used, at every place.
    "op/same-id-in-two-workspaces-in-batches" checks [SCOPED, REUSABLE, "http.no-5xx"] by two_workspaces_in_batches;
    /// One user pushes the same op in two workspaces of their own, to and fro.
    "op/same-id-in-two-workspaces-of-one-user" checks [SCOPED, REUSABLE, "http.no-5xx"] by two_workspaces_of_one_user;
}

/// Checks that the answer reports that the op was not accepted.
fn reports_conflict(settled: &PushOutcome, place: usize) -> Checked {
    let Some(result) = settled.result(place) else {
        return settled.answer.expect_status(TOLD, &[200, 400, 409]);
    };
    settled.answer.ensure(
        TOLD,
        !result.success && result.error_code == Some(ErrorCode::Conflict),
        "a known op id with other content is not reported as a conflict",
        "success: false and CONFLICT",
        serde_json::to_string(result).unwrap_or_default(),
    )
}

async fn reuse(context: Context, deletes: bool) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, REUSE).await?;
    // The payload of a delete does not count.
    for difference in Difference::ALL.into_iter().filter(|difference| !deletes || *difference != Difference::Payload) {
        let pk = format!("{difference:?}");
        let op = if deletes { user.delete("threads", &pk) } else { user.put("threads", &pk).mark("first") }.clock(3);
        journal.push_ok(&op).await.in_setup()?;
        let rival = difference.rival(&user, &op);
        for _ in 0..2 {
            let settled = journal.attempt(&rival).await?;
            context.check_should(reports_conflict(&settled, 0));
            journal.shows().await?;
        }
        // The op itself is as known as before.
        journal.push_ok(&[op]).await?;
    }
    // The refused ones have taken no version.
    journal.push_ok(&[user.put("threads", "next")]).await?;
    journal.holds().await
}

async fn reuse_with_alike(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, REUSE).await?;
    let alike = [
        (json!(true), json!(1)),
        (json!(false), json!(0)),
        (json!(1), json!("1")),
        (json!(false), json!("")),
        (json!(null), json!("")),
        (json!([]), json!({})),
        (json!({"a": true}), json!({"a": 1})),
        // Of one kind, and still another value.
        (json!(1), json!(2)),
        (json!(0), json!(-1)),
        (json!(1), json!(1.5)),
        (json!(0.25), json!(0.75)),
        (json!(9_007_199_254_740_991_u64), json!(9_007_199_254_740_990_u64)),
        (json!("a"), json!("A")),
        (json!("a"), json!("a ")),
        (json!([1, 2]), json!([2, 1])),
        (json!([1]), json!([1, 1])),
        (json!([[1]]), json!([[2]])),
        (json!({"a": {"b": "x"}}), json!({"a": {"b": "y"}})),
        (json!({"a": 1}), json!({"a": 1, "b": null})),
    ];
    let both_ways = alike.into_iter().flat_map(|(one, other)| [(one.clone(), other.clone()), (other, one)]);
    for (number, (known, sent)) in both_ways.enumerate() {
        let op = user.put("threads", &format!("pk{number}")).field("note", known);
        journal.push_ok(&op).await.in_setup()?;
        let settled = journal.attempt(&op.clone().field("note", sent)).await?;
        context.check_should(reports_conflict(&settled, 0));
        if op.content().is_some_and(|payload| payload["note"].is_null()) {
            let settled = journal.attempt(&op.without_field("note")).await?;
            context.check_should(reports_conflict(&settled, 0));
        }
    }
    journal.holds().await
}

async fn reuse_with_one_difference(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, REUSE).await?;
    let gone = user.delete("threads", "gone").clock(3);
    // Both tables take it.
    let kept = user.put("kv", "kept").field("deleted", json!(false)).clock(3);
    journal.push_ok(&[gone.clone(), kept.clone()]).await.in_setup()?;
    let stamped = |op: Op, known: &Op| op.clock(known.stamp().clock).hlc(&*known.stamp().hlc).op_id(known.id());
    let of_gone = [Op::delete("messages", gone.pk()), user.delete("threads", "another")];
    let payload = || kept.content().cloned();
    let of_kept =
        [Op::delete("kv", kept.pk()).payload(payload()), user.put_exactly("projects", kept.pk()).payload(payload())];
    let mut rivals: Vec<Op> = of_gone.into_iter().map(|op| stamped(op, &gone)).collect();
    rivals.extend(of_kept.into_iter().map(|op| stamped(op, &kept).payload(payload())));
    rivals.push(gone.clone().clock(4).hlc(&*gone.stamp().hlc));
    rivals.extend([&gone, &kept].map(|op| op.clone().hlc(format!("{}0", op.stamp().hlc))));
    for rival in rivals {
        let settled = journal.attempt(&rival).await?;
        context.check_should(reports_conflict(&settled, 0));
        journal.shows().await?;
    }
    journal.holds().await
}

async fn reuse_among_others(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, REUSE).await?;
    let known: Vec<Op> =
        (0..3).map(|number| user.put("threads", &format!("known{number}")).clock(3).mark("first")).collect();
    journal.push_ok(&known).await.in_setup()?;
    for difference in Difference::ALL {
        for place in 0..4 {
            let mut batch = vec![
                user.put("kv", &format!("{difference:?}-{place}")),
                known[1].clone(),
                user.delete("messages", &format!("{difference:?}-{place}")),
            ];
            batch.insert(place, difference.rival(&user, &known[place % 3]));
            // A batch with both known[1] and a rival of it belongs to another case.
            if place % 3 == 1 {
                batch.retain(|op| op.json() != known[1].json());
            }
            let place = batch.iter().position(|op| known.iter().any(|known| is_rival(op, known))).unwrap_or_default();
            let settled = journal.attempt(&batch).await?;
            context.check_should(reports_conflict(&settled, place));
            context.check_should(settled.spared_beside(place, "push.bad-op-spares-others"));
        }
        journal.push_ok(&known).await?;
        journal.shows().await?;
    }
    journal.holds().await
}

fn is_rival(op: &Op, known: &Op) -> bool {
    op.id() == known.id() && op.as_change(0) != known.as_change(0)
}

async fn reuse_over_another_record(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, REUSE).await?;
    let ops = [
        user.put("threads", "own").clock(2).mark("own"),
        user.put("threads", "live").clock(3).mark("live"),
        user.delete("threads", "gone").clock(3),
        user.put("kv", "live").clock(3).mark("live"),
    ];
    journal.push_ok(&ops).await.in_setup()?;
    let rivals = [
        user.put("threads", "live").clock(90).mark("rival"),
        user.delete("threads", "live").clock(91),
        user.put("threads", "gone").clock(92).mark("rival"),
        user.delete("threads", "gone").clock(93),
        user.put("kv", "live").clock(94).mark("rival"),
        user.put("threads", "own").clock(95).mark("rival"),
        user.delete("threads", "own").clock(96),
    ];
    for rival in rivals {
        let rival = rival.op_id(ops[0].id());
        let settled = journal.attempt(&[rival]).await?;
        context.check_should(reports_conflict(&settled, 0));
        journal.holds().await?;
    }
    // A write that would lose to the rivals, had they counted, wins.
    let next = [user.put("threads", "live").clock(4).mark("next"), user.put("threads", "gone").clock(4).mark("next")];
    journal.push_ok(&next).await?;
    journal.holds().await
}

/// A word that only the first tenant writes: it shows when an answer gives away their record.
const SECRET: &str = "annas-own-words";

/// Pushes ops of which some have ids of another workspace; whatever the answer, the log matches it, and it shows
/// nothing of that workspace.
async fn push_with_foreign_ids(journal: &mut Journal, batch: &[Op], foreign: &[Op]) -> Checked {
    let answer = journal.user.push(&journal.workspace, batch).await?;
    let handled = answer.status().is_some_and(|status| status < 500);
    let message = "a push with an op id of another workspace gets a 5xx or no answer";
    answer.ensure("http.no-5xx", handled, message, "success, or a reported refusal", answer.outcome())?;
    let settled = journal.reconcile(batch, answer.clone()).await?;
    shows_nothing(&answer, journal, batch, foreign)?;
    let places: Vec<usize> = (0..batch.len()).collect();
    let accepted = match &settled.results {
        None => answer.expect_status(REUSABLE, &[200]),
        Some(_) => settled.spared(&places, REUSABLE),
    };
    journal.user.context().check_should(accepted);
    Ok(())
}

/// Checks that an answer shows no version and no content of another workspace's op.
fn shows_nothing(answer: &Answer, journal: &Journal, batch: &[Op], foreign: &[Op]) -> Checked {
    let sent = batch.iter().any(|op| op.json().to_string().contains(SECRET));
    let leaks = !sent && String::from_utf8_lossy(&answer.exchange().response).contains(SECRET);
    answer.ensure(
        SCOPED,
        !leaks,
        "the answer shows another workspace's record",
        "nothing of that record",
        answer.outcome(),
    )?;
    if !answer.is_success() {
        return Ok(());
    }
    let body: PushAnswer = answer.read(SCOPED)?;
    for result in &body.results {
        let theirs = (1..).zip(foreign).find(|(_, op)| op.id() == result.op_id).map(|(version, _)| version);
        let own = journal.version(&result.op_id);
        let shown = result.server_version.filter(|version| theirs == Some(*version) && own != Some(*version));
        let actual = serde_json::to_string(result).unwrap_or_default();
        let message = "the answer shows the version that the op id has in another workspace";
        answer.ensure(SCOPED, shown.is_none(), message, "the version in this workspace, or none", actual)?;
    }
    Ok(())
}

/// The homes of two tenants; the first one's versions are far ahead of the other's.
async fn tenants(context: &Context) -> Checked<(Journal, Journal)> {
    let mut annas = Journal::open(context, SCOPED).await?;
    let bens = Journal::of(context.user("ben").await?, SCOPED);
    let user = annas.user.clone();
    let ops: Vec<Op> = (0..40).map(|number| user.put("posts", &format!("pk{number}"))).collect();
    annas.push_ok(&ops).await.in_setup()?;
    Ok((annas, bens))
}

/// Ops of the second tenant under the id of the first one's: the same, and different in every way.
fn under_the_same_id(user: &User, op: &Op) -> Vec<Op> {
    let rivals = Difference::ALL.into_iter().map(|difference| difference.rival(user, op));
    [op.clone()].into_iter().chain(rivals).collect()
}

async fn two_workspaces(context: Context) -> Checked {
    let (mut annas, mut bens) = tenants(&context).await?;
    let (anna, ben) = (annas.user.clone(), bens.user.clone());
    for number in 0..=Difference::ALL.len() {
        let pk = format!("pk{number}");
        for op in
            [anna.put("threads", &pk).clock(3).mark(SECRET), anna.delete("threads", &format!("{pk}-gone")).clock(3)]
        {
            annas.push_ok(&op).await.in_setup()?;
            // Without the other tenant's words, unless the very same op is pushed.
            let mut same = under_the_same_id(&ben, &op);
            let bens_op = same.swap_remove(number);
            let bens_op = if number == 0 { bens_op } else { bens_op.mark("bens") };
            push_with_foreign_ids(&mut bens, std::slice::from_ref(&bens_op), &annas.ops).await?;
            // A replay is one in either workspace: the same answers, the same logs.
            let before = [annas.head(), bens.head()];
            annas.push_ok(&[op]).await?;
            push_with_foreign_ids(&mut bens, std::slice::from_ref(&bens_op), &annas.ops).await?;
            let (_, answer) = ben.log(&bens.workspace, SCOPED).await?;
            let took = bens.version(bens_op.id()).is_some();
            if took {
                let message = "an op whose id another workspace has was accepted twice, or only when it was sent again";
                let in_words = |heads: [u64; 2]| {
                    format!("the head is {} in the other workspace, and {} in this one", heads[0], heads[1])
                };
                answer.equal(SCOPED, message, in_words(before), in_words([annas.head(), bens.head()]))?;
            }
        }
    }
    bens.push_ok(&[ben.put("threads", "own")]).await?;
    annas.holds().await?;
    bens.holds().await
}

async fn two_workspaces_in_batches(context: Context) -> Checked {
    let (mut annas, mut bens) = tenants(&context).await?;
    let (anna, ben) = (annas.user.clone(), bens.user.clone());
    for place in 0..4 {
        let theirs: Vec<Op> =
            (0..8).map(|number| anna.put("threads", &format!("{place}-{number}")).clock(3).mark(SECRET)).collect();
        annas.push_ok(&theirs).await.in_setup()?;
        for (number, difference) in Difference::ALL.into_iter().enumerate() {
            let mut batch: Vec<Op> =
                (0..3).map(|own| ben.put("threads", &format!("own-{place}-{number}-{own}"))).collect();
            batch.insert(place, difference.rival(&ben, &theirs[number]).mark("bens"));
            // A copy of it, too, in every other batch.
            if number % 2 == 1 {
                batch.push(batch[place].clone());
            }
            let own: Vec<usize> = (0..batch.len()).filter(|other| batch[*other].id() != theirs[number].id()).collect();
            let before = bens.head();
            push_with_foreign_ids(&mut bens, &batch, &annas.ops).await?;
            // Whatever the server did with the foreign id, the other ops can be pushed, at the latest without it.
            let rest: Vec<Op> = own.iter().map(|place| batch[*place].clone()).collect();
            bens.push_ok(&rest).await?;
            let (_, answer) = ben.log_after(&bens.workspace, before, 1000, SCOPED).await?;
            let missing = rest.iter().find(|op| bens.version(op.id()).is_none()).map(Op::id);
            let message =
                "an op is missing from the log, although only another op of its batch has an id of another workspace";
            let actual = missing.map_or_else(String::new, |id| format!("no entry for op {id}"));
            answer.ensure(SCOPED, missing.is_none(), message, "an entry for each of the other ops", actual)?;
        }
        // All that the other tenant pushed, the very same batch.
        push_with_foreign_ids(&mut bens, &theirs[7..], &annas.ops).await?;
    }
    annas.holds().await?;
    bens.holds().await
}

async fn two_workspaces_of_one_user(context: Context) -> Checked {
    let (mut at_home, _) = tenants(&context).await?;
    let user = at_home.user.clone();
    let workspace = user.new_workspace("other").await?;
    let mut elsewhere = Journal { workspace, ops: Vec::new(), ..at_home.clone() };
    for table in context.tables_to_delete_from() {
        let ops = [
            user.put(table.name, "put").clock(3).mark("words"),
            user.put(table.name, "gone").clock(3).mark("words"),
            user.delete(table.name, "gone").clock(4),
        ];
        at_home.push_ok(&ops).await.in_setup()?;
        push_with_foreign_ids(&mut elsewhere, &ops, &at_home.ops).await?;
        at_home.push_ok(&ops).await?;
        // The other way round.
        let ops = [user.delete(table.name, "back").clock(3), user.put(table.name, "back").clock(4).mark("words")];
        let foreign = elsewhere.ops.clone();
        if elsewhere.attempt(&ops).await?.results.is_some() {
            push_with_foreign_ids(&mut at_home, &ops, &foreign).await?;
        }
    }
    at_home.holds().await?;
    elsewhere.holds().await
}
