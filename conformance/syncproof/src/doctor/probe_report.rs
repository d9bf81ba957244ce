//! The results of a probe: for each capability whether the target has it, and what is wrong with the core.

use syncproof_harness::client::Answer;
use syncproof_protocol::capability::{Capabilities, Capability};
use syncproof_protocol::endpoint::Endpoint;

/// Whether a target has a capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProbeResult {
    /// It works, as far as one probe shows.
    Works,
    /// The target shows a part of it, but it did not work.
    Unclear,
    /// Both a target that lacks it and a target that has it and is wrong would have answered like this.
    Undecided,
    /// It is clearly absent.
    Absent,
}

/// The result of the probe of one capability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The capability.
    pub capability: Capability,
    /// Whether the target has it.
    pub seen: ProbeResult,
    /// The request and the answer, in a few words.
    pub words: String,
}

/// The results of a probe of a target.
#[derive(Debug, Clone, Default)]
pub(crate) struct ProbeReport {
    /// One for each capability, in the order of the probes.
    pub findings: Vec<Finding>,
    /// The endpoints that answered a valid request with success.
    pub works: Vec<&'static Endpoint>,
    /// What was wrong with the core of the protocol, one sentence each. If there is any, little is known about
    /// capabilities.
    pub problems: Vec<String>,
    /// The tables of which the target refuses or hides the deletes, while it takes and shows those of others.
    pub tables_apart: Vec<&'static str>,
}

impl ProbeReport {
    /// The capabilities of a target that declares none: all of which it shows a part, since the cases have to find those
    /// that are broken.
    #[must_use]
    pub(crate) fn shown(&self) -> Capabilities {
        self.those(|seen| matches!(seen, ProbeResult::Works | ProbeResult::Unclear))
    }

    /// The capabilities that work.
    #[must_use]
    pub(crate) fn working(&self) -> Capabilities {
        self.those(|seen| seen == ProbeResult::Works)
    }

    /// The capabilities that can be neither found nor ruled out.
    #[must_use]
    pub(crate) fn undecided(&self) -> Capabilities {
        self.those(|seen| seen == ProbeResult::Undecided)
    }

    /// Whether everything was answered as the protocol says, or is not shown at all.
    #[must_use]
    pub(crate) fn is_clear(&self) -> bool {
        self.problems.is_empty() && self.findings.iter().all(|finding| finding.seen != ProbeResult::Unclear)
    }

    /// Whether that capability works.
    pub(super) fn has(&self, capability: Capability) -> bool {
        self.working().contains(&capability)
    }

    fn those(&self, wanted: impl Fn(ProbeResult) -> bool) -> Capabilities {
        self.findings.iter().filter(|finding| wanted(finding.seen)).map(|finding| finding.capability).collect()
    }

    pub(super) fn note(&mut self, capability: Capability, (seen, words): (ProbeResult, impl Into<String>)) {
        self.findings.push(Finding { capability, seen, words: words.into() });
    }

    /// Notes an endpoint: it is absent when its route or its method is unknown.
    pub(super) fn note_endpoint(&mut self, capability: Capability, endpoint: &'static Endpoint, answer: &Answer) {
        if answer.is_success() {
            self.works.push(endpoint);
        }
        let name = endpoint.method_and_path();
        let seen = match answer.status() {
            Some(404 | 405 | 501) => ProbeResult::Absent,
            _ if answer.is_success() => ProbeResult::Works,
            _ => ProbeResult::Unclear,
        };
        let words = match answer.status() {
            Some(status) => format!("{name} is answered {status}"),
            None => format!("{name}: {}", answer.outcome()),
        };
        self.note(capability, (seen, words));
    }

    /// Notes the answer of an endpoint that was absent in an empty workspace, in one with content: an endpoint that
    /// answers there exists, and what it answered before is for the cases to judge.
    pub(super) fn note_with_content(&mut self, capability: Capability, endpoint: &'static Endpoint, answer: &Answer) {
        let finding = self.findings.iter_mut().find(|finding| finding.capability == capability);
        if let (Some(finding), Some(status), true) = (finding, answer.status(), answer.is_success()) {
            finding.seen = ProbeResult::Unclear;
            finding.words += &format!(" for an empty workspace, and {status} for one with content");
            self.works.push(endpoint);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_undecided_is_neither_shown_nor_in_trouble() {
        let mut look = ProbeReport::default();
        look.note(Capability::OpIdTieBreak, (ProbeResult::Undecided, "the first op won"));
        assert!(look.shown().is_empty() && look.working().is_empty() && look.is_clear());
        assert_eq!(look.undecided(), [Capability::OpIdTieBreak].into());
        look.note(Capability::Gc, (ProbeResult::Unclear, "500"));
        assert!(look.shown() == [Capability::Gc].into() && !look.is_clear());
    }
}
