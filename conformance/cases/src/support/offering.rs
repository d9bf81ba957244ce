//! Pushing many ops, of which a server may refuse some.

use std::collections::VecDeque;

use crate::prelude::*;
use syncproof_harness::world::sync::batches;

/// An op, and whether a server may refuse it: as invalid, as too large, or with a 4xx.
pub(crate) type Offered = (Op, bool);

/// Pushes these ops in as few batches as it takes, and returns those that the server has accepted. What is accepted has to be
/// in the log as it was sent, and what is refused must not be.
pub(crate) async fn offer(journal: &mut Journal, offered: &[Offered]) -> Checked<Vec<Op>> {
    // Apart from each other: a server may refuse a whole batch for one of them.
    let of = |refusable: bool| offered.iter().filter(|(_, may)| *may == refusable).map(|(op, _)| op.clone()).collect();
    let (kept, refusable): (Vec<Op>, Vec<Op>) = (of(false), of(true));
    let mut accepted = Vec::new();
    for (ops, may_be_refused) in [(&kept, false), (&refusable, true)] {
        let mut left: VecDeque<&[Op]> = batches(ops).into();
        // Every turn takes a batch away, or halves one.
        while let Some(batch) = left.pop_front() {
            let outcome = journal.attempt(batch).await?;
            if outcome.results.is_none() && batch.len() > 1 {
                let (first, second) = batch.split_at(batch.len() / 2);
                left.push_front(second);
                left.push_front(first);
                continue;
            }
            for (place, op) in batch.iter().enumerate() {
                let code = outcome.result(place).and_then(|result| result.error_code);
                let is_fair = [None, Some(ErrorCode::ValidationError), Some(ErrorCode::Oversized)].contains(&code);
                if !outcome.refused(place) {
                    accepted.push(op.clone());
                } else if !may_be_refused || !is_fair {
                    return Err(refused(journal.requirement, &outcome.answer, op, may_be_refused));
                }
            }
        }
    }
    Ok(accepted)
}

fn refused(requirement: &'static str, answer: &Answer, op: &Op, may_be_refused: bool) -> Stop {
    let what = format!("an op of {} under the pk `{}`", op.table(), shortened(op.pk()));
    let (message, expected) = match may_be_refused {
        false => (format!("{what} is refused, although it is valid"), "success"),
        true => (format!("{what} is neither accepted nor refused as invalid"), "success, a 4xx, or VALIDATION_ERROR"),
    };
    answer.fails(requirement, message, expected, answer.outcome())
}

/// A text as messages show it.
pub(crate) fn shortened(text: &str) -> String {
    text.escape_debug().take(60).collect()
}
