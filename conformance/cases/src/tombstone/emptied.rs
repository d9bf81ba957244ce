//! Workspaces of which everything was deleted: what is written next is taken as in any other.

use crate::prelude::*;

const NO_5XX: &str = "http.no-5xx";
const REVIVES: &str = "lww.newer-put-revives";

cases! {
    /// One, two and seven records are deleted, all there are; new, old and deleted ones are written after it, and again.
    "tombstone/after-everything-is-deleted" checks [REVIVES, NO_5XX, "tombstone.delete-of-unknown"] by after_everything;
}

async fn after_everything(context: Context) -> Checked {
    let tables = context.tables_to_delete_from();
    for count in [1_usize, 2, 7] {
        let mut home = Journal::of(context.user(&format!("anna-{count}")).await?, REVIVES);
        let table = |number: usize| tables[number % tables.len()].name;
        for round in 0..2_u64 {
            let clock = round * 10;
            let pk = |number: usize| format!("pk{number}");
            let puts: Vec<Op> = (0..count).map(|n| home.put(table(n), &pk(n)).clock(clock + 1)).collect();
            home.push_ok(&puts).await?;
            let deletes: Vec<Op> = (0..count).map(|n| home.delete(table(n), &pk(n)).clock(clock + 2)).collect();
            home.push_ok(&deletes).await?;
            home.shows().await?;
            // A record that never was, one that loses, a delete of nothing, and one that comes back: each by itself.
            let next = [
                home.put(table(0), &pk(0)).clock(clock + 1).mark("old"),
                home.delete(table(1), &format!("never-{round}")).clock(clock + 1),
                home.put(table(2), &format!("new-{round}")).clock(clock + 1),
                home.delete(table(2), &format!("new-{round}")).clock(clock + 2),
                home.put(table(0), &pk(0)).clock(clock + 3).mark("back"),
                home.delete(table(0), &pk(0)).clock(clock + 4),
            ];
            for op in next {
                home.push_ok(&op).await?;
                home.shows().await?;
            }
        }
        home.holds().await?;
    }
    Ok(())
}
