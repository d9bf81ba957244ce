//! Replays of ops whose log entries were collected: they leave the records as they are.

use crate::gc::collection::COLLECTS;
use crate::prelude::*;
use syncproof_harness::world::retention::TOMBSTONES;

const REPLAY: &str = "op.replay-after-gc";

cases! {
    /// Puts, deletes and losers are sent again, one by one and together, after the log is gone.
    "gc/replays-of-collected-ops" checks [REPLAY] needs [Gc, Snapshot] by replays(false);
    /// The same once the tombstones are gone, too: a put from before the delete does not bring its record back.
    "gc/replays-after-the-tombstones-are-gone" checks [REPLAY] needs [Gc] by replays(true);
    /// A batch of collected and of new ops: the new ones are applied, the others change nothing.
    "gc/replays-beside-new-ops" checks [REPLAY, "gc.versions-go-on"] needs [Gc] by beside_new;
}

/// Writes of which some won and some lost; `gone` and `twice` end deleted.
fn history(user: &User) -> Vec<Op> {
    let put = |pk: &str, clock| user.put("kv", pk).clock(clock).mark(&format!("{pk} at {clock}"));
    let delete = |pk: &str, clock| user.delete("kv", pk).clock(clock);
    vec![
        put("kept", 1),
        put("overwritten", 1),
        put("overwritten", 5),
        put("beaten", 5),
        put("beaten", 2),
        put("gone", 1),
        delete("gone", 3),
        put("revived", 1),
        delete("revived", 2),
        put("revived", 3),
        delete("twice", 4),
        put("twice", 1),
        delete("twice", 2),
    ]
}

/// A home with that history behind it, of which nothing is left but records.
async fn forgotten(context: &Context, tombstones_too: bool) -> Checked<Journal> {
    forget(context.user("anna").await?, tombstones_too).await
}

/// Makes that history in the user's home.
pub(crate) async fn forget(anna: User, tombstones_too: bool) -> Checked<Journal> {
    let ops = history(&anna);
    let mut home = Journal::of(anna, "push.all-tables");
    for batch in ops.chunks(5) {
        home.push_ok(batch).await.in_setup()?;
    }
    home.have_read(&[("laptop", home.head())]).await?;
    home.collect_log_through_ok(home.head(), COLLECTS).await.in_setup()?;
    if tombstones_too {
        // What is old enough for the one is for the other.
        home.collect_ok(TOMBSTONES, COLLECTS).await.in_setup()?;
    }
    Ok(home)
}

/// What replays have to leave as it is: the rows, and the tombstones unless they were collected, where a replayed delete
/// may leave one again.
pub(crate) async fn records(home: &Journal, tombstones_too: bool) -> Checked<Vec<String>> {
    if !home.user.context().has(Capability::Snapshot) {
        return Ok(Vec::new());
    }
    let (items, _) = home.items(REPLAY).await?;
    let counts = |item: &&Item| !tombstones_too || matches!(item, Item::Row { .. });
    let shown = |item: &Item| format!("{:?} {:?}", item.position(), item.revision());
    Ok(items.iter().filter(counts).map(shown).collect())
}

/// Checks that what was sent again has not written a record anew: neither where the records can be seen, nor in what
/// the log gives to a device that goes on from the head.
async fn unchanged(home: &Journal, before: &[String], tombstones_too: bool, new: &[Op], what: &str) -> Checked {
    let (changes, answer) = home.user.log_after(&home.workspace, home.head(), 1000, REPLAY).await?;
    let replayed = |id: &str| !new.iter().any(|op| op.id() == id);
    let deleted = |pk: &str| ["gone", "twice"].contains(&pk);
    let is_back =
        |change: &&Change| change.op == Operation::Put && deleted(&change.pk) && replayed(&change.stamp.op_id);
    if let Some(change) = changes.iter().find(is_back).filter(|_| tombstones_too) {
        let (message, actual) = (format!("{what} brings a deleted record back"), change_json(change).to_string());
        return Err(answer.fails(REPLAY, message, "no put of it", actual));
    }
    let after = records(home, tombstones_too).await?;
    let after: Vec<&String> = after.iter().filter(|record| !new.iter().any(|op| record.contains(op.id()))).collect();
    answer.equal(REPLAY, format!("{what} changes records"), before, after)
}

async fn replays(context: Context, tombstones_too: bool) -> Checked {
    let home = forgotten(&context, tombstones_too).await?;
    let before = records(&home, tombstones_too).await?;
    send_again(&home, &before, tombstones_too).await
}

/// Sends a forgotten history again, one by one and together, and checks that the records stay as they were.
pub(crate) async fn send_again(home: &Journal, before: &[String], tombstones_too: bool) -> Checked {
    for op in &home.ops {
        home.user.push(&home.workspace, op.as_ref()).await?.read::<PushAnswer>(REPLAY)?;
        let what = format!("a {:?} of {} with clock {}, sent again,", op.operation(), op.pk(), op.stamp().clock);
        unchanged(home, before, tombstones_too, &[], &what).await?;
    }
    let backwards: Vec<Op> = home.ops.iter().rev().cloned().collect();
    for batch in [&home.ops, &backwards] {
        home.user.push(&home.workspace, batch).await?.read::<PushAnswer>(REPLAY)?;
        unchanged(home, before, tombstones_too, &[], "the whole history, sent again,").await?;
    }
    Ok(())
}

async fn beside_new(context: Context) -> Checked {
    let home = forgotten(&context, true).await?;
    let (ops, head) = (&home.ops, home.head());
    let before = records(&home, true).await?;
    let new = [home.put("kv", "new").clock(1).mark("new"), home.put("threads", "new").clock(1).mark("new")];
    let batch = [&ops[5..6], &new[..1], &ops[6..8], &new[1..], &ops[11..]].concat();
    let answer = home.user.push(&home.workspace, &batch).await?;
    let body: PushAnswer = answer.read(REPLAY)?;
    for op in &new {
        let result = body.results.iter().find(|result| result.op_id == op.id());
        let version = result.filter(|result| result.success).and_then(|result| result.server_version);
        let message = "a new op in a batch with ops that were collected does not get a new version";
        let expected = format!("success, with a version over {head}");
        answer.ensure("gc.versions-go-on", version > Some(head), message, expected, json!(result).to_string())?;
    }
    unchanged(&home, &before, true, &new, "a history, sent again beside new ops,").await?;
    let (changes, answer) = home.user.log_after(&home.workspace, head, 1000, REPLAY).await?;
    for op in &new {
        let logged = changes.iter().any(|change| change.stamp.op_id == op.id());
        answer.ensure(
            REPLAY,
            logged,
            "a new op in a batch with ops that were collected is not in the log",
            op.id(),
            "no such entry",
        )?;
    }
    Ok(())
}
