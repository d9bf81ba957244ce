//! Which answers moving a cursor may get (`cursor.*`).

use super::coverage::CoverageEvent;
use super::reply::Reply;
use super::state::Oracle;
use super::tracked_workspace::Device;
use super::user::User;
use super::violation::{Judged, ensure};
use syncproof_model::MAX_CLOCK;
use syncproof_protocol::wire::{Id, OkAnswer};

/// A device id longer than this, in characters, may be refused (`cursor.device-id`).
const MAX_DEVICE_ID_CHARS: usize = 256;

/// More devices than this are many.
const MANY_DEVICES: usize = 100;

impl Oracle {
    /// Judges the answer to moving a cursor.
    pub fn cursor(
        &mut self,
        user: User,
        workspace: &Id,
        (device, version): (&str, u64),
        reply: &Reply<OkAnswer>,
    ) -> Judged {
        let is_long = device.chars().count() > MAX_DEVICE_ID_CHARS;
        let is_odd = device.trim().is_empty() || is_long || version > MAX_CLOCK;
        let message = "a cursor of a user who may not move it gets an answer that is not allowed";
        let Some(place) = self.check_access(user, workspace, (is_odd, message), reply)? else { return Ok(()) };
        self.moves(user, place, (device, version), is_odd, reply)
    }

    fn moves(
        &mut self,
        user: User,
        place: usize,
        (device, version): (&str, u64),
        is_odd: bool,
        reply: &Reply<OkAnswer>,
    ) -> Judged {
        let head = self.workspaces[place].log.head();
        let name = (user, device.to_owned());
        let known = self.workspaces[place].cursors.get(&name).copied();
        let message = "moving a cursor gets an answer that is not allowed";
        if is_odd && reply.is(&[400]) {
            return Ok(());
        }
        if reply.is(&[403]) && known.is_none() && self.is_device_of_another(user, device) {
            // A refused request creates no cursor (`cursor.device-owner`).
            return Ok(());
        }
        if version > head {
            self.coverage.record(CoverageEvent::CursorBeyondHead);
            if reply.is(&[200]) {
                // It counts as the head, and never as more.
                let least = known.map_or(0, |known| known.least);
                self.workspaces[place]
                    .cursors
                    .insert(name, Device { least, most: head, counts: true, was_beyond: true, was_behind: false });
            }
            return reply.expect("cursor.beyond-head", message, &[200, 400]);
        }
        if let Some(known) = known.filter(|known| version < known.most) {
            self.coverage.record(CoverageEvent::CursorBack);
            // Its position is not certain: it may have moved forward.
            let least = match (reply.is(&[200]), known.counts) {
                (false, _) => known.least,
                (true, true) => known.least.max(version),
                // It may have been removed together with its owner's membership.
                (true, false) => known.least.min(version),
            };
            self.workspaces[place].cursors.insert(name, Device { least, counts: true, was_behind: true, ..known });
            return reply.expect("cursor.forward-only", message, &[200, 409]);
        }
        let requirement = self.refusal_rule(user, place, reply.status, "cursor.forward-only");
        let answer = reply.success(requirement, message)?;
        ensure("cursor.forward-only", answer.ok, message, "ok: true", reply)?;
        let was_beyond = known.is_some_and(|known| known.was_beyond);
        let was_behind = known.is_some_and(|known| known.was_behind);
        self.workspaces[place]
            .cursors
            .insert(name, Device { least: version, most: version, counts: true, was_beyond, was_behind });
        if known.is_none() && self.workspaces[place].cursors.len() == MANY_DEVICES + 1 {
            self.coverage.record(CoverageEvent::ManyDevices);
        }
        Ok(())
    }

    /// Whether another user has moved a cursor of a device with that id, in any workspace.
    fn is_device_of_another(&self, user: User, device: &str) -> bool {
        let mut names = self.workspaces.iter().flat_map(|tracked| tracked.cursors.keys());
        names.any(|(owner, name)| *owner != user && name == device)
    }
}
