//! The situations in which servers often go wrong, and how often a campaign reached each.

use std::collections::BTreeMap;

use syncproof_protocol::capability::Capability;
use syncproof_protocol::endpoint::{self, Endpoint};

with_all! {
    /// One such situation.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
    #[serde(rename_all = "snake_case")]
    pub enum CoverageEvent {
        /// A new op was accepted.
        NewOp,
        /// An op that lost against a newer write.
        LateOp,
        /// Two writes with equal clocks, decided by their hlc.
        HlcTie,
        /// Two writes with equal clocks and hlcs, decided by their op ids.
        OpIdTie,
        /// A put over a tombstone.
        Revival,
        /// A put that lost against a tombstone.
        NoResurrection,
        /// A delete of a record that never existed.
        DeleteOfUnknown,
        /// A known op, sent again.
        Replay,
        /// Another op under a known id.
        ConflictingReuse,
        /// An op twice in one batch.
        DuplicateInBatch,
        /// Two different ops under one id in one batch.
        ConflictInBatch,
        /// An op that has to be refused, in a batch with others.
        RefusedOp,
        /// A batch that has to be refused.
        RefusedBatch,
        /// An op id that another workspace knows.
        IdOfAnotherWorkspace,
        /// A record that another workspace has under the same key.
        KeyOfAnotherWorkspace,
        /// A page that was not the last.
        PageCrossed,
        /// A pull with a filter.
        FilteredPull,
        /// A pull from beyond the head.
        PullBeyondHead,
        /// A snapshot of several pages.
        PagedSnapshot,
        /// A cursor that was asked to move back.
        CursorBack,
        /// A cursor beyond the head.
        CursorBeyondHead,
        /// A member who lost their active workspace.
        Rehomed,
        /// A request to a deleted workspace.
        DeletedWorkspace,
        /// A request of a user who is not a member.
        Stranger,
        /// A write of a viewer.
        ViewerWrites,
        /// A collection.
        Collection,
        /// A pull from before the oldest entry that a collection kept.
        Gap,
        /// An op that came again when its entry was old enough to be gone.
        ReplayAfterCollection,
        /// A write to a record whose tombstone was old enough to be gone.
        WriteAfterCollection,
        /// Five hundred new ops in one batch, or more.
        LargeBatch,
        /// A log of more than a thousand entries.
        LongLog,
        /// A workspace in which more than a hundred devices have read.
        ManyDevices,
        /// A workspace with more than a hundred members.
        ManyMembers,
        /// A user with more than a hundred workspaces.
        ManyWorkspaces,
        /// Batches that were pushed at the same instant.
        AtOnce,
        /// A server that was ended, and started again on what it had stored.
        Restart,
    }
}

impl CoverageEvent {
    /// The capability without which a target cannot come to it.
    #[must_use]
    pub fn capability(self) -> Option<Capability> {
        use CoverageEvent::{
            Collection, Gap, ManyMembers, OpIdTie, PagedSnapshot, ReplayAfterCollection, ViewerWrites,
            WriteAfterCollection,
        };
        match self {
            OpIdTie => Some(Capability::OpIdTieBreak),
            PagedSnapshot => Some(Capability::Snapshot),
            ViewerWrites | ManyMembers => Some(Capability::Members),
            Collection | Gap | ReplayAfterCollection | WriteAfterCollection => Some(Capability::Gc),
            _ => None,
        }
    }

    /// The endpoint that leads to it, if it is only one.
    #[must_use]
    pub fn endpoint(self) -> Option<&'static Endpoint> {
        use CoverageEvent::{
            CursorBack, CursorBeyondHead, FilteredPull, Gap, LargeBatch, LongLog, ManyDevices, PageCrossed,
            PagedSnapshot, PullBeyondHead, ReplayAfterCollection, WriteAfterCollection,
        };
        match self {
            CoverageEvent::AtOnce => Some(&endpoint::PUSH),
            PageCrossed | FilteredPull | PullBeyondHead | Gap => Some(&endpoint::PULL),
            PagedSnapshot => Some(&endpoint::SNAPSHOT),
            CursorBack | CursorBeyondHead | ManyDevices => Some(&endpoint::UPDATE_CURSOR),
            LargeBatch | LongLog | ReplayAfterCollection | WriteAfterCollection => Some(&endpoint::PUSH),
            event => event.is_of_ops().then_some(&endpoint::PUSH),
        }
    }

    /// Why a target that has all it takes may still not let a campaign come to it, if there is a usual reason.
    #[must_use]
    pub fn obstacle(self) -> Option<&'static str> {
        use CoverageEvent::{
            Gap, LargeBatch, LongLog, ManyDevices, ManyMembers, ManyWorkspaces, ReplayAfterCollection,
            WriteAfterCollection,
        };
        match self {
            Gap | ReplayAfterCollection | WriteAfterCollection => {
                Some("a target may refuse a retention of seconds, and what is written needs seconds to get old")
            }
            LargeBatch | LongLog => Some("a target may refuse large batches"),
            ManyDevices | ManyMembers | ManyWorkspaces => {
                Some("a target may have a limit, and these take hundreds of requests")
            }
            _ => None,
        }
    }

    /// Whether it is about ops that are pushed.
    fn is_of_ops(self) -> bool {
        CoverageEvent::NewOp <= self && self <= CoverageEvent::KeyOfAnotherWorkspace
    }
}

/// How often each situation occurred.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct CoverageCounts(BTreeMap<CoverageEvent, u64>);

impl CoverageCounts {
    /// Counts one more occurrence.
    pub(crate) fn record(&mut self, event: CoverageEvent) {
        *self.0.entry(event).or_default() += 1;
    }

    /// How often it occurred.
    #[must_use]
    pub fn count(&self, event: CoverageEvent) -> u64 {
        self.0.get(&event).copied().unwrap_or(0)
    }

    /// Adds the counts of another execution.
    pub fn add(&mut self, other: &CoverageCounts) {
        for (event, count) in &other.0 {
            *self.0.entry(*event).or_default() += count;
        }
    }

    /// The counts of the situations that occurred.
    #[must_use]
    pub fn counts(&self) -> &BTreeMap<CoverageEvent, u64> {
        &self.0
    }

    /// The situations that never occurred.
    #[must_use]
    pub fn missing(&self) -> Vec<CoverageEvent> {
        CoverageEvent::ALL.into_iter().filter(|event| self.count(*event) == 0).collect()
    }
}
