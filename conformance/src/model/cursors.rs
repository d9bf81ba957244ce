//! Cursors: how far each device of a workspace has read.

use std::collections::BTreeMap;

/// The cursors of one workspace, by user and device, so that nobody can move another's (`cursor.device-owner`).
#[derive(Clone, Debug, Default)]
pub struct Cursors {
    versions: BTreeMap<(String, String), u64>,
}

impl Cursors {
    /// Moves a device's cursor forward and returns where it stands.
    ///
    /// An older version is ignored (`cursor.forward-only`), one beyond the head is taken as the head
    /// (`cursor.beyond-head`).
    pub fn advance(&mut self, user: &str, device: &str, version: u64, head: u64) -> u64 {
        let cursor = self.versions.entry((user.to_owned(), device.to_owned())).or_insert(0);
        *cursor = version.min(head).max(*cursor);
        *cursor
    }

    /// Where a device's cursor stands.
    pub fn get(&self, user: &str, device: &str) -> Option<u64> {
        self.versions.get(&(user.to_owned(), device.to_owned())).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::Cursors;

    #[test]
    fn a_cursor_never_goes_back_nor_beyond_the_head() {
        let mut cursors = Cursors::default();
        assert_eq!(cursors.advance("u", "d", 5, 10), 5);
        assert_eq!(cursors.advance("u", "d", 3, 10), 5);
        assert_eq!(cursors.advance("u", "d", 99, 10), 10);
    }

    #[test]
    fn each_user_has_a_cursor_of_their_own() {
        let mut cursors = Cursors::default();
        cursors.advance("u", "d", 5, 10);
        assert_eq!(cursors.get("v", "d"), None);
    }
}
