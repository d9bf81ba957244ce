//! When a case runs.

/// When a case runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Beside the others.
    Main,
    /// By itself, after those: it restarts what the others use.
    Alone,
    /// After all of these, to judge what they saw.
    Closing,
}
