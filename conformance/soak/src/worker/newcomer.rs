//! Newcomers: identities whose first requests come all at once.

use futures_util::future::join_all;

use crate::shift::{Shift, pause};
use crate::team::Door;

/// How many first requests come at once.
const AT_ONCE: usize = 5;
/// How many identities there are in a round at most.
const MAX_NEWCOMERS: u32 = 40;

/// Lets one identity after the other log in until the round settles.
pub(crate) async fn log_in_at_once(shift: &Shift, door: &Door<'_>, label: &str) {
    for number in 0..MAX_NEWCOMERS {
        if !shift.goes_on() {
            return;
        }
        let Ok(caller) = door.newcomer(&format!("{label}-{number}")).await else { return };
        let callers: Vec<_> = (0..AT_ONCE).map(|index| caller.beside(&index.to_string())).collect();
        join_all(callers.iter().map(|caller| caller.session())).await;
        caller.session().await;
        pause().await;
    }
}
