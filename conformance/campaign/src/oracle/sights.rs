//! Sights: the situations in which servers go wrong, and how often a campaign came upon each.

use std::collections::BTreeMap;

/// One such situation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sight {
    /// A new op was taken in.
    NewOp,
    /// An op that lost against a newer write.
    LateOp,
    /// Two writes with equal clocks, decided by their hlc.
    HlcTie,
    /// Two writes with equal clocks and hlcs, decided by their op ids.
    OpIdTie,
    /// A put over a tombstone.
    Revival,
    /// A put that a tombstone outlived.
    NoResurrection,
    /// A delete of what never was.
    DeleteOfUnknown,
    /// A known op, sent again.
    Replay,
    /// Another op under a known id.
    ConflictingReuse,
    /// An op twice in one batch.
    DuplicateInBatch,
    /// Two different ops under one id in one batch.
    ConflictInBatch,
    /// An op that has to be refused, beside others.
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
    /// A cursor that was asked back.
    CursorBack,
    /// A cursor beyond the head.
    CursorBeyondHead,
    /// A member who lost the place they stood in.
    Rehomed,
    /// A request to a deleted workspace.
    DeletedWorkspace,
    /// A request of somebody who is no member.
    Stranger,
    /// A write of a viewer.
    ViewerWrites,
    /// A collection.
    Collection,
    /// A pull from before what a collection has left.
    Gap,
}

impl Sight {
    /// Every situation.
    pub const ALL: [Sight; 27] = [
        Sight::NewOp,
        Sight::LateOp,
        Sight::HlcTie,
        Sight::OpIdTie,
        Sight::Revival,
        Sight::NoResurrection,
        Sight::DeleteOfUnknown,
        Sight::Replay,
        Sight::ConflictingReuse,
        Sight::DuplicateInBatch,
        Sight::ConflictInBatch,
        Sight::RefusedOp,
        Sight::RefusedBatch,
        Sight::IdOfAnotherWorkspace,
        Sight::KeyOfAnotherWorkspace,
        Sight::PageCrossed,
        Sight::FilteredPull,
        Sight::PullBeyondHead,
        Sight::PagedSnapshot,
        Sight::CursorBack,
        Sight::CursorBeyondHead,
        Sight::Rehomed,
        Sight::DeletedWorkspace,
        Sight::Stranger,
        Sight::ViewerWrites,
        Sight::Collection,
        Sight::Gap,
    ];
}

/// How often each came up.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Sights(BTreeMap<Sight, u64>);

impl Sights {
    /// It came up once more.
    pub(super) fn saw(&mut self, sight: Sight) {
        *self.0.entry(sight).or_default() += 1;
    }

    /// How often it came up.
    #[must_use]
    pub fn count(&self, sight: Sight) -> u64 {
        self.0.get(&sight).copied().unwrap_or(0)
    }

    /// Adds what came up elsewhere.
    pub fn add(&mut self, other: &Sights) {
        for (sight, count) in &other.0 {
            *self.0.entry(*sight).or_default() += count;
        }
    }

    /// How often each came up that did.
    #[must_use]
    pub fn counts(&self) -> &BTreeMap<Sight, u64> {
        &self.0
    }

    /// What never came up, of all that could have.
    #[must_use]
    pub fn missing(&self) -> Vec<Sight> {
        Sight::ALL.into_iter().filter(|sight| self.count(*sight) == 0).collect()
    }
}
