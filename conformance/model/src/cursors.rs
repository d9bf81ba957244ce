//! Cursors: how far each device of a workspace has read.

use std::collections::BTreeMap;

/// The cursors of one workspace, by user and device, so that no user can move those of another (`cursor.device-owner`).
#[derive(Clone, Debug, Default)]
pub struct Cursors {
    versions: BTreeMap<(String, String), u64>,
}

impl Cursors {
    /// Moves the cursor of a device forward and returns its version.
    ///
    /// An older version is ignored (`cursor.forward-only`), one above the head counts as the head (`cursor.beyond-head`).
    pub fn advance(&mut self, user: &str, device: &str, version: u64, head: u64) -> u64 {
        let cursor = self.versions.entry((user.to_owned(), device.to_owned())).or_insert(0);
        *cursor = version.min(head).max(*cursor);
        *cursor
    }

    /// The version up to which every device has read; None without devices (`gc.keeps-unseen`).
    pub fn lowest(&self) -> Option<u64> {
        self.versions.values().min().copied()
    }

    /// All cursors: user, device, version.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, u64)> {
        self.versions.iter().map(|((user, device), version)| (user.as_str(), device.as_str(), *version))
    }

    /// Forgets a device.
    pub fn forget(&mut self, user: &str, device: &str) {
        self.versions.remove(&(user.to_owned(), device.to_owned()));
    }

    /// The version of the cursor of a device.
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
    fn the_slowest_device_counts_until_it_is_forgotten() {
        let mut cursors = Cursors::default();
        assert_eq!(cursors.lowest(), None);
        cursors.advance("u", "d", 5, 10);
        cursors.advance("u", "e", 0, 10);
        assert_eq!(cursors.lowest(), Some(0));
        cursors.forget("u", "e");
        assert_eq!(cursors.lowest(), Some(5));
    }

    #[test]
    fn each_user_has_a_separate_cursor() {
        let mut cursors = Cursors::default();
        cursors.advance("u", "d", 5, 10);
        assert_eq!(cursors.get("v", "d"), None);
    }
}
