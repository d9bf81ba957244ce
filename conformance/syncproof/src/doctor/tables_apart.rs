//! Looks in which tables a target refuses or hides deletes that it takes and shows in others: cases that loop over every table
//! go on without these.

use super::single_push::{REQUIREMENT, only_result};
use syncproof_harness::world::User;
use syncproof_protocol::table::TABLES;
use syncproof_protocol::wire::{Id, Operation};

/// The tables whose own records the user cannot delete, or whose deletes no pull shows; none if all are like that.
pub(super) async fn tables_apart(user: &User, home: &Id) -> Vec<&'static str> {
    let (mut deleted, mut apart) = (Vec::new(), Vec::new());
    for table in TABLES {
        let (put, delete) = (user.put(table.name, "deleted"), user.delete(table.name, "deleted").clock(2));
        let is_taken = matches!(only_result(user, home, &put).await, Ok(Some(result)) if result.success)
            && matches!(only_result(user, home, &delete).await, Ok(Some(result)) if result.success);
        if is_taken { deleted.push((table.name, delete)) } else { apart.push(table.name) }
    }
    let Ok((changes, _)) = user.log(home, REQUIREMENT).await else { return Vec::new() };
    let is_shown = |id: &str| changes.iter().any(|change| change.op == Operation::Delete && change.stamp.op_id == id);
    apart.extend(deleted.iter().filter(|(_, delete)| !is_shown(delete.id())).map(|(table, _)| *table));
    if apart.len() == TABLES.len() { Vec::new() } else { apart }
}
