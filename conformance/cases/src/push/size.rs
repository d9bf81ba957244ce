//! Push: how large a payload or a batch may be.

use crate::prelude::*;

const LARGE_PAYLOAD: &str = "push.large-payload";
const LARGE_BATCH: &str = "push.large-batch";
const BAD_BATCH: &str = "push.bad-batch-changes-nothing";

cases! {
    /// A payload of almost 256 KiB is taken and comes back; one of 3 MiB is refused and told.
    "push/large-payload" checks [LARGE_PAYLOAD, BAD_BATCH] by large_payload;
    /// Batches of one to seven megabytes, in payloads that are not too large, are taken, or are too large and nothing else.
    "push/batches-of-megabytes" checks ["http.body-limit", BAD_BATCH] by batches_of_megabytes;
    /// A batch of 1000 small ops is accepted whole or refused whole.
    "push/large-batch" checks [LARGE_BATCH] by large_batch;
    /// 1000 puts of 1000 records in one batch: all of them, or none and a refusal; a hundred at a time always.
    "push/large-batch-of-new-ops" checks [LARGE_BATCH] by large_batch_of_new_ops;
}

/// A put whose payload is exactly that long as compact JSON, in bytes.
fn sized(user: &User, pk: &str, bytes: usize) -> Op {
    let bare =
        user.put("posts", pk).field("content", json!("")).content().map_or(0, |content| content.to_string().len());
    user.put("posts", pk).field("content", json!("x".repeat(bytes.saturating_sub(bare))))
}

async fn large_payload(context: Context) -> Checked {
    const KIB: usize = 1 << 10;
    const MIB: usize = 1 << 20;
    const REFUSALS: [Option<ErrorCode>; 2] = [Some(ErrorCode::Oversized), Some(ErrorCode::ValidationError)];
    let (user, mut journal) = Journal::with_user(&context, BAD_BATCH).await?;
    for (pk, size) in [("64 KiB", 64 * KIB), ("255 KiB", 255 * KIB)] {
        let settled = journal.attempt(&[sized(&user, pk, size)]).await?;
        let taken = !settled.refused(0);
        let message = format!("a payload of {pk} is refused");
        let actual = settled.answer.outcome();
        context.check_should(settled.answer.ensure(LARGE_PAYLOAD, taken, message, "success", actual));
    }
    journal.holds().await?;
    // Twelve times the limit.
    let op = sized(&user, "3 MiB", 3 * MIB);
    let answer = user.push(&journal.workspace, std::slice::from_ref(&op)).await?;
    let expected = "413, OVERSIZED or VALIDATION_ERROR";
    // `http.body-limit` covers a connection that ends before the answer.
    if answer.status().is_some_and(|status| status < 500) {
        let settled = journal.reconcile(&[op], answer).await?;
        let refused = match settled.result(0) {
            None => settled.answer.is(&[400, 413]),
            Some(result) => !result.success && REFUSALS.contains(&result.error_code),
        };
        let message = "a payload of 3 MiB is not refused, or not as too large";
        let actual = settled.answer.outcome();
        context.check_should(settled.answer.ensure(LARGE_PAYLOAD, refused, message, expected, actual));
    } else {
        let message = "a payload of 3 MiB gets no proper answer";
        context.check_should(Err(answer.fails(LARGE_PAYLOAD, message, expected, answer.outcome())));
    }
    journal.push_ok(&[user.put("threads", "next")]).await?;
    journal.holds().await
}

async fn batches_of_megabytes(context: Context) -> Checked {
    const LIMIT: &str = "http.body-limit";
    const EACH: usize = 200_000;
    let (user, mut journal) = Journal::with_user(&context, LIMIT).await?;
    for count in [5, 10, 11, 15, 20, 25, 35] {
        let batch: Vec<Op> = (0..count).map(|number| sized(&user, &format!("{count}-{number}"), EACH)).collect();
        let answer = user.push(&journal.workspace, &batch).await?;
        // Where the server closed while the body was still being sent, its answer may be lost (`http.body-limit`).
        if answer.status().is_some() {
            let message = format!(
                "a batch of {count} ops, each with a payload of {EACH} bytes, is refused, and not as too large"
            );
            answer.ensure(LIMIT, answer.is(&[200, 413]), message, "200 or 413", answer.outcome())?;
        }
        let settled = journal.reconcile(&batch, answer).await?;
        for place in 0..settled.results.as_ref().map_or(0, Vec::len) {
            let Some(result) = settled.result(place).filter(|result| !result.success) else { continue };
            let too_large = [Some(ErrorCode::Oversized), Some(ErrorCode::ValidationError)].contains(&result.error_code);
            let message = "an op of a large batch fails, and not as too large";
            settled.answer.ensure(
                LIMIT,
                too_large,
                message,
                "OVERSIZED or VALIDATION_ERROR",
                settled.answer.outcome(),
            )?;
        }
        journal.holds().await?;
    }
    Ok(())
}

async fn large_batch_of_new_ops(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, LARGE_BATCH).await?;
    let batch: Vec<Op> = (0..1000).map(|number| user.put("kv", &format!("pk{number}"))).collect();
    let settled = journal.attempt(&batch).await?;
    if settled.results.is_some() {
        settled.spared(&(0..batch.len()).collect::<Vec<_>>(), LARGE_BATCH)?;
        return journal.holds().await;
    }
    settled.answer.expect_status(LARGE_BATCH, &[200, 400, 413])?;
    journal.holds().await?;
    // A refused client sends the same ops in smaller batches.
    for part in batch.chunks(100) {
        journal.push_ok(part).await?;
    }
    journal.holds().await
}

async fn large_batch(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, LARGE_BATCH).await?;
    let first = user.put("kv", "before");
    journal.push_ok(&first).await.in_setup()?;
    let batch: Vec<Op> = (0..1000)
        .map(|number| {
            let pk = format!("pk{}", number % 900);
            if number % 10 == 9 { user.delete("kv", &pk) } else { user.put("kv", &pk) }.clock(number + 1)
        })
        .collect();
    for _ in 0..2 {
        let settled = journal.attempt(&batch).await?;
        match &settled.results {
            None => settled.answer.expect_status(LARGE_BATCH, &[200, 400, 413])?,
            Some(_) => settled.spared(&(0..batch.len()).collect::<Vec<_>>(), LARGE_BATCH)?,
        }
        journal.holds().await?;
    }
    // A refused client sends the same ops in smaller batches.
    for part in batch.chunks(100) {
        journal.push_ok(part).await?;
    }
    journal.push_ok(&[first]).await?;
    journal.holds().await
}
