//! Whether a case begins in new homes or in collected ones.

/// What the homes of a case's users have behind them when the case begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Homes {
    /// Nothing: nobody has written to them.
    New,
    /// Records of many names were put and deleted, and both log and tombstones were collected. Nothing is left of it but the
    /// head of the log.
    Collected,
}
