//! When a case runs.

/// When a case runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Concurrently with the others.
    Main,
    /// Alone, after those, because it restarts the servers that the others use.
    Alone,
    /// After all others, to judge the answers that they got.
    Closing,
}
