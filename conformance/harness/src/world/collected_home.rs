//! A home that was written to and then collected, log and tombstones, before the case begins.

use super::setup::set_up;
use super::sync::batches;
use super::user::User;
use syncproof_protocol::failure::Checked;
use syncproof_protocol::family::Family;
use syncproof_protocol::op::Op;

const COLLECTS: &str = "gc.collects";
/// Labels under which cases often write, so that they write to records whose tombstones were collected.
const LABELS: [&str; 5] = ["pk", "a", "row", "gone", "kept"];

impl User {
    /// Puts and deletes records in the user's home, with clocks under those of every case, and collects all of it.
    ///
    /// # Errors
    /// Fails the setup when writing or collecting does; skips the case when so short a retention is refused.
    pub(super) async fn write_and_collect_home(&self) -> Checked {
        let ops = self.puts_and_deletes();
        let doing = |what: &str| format!("{what} in a home whose log and tombstones are then collected");
        let mut head = 0;
        for batch in batches(&ops) {
            let pushed = self.push_ok(&self.home, batch, "push.all-tables").await;
            let versions = set_up(pushed, || doing("putting and deleting records"))?;
            head = versions.last().copied().unwrap_or_default();
        }
        let read = self.update_cursor_ok(&self.home, "a device that has read all", head, "cursor.forward-only").await;
        set_up(read, || doing("reporting that all is read"))?;
        let collected = self.collect_log_through_ok(&self.home, head, COLLECTS).await;
        set_up(collected, || doing("collecting the log"))?;
        let all_gone = self.collect_all_tombstones_ok(&self.home, None, COLLECTS).await;
        set_up(all_gone, || doing("collecting tombstones"))?;
        self.context().was_collected(&self.home, head);
        Ok(())
    }

    /// Deletes win by their clocks alone, since not every server breaks ties; their hlc lets every op of a case, the smallest
    /// clocks on names of their own excepted, win against them. The last op loses: should its entry, the newest, stay in
    /// the log (`gc.collects`), no snapshot shows it.
    fn puts_and_deletes(&self) -> Vec<Op> {
        let tables = self.context().tables();
        let own = tables.iter().flat_map(|table| LABELS.map(|label| self.put(table.name, label)));
        let patterns = Family::Patterns.texts().map(|text| self.put("threads", text));
        let puts: Vec<Op> = own.chain(patterns).map(|put| put.clock(0)).collect();
        let deletes = puts.iter().map(|put| Op::delete(put.table(), put.pk()).clock(1).hlc("0"));
        let loser = self.put("threads", LABELS[0]).clock(0);
        puts.iter().cloned().chain(deletes).chain([loser]).collect()
    }
}
