//! The models: what a disk and its file system promise beyond what was synced.

/// What is promised of changes that nobody synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Model {
    /// As ext4 with `data=ordered`: what is left of a file is what it was at some moment after its last sync, and what is left
    /// of all names is what they were at some moment. A sync of a file carries the names that it got before, and with them
    /// every earlier change of a name, as one commit of the journal does.
    #[default]
    Ordered,
    /// As POSIX.1-2024 says of `fsync`, and no more: each write is there or not, or some sectors of it are, and each name is
    /// there or not until its folder is synced.
    Posix,
}

impl Model {
    /// All models.
    pub const ALL: [Model; 2] = [Model::Ordered, Model::Posix];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Model::Ordered => "ordered",
            Model::Posix => "posix",
        }
    }
}
