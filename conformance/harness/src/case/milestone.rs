//! The milestone to which a case belongs: `run --up-to` judges only cases that a server finished so far can pass.

use super::definition::Case;
use super::stage::Stage;
use crate::world::Homes;
use syncproof_protocol::milestone::Milestone;
use syncproof_protocol::requirement;

/// Cases that belong to another milestone than their requirements and capabilities say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MilestoneException {
    /// Their milestone.
    pub milestone: Milestone,
    /// Why.
    pub reason: &'static str,
    /// Their ids.
    pub cases: &'static [&'static str],
}

/// All exceptions. A test fails when one changes nothing.
pub const MILESTONE_EXCEPTIONS: &[MilestoneException] = &[
    MilestoneException {
        milestone: Milestone::PushAndPull,
        reason: "it pushes or pulls, too, to see that nothing else changed or that every endpoint agrees",
        cases: &[
            "session/default-workspace-is-usable",
            "session/stable-over-time-and-connections",
            "session/bad-credential-of-a-known-user",
            "session/bad-credential-of-an-unknown-user",
            "session/credential-that-expires-in-use",
            "workspace/create-makes-owner",
            "workspace/list-newest-first",
            "workspace/delete-twice",
            "workspace/activate-switches-session",
            "workspace/over-a-hundred",
            "deletion/one-after-another",
        ],
    },
    MilestoneException {
        milestone: Milestone::ConflictsAndIdempotency,
        reason: "it pushes an op again, or an older one after a newer one",
        cases: &[
            "push/results-mirror-ops",
            "push/payload-keys-of-every-family",
            "push/payload-values-of-every-family",
            "push/pks-that-may-be-refused",
            "push/pks-that-look-alike",
            "push/contiguous-versions",
            "push/reports-the-head",
            "push/own-workspace-id-round-trips",
            "push/large-batch",
            "push/payload-replaces-the-whole-record",
            "push/generated-values-overwritten",
            "push/pks-that-are-patterns",
            "pull/every-op-stays-in-the-log",
            "pull/asked-again-after-each-write",
            "tombstone/delete-of-an-unknown-record",
            "push/generated-spellings",
            "op/refused-then-corrected",
        ],
    },
    MilestoneException {
        milestone: Milestone::Workspaces,
        reason: "it creates a workspace by its first request",
        cases: &["session/first-request-elsewhere-provisions"],
    },
    MilestoneException {
        milestone: Milestone::RacesAndCrashes,
        reason: "its requests race with each other",
        cases: &[
            "lww/order-free-over-concurrent-connections",
            "workspace/renamed-at-one-instant",
            "tombstone/deletes-at-one-instant",
            "member/two-owners-go-at-once",
            "member/removed-while-activating",
            "gc/while-others-push",
            "gc/a-push-at-the-same-instant",
            "snapshot/one-moment-under-concurrent-writes",
        ],
    },
    MilestoneException {
        milestone: Milestone::PushAndPull,
        reason: NO_HOSTILE_INPUT,
        cases: &["push/bad-batch-changes-nothing"],
    },
    MilestoneException {
        milestone: Milestone::SeveralPeople,
        reason: "it writes one key, or one op id, in several workspaces",
        cases: &[
            "http/hostile-stamps-and-envelopes",
            "deletion/of-the-last-workspace",
            "lww/order-free-for-generated-ops",
            "op/same-id-in-two-workspaces",
            "op/same-id-in-two-workspaces-in-batches",
            "op/same-id-in-two-workspaces-of-one-user",
        ],
    },
    MilestoneException {
        milestone: Milestone::SeveralPeople,
        reason: "it pushes to a deleted workspace",
        cases: &["deletion/actor-is-rehomed"],
    },
    MilestoneException {
        milestone: Milestone::Workspaces,
        reason: NO_HOSTILE_INPUT,
        cases: &["workspace/texts-of-every-family", "workspace/created-with-texts-of-every-family"],
    },
    MilestoneException {
        milestone: Milestone::SeveralPeople,
        reason: NO_HOSTILE_INPUT,
        cases: &["member/changing-who-is-none"],
    },
    MilestoneException {
        milestone: Milestone::SnapshotsAndCollection,
        reason: "it deletes workspaces that were collected, too",
        cases: &["deletion/of-a-workspace-with-everything"],
    },
    MilestoneException {
        milestone: Milestone::SnapshotsAndCollection,
        reason: NO_HOSTILE_INPUT,
        cases: &["gc/very-large-retentions"],
    },
];

const NO_HOSTILE_INPUT: &str = "it names a rule on hostile input for requests that every client may send";

impl Case {
    /// The milestone from which on a server can pass the case: the highest one of its requirements and of the capabilities
    /// that it needs. A closing case judges every answer of a run, so it belongs to the last one, and yet is part of every
    /// run.
    #[must_use]
    pub fn milestone(&self) -> Milestone {
        if self.stage == Stage::Closing {
            return Milestone::LAST;
        }
        let exception = MILESTONE_EXCEPTIONS.iter().find(|exception| exception.cases.contains(&self.first_id()));
        let Some(exception) = exception else { return self.implied_milestone() };
        match self.homes {
            Homes::New => exception.milestone,
            // Whatever it is about, there has to be a collection.
            Homes::Collected => exception.milestone.max(self.implied_milestone()),
        }
    }

    /// The highest milestone of its requirements and of the capabilities that it needs.
    #[must_use]
    pub fn implied_milestone(&self) -> Milestone {
        let of_requirements = self.requirements.iter().map(|id| requirement::milestone(id));
        let of_needs = self.needs.iter().map(|need| Milestone::of_capability(*need));
        of_requirements.chain(of_needs).max().unwrap_or(Milestone::LAST)
    }

    /// Whether a run up to that milestone includes the case.
    #[must_use]
    pub fn is_due_by(&self, milestone: Milestone) -> bool {
        self.stage == Stage::Closing || self.milestone() <= milestone
    }
}
