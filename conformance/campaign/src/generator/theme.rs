//! What sequences are mostly about.

/// What a sequence is mostly about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Theme {
    /// Writes that conflict: which one wins, what is replayed, what remains.
    Writes,
    /// Workspaces: made, renamed, shared, switched and deleted.
    Workspaces,
    /// Notifications, which only their user sees.
    Private,
    /// Requests and ops that are wrong.
    Wrong,
    /// Everything.
    Mixed,
}

impl Theme {
    /// Every theme.
    pub const ALL: [Theme; 5] = [Theme::Writes, Theme::Workspaces, Theme::Private, Theme::Wrong, Theme::Mixed];
}
