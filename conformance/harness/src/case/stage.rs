//! When a case runs.

/// When a case runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Concurrently with the others, and started first: it waits for seconds, in which the others run.
    Early,
    /// Concurrently with the others.
    Main,
    /// Alone, after those, because it restarts the servers that the others use.
    Alone,
    /// After all others, to judge the answers that they got.
    Closing,
}

impl Stage {
    /// Whether other cases run at the same time, in any order.
    #[must_use]
    pub fn is_concurrent(self) -> bool {
        matches!(self, Stage::Early | Stage::Main)
    }
}
