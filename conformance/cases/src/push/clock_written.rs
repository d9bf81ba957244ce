//! Push: a clock in every form in which JSON can write it.

use crate::prelude::*;
use crate::push::json_limits::{PLACE, push_text};

const INTEGER: &str = "push.clock-is-an-integer";

cases! {
    /// Clocks written with a fraction of zero or an exponent are the integers that they are, in pulls, replays and conflicts.
    "push/clock-in-every-form" checks [INTEGER] by every_form;
    /// Clocks with a fraction are refused in every form; what a double rounds away is refused or rounded.
    "push/clock-with-a-fraction" checks [INTEGER] by fractions;
}

/// Forms of one clock.
const FORMS: [(u64, &[&str]); 4] = [
    (3, &["3.0", "3e0", "3E+0", "30e-1", "0.3e1", "3.000000", "300e-2"]),
    (0, &["0.0", "0e5", "0.000", "0e-7"]),
    (1_000_000, &["1e6", "1000000.0", "10E5", "0.001e9"]),
    ((1 << 53) - 1, &["9007199254740991.0", "9007199254740991e0", "90071992547409910e-1"]),
];

/// Pushes the op with that text for its clock.
async fn push_with_clock(user: &User, journal: &Journal, op: &Op, clock: &str) -> Answer {
    push_text(user, journal, &op.clone().spoil("stamp.clock", Some(json!(PLACE))), clock).await
}

async fn every_form(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, INTEGER).await?;
    for (clock, forms) in FORMS {
        for form in forms {
            for op in [user.put("threads", &format!("{clock} {form}")), user.delete("kv", &format!("{clock} {form}"))] {
                let op = op.clock(clock).mark("written");
                let expected = journal.predict(std::slice::from_ref(&op));
                let answer = push_with_clock(&user, &journal, &op, form).await;
                let versions = successes(&answer, std::slice::from_ref(&op), INTEGER)?;
                let message = format!("an op with the clock {form} does not get the next version");
                answer.equal("push.contiguous-versions", message, &expected, versions)?;
                // Written as a plain integer it is the same op.
                let again = user.push(&journal.workspace, std::slice::from_ref(&op)).await?;
                let versions = successes(&again, std::slice::from_ref(&op), INTEGER)?;
                again.equal(
                    INTEGER,
                    format!("the clock {clock} is another than {form} in a replay"),
                    &expected,
                    versions,
                )?;
                // Neither a lower nor an equal clock with a lower hlc wins against it.
                if clock > 0 {
                    let lower = user.put(op.table(), op.pk()).clock(clock - 1).mark("lower");
                    journal.push_ok(&[lower]).await?;
                }
            }
        }
        // The log shows each clock as the number that it is, and the state holds what it lets win.
        journal.holds().await?;
    }
    journal.shows().await
}

async fn fractions(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, INTEGER).await?;
    journal.push_ok(&[user.put("threads", "live").clock(3).mark("live")]).await.in_setup()?;
    let refused =
        ["3.5", "35e-1", "0.1e0", "1e-1", "3.0000001", "4503599627370495.5", "9007199254740992.0", "1e16", "-1e0"];
    for clock in refused {
        for op in [user.put("threads", "live").clock(9), user.delete("threads", "live").clock(9)] {
            let answer = push_with_clock(&user, &journal, &op, clock).await;
            answer.expect_one_of(INTEGER, &[400], format!("the clock {clock} is not refused"))?;
        }
    }
    journal.holds().await?;
    // Between the two integers next to it, a double has no other number.
    let op = user.put("threads", "rounded").clock(9_007_199_254_740_990).mark("rounded");
    let answer = push_with_clock(&user, &journal, &op, "9007199254740990.5").await;
    if !answer.is(&[400]) {
        successes(&answer, std::slice::from_ref(&op), INTEGER)?;
        journal.predict(std::slice::from_ref(&op));
    }
    journal.holds().await
}
