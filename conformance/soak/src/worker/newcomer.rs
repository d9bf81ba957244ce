//! Newcomers: identities whose first requests come all at once. Some of them then end both workspaces that they have, at
//! once, too.

use futures_util::future::join_all;

use crate::shift::{Shift, pause};
use crate::team::{Door, Person};

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
        let session = caller.session().await.and_then(|answer| answer.session);
        // Where somebody's workspaces come and go, nobody can judge any more which one was made at first.
        if number % 2 == 1
            && let Some((id, home)) = session.and_then(|session| Some((session.user.id, session.workspace?.id)))
        {
            leave(&Person { caller, id, home }).await;
        }
        pause().await;
    }
}

/// Ends where they stand and the only other place where they could stand then.
async fn leave(person: &Person) {
    let (twin, home) = (person.beside("twin"), &person.home);
    let (made, again) = tokio::join!(person.create("left soon"), twin.create("left soon, too"));
    if let (Some(made), Some(again)) = (made, again) {
        person.delete(&again).await;
        person.activate(&made).await;
        tokio::join!(person.delete(&made), twin.delete(home));
        person.caller.session().await;
    }
}
