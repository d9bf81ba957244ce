//! Push: wrong ops with long texts in them, of which a message may show a part.

use crate::prelude::*;
use crate::push::refused::malformed;

const NO_5XX: &str = "http.no-5xx";

/// How many characters follow each other that take several bytes.
const LENGTH: usize = 150;

cases! {
    /// Each kind of wrong op with long texts in pk, device and payload, which end within a character wherever they are cut.
    "push/refused-with-long-texts" checks [NO_5XX, "push.bad-batch-changes-nothing"] by long_texts;
    /// Such texts in the place of a table's name, an operation, an op id and a number.
    "push/refused-for-long-texts" checks [NO_5XX, "push.bad-batch-changes-nothing"] by for_long_texts;
}

/// Texts of characters of two, three and four bytes, so that every number of bytes is within a character of one of them.
fn texts() -> Vec<String> {
    let after =
        |wide: char| (0..wide.len_utf8()).map(move |before| "a".repeat(before) + &wide.to_string().repeat(LENGTH));
    ['\u{e9}', '\u{6f22}', '\u{1f600}'].into_iter().flat_map(after).collect()
}

/// Pushes each alone; whatever the answer says of it, it has no effect beyond that.
async fn push_each(journal: &mut Journal, ops: Vec<Op>) -> Checked {
    for op in ops {
        let answer = journal.user.push(&journal.workspace, std::slice::from_ref(&op)).await?;
        let handled = answer.status().is_some_and(|status| status < 500);
        let message = "a push with a wrong op and a long text gets no answer, or a 5xx";
        answer.ensure(NO_5XX, handled, message, "a 4xx, or 200", answer.outcome())?;
        journal.reconcile(&[op], answer).await?;
    }
    journal.holds().await
}

async fn long_texts(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, NO_5XX).await?;
    for text in texts() {
        let long = |op: Op| op.device(&text).field("title", json!(text));
        let ops = malformed(&user, &text).into_iter().flat_map(|(_, op)| [op.clone(), long(op)]);
        push_each(&mut journal, ops.collect()).await?;
    }
    Ok(())
}

async fn for_long_texts(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, NO_5XX).await?;
    for text in texts() {
        let places =
            ["tableName", "operation", "status", "attempts", "createdAt", "stamp.clock", "stamp.opId", "stamp"];
        let spoilt = places.map(|place| user.put("threads", "wrong").spoil(place, Some(json!(text))));
        let fields =
            ["deleted", "created_at", "clock", "id"].map(|name| user.put("threads", "wrong").field(name, json!(text)));
        push_each(&mut journal, spoilt.into_iter().chain(fields).collect()).await?;
    }
    Ok(())
}
