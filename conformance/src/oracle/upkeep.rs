//! What moving a cursor, and a collection that may take nothing, may be answered (`cursor.*`, `gc.*`).

use super::breach::ensure;
use super::{Access, Judged, Oracle, Person, Reply, Sight};
use crate::model::MAX_CLOCK;
use crate::wire::{Id, OkAnswer, Role};

/// A device id longer than this, in characters, may be refused (`cursor.device-id`).
const LONGEST_DEVICE_ID: usize = 256;

/// A retention longer than this, in seconds, may be refused: some thousand years.
const LONGEST_RETENTION: i64 = 100_000_000_000;

impl Oracle {
    /// Judges the answer to moving a cursor.
    ///
    /// # Errors
    /// The breach, when the protocol does not allow it.
    pub fn cursor(
        &mut self,
        person: Person,
        workspace: &Id,
        (device, version): (&str, u64),
        reply: &Reply<OkAnswer>,
    ) -> Judged {
        let is_long = device.chars().count() > LONGEST_DEVICE_ID;
        let is_odd = device.trim().is_empty() || is_long || version > MAX_CLOCK;
        let (requirement, statuses): (_, &[u16]) = match self.access(person, workspace) {
            Access::Member(place, _) => return self.moves(person, place, (device, version), is_odd, reply),
            Access::Gone(_) => {
                self.sights.saw(Sight::DeletedWorkspace);
                ("workspace.delete-closes-sync", &[403, 404, 410])
            }
            Access::Hidden => {
                self.sights.saw(Sight::Stranger);
                ("isolation.scope-checked", &[403, 404])
            }
        };
        if is_odd && reply.is(&[400]) {
            return Ok(());
        }
        reply.expect(requirement, "a cursor of somebody who may not is answered wrongly", statuses)
    }

    fn moves(
        &mut self,
        person: Person,
        place: usize,
        (device, version): (&str, u64),
        is_odd: bool,
        reply: &Reply<OkAnswer>,
    ) -> Judged {
        let head = self.spaces[place].log.head();
        let known = self.spaces[place].cursors.get(&(person, device.to_owned())).copied();
        let message = "moving a cursor is answered wrongly";
        if is_odd && reply.is(&[400]) {
            return Ok(());
        }
        if version > head {
            self.sights.saw(Sight::CursorBeyondHead);
            return reply.expect("cursor.beyond-head", message, &[200, 400]);
        }
        if known.is_some_and(|known| version < known) {
            self.sights.saw(Sight::CursorBack);
            return reply.expect("cursor.forward-only", message, &[200, 409]);
        }
        let answer = reply.success("cursor.forward-only", message)?;
        ensure("cursor.forward-only", answer.ok, message, "ok: true", reply)?;
        self.spaces[place].cursors.insert((person, device.to_owned()), version);
        Ok(())
    }

    /// Judges the answer to a collection whose retention nothing is old enough for, so that it takes nothing.
    ///
    /// # Errors
    /// The breach, when the protocol does not allow it.
    pub fn collect(&mut self, person: Person, workspace: &Id, retention_seconds: i64, reply: &Reply<()>) -> Judged {
        let is_wrong = retention_seconds <= 0;
        let message = "a collection is answered wrongly";
        let (requirement, statuses): (_, &[u16]) = match self.access(person, workspace) {
            Access::Member(_, Role::Viewer) => ("gc.roles", &[403, 404]),
            Access::Member(..) if is_wrong => ("gc.bad-retention", &[400]),
            // Whether an editor may collect is not said.
            Access::Member(_, Role::Editor) => ("gc.keeps-young", &[200, 204, 403]),
            Access::Member(_, Role::Owner) => ("gc.keeps-young", &[200, 204]),
            Access::Gone(_) => ("workspace.delete-closes-sync", &[403, 404, 410]),
            Access::Hidden => ("gc.roles", &[403, 404]),
        };
        // A retention that no clock holds may be refused.
        let is_wrong = is_wrong || retention_seconds > LONGEST_RETENTION;
        self.sights.saw(Sight::Collection);
        if is_wrong && reply.is(&[400]) {
            return Ok(());
        }
        reply.expect(requirement, message, statuses)
    }
}
