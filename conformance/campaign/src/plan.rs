//! The settings of a campaign.

use std::collections::BTreeSet;
use std::time::Duration;

use super::shrink::ShrinkLimits;
use super::source::Source;

/// The settings of a campaign.
#[derive(Debug, Clone)]
pub struct CampaignPlan {
    /// Where the sequences come from.
    pub source: Source,
    /// Repeats the sequences.
    pub seed: u64,
    /// The number of the first sequence, and how many there are from one to the next: shards take turns.
    pub first: u64,
    /// See `first`.
    pub stride: u64,
    /// How many sequences at most.
    pub cases: u64,
    /// How long at most; running sequences are finished.
    pub time: Duration,
    /// How many sequences at once.
    pub jobs: usize,
    /// The limits of shrinking: for each finding, and for all that are left when the campaign is over.
    pub shrinking: ShrinkLimits,
    /// Whether the first finding ends the campaign.
    pub fail_fast: bool,
    /// The ids of findings that are known and passed over.
    pub known: BTreeSet<String>,
}
