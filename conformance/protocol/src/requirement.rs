//! The ledger: every requirement of `planning/requirements.md`, read at build time.

use std::fmt;

use crate::capability::Capability;
use crate::milestone::Milestone;

/// How binding a requirement is, in the words of RFC 2119.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// A server that breaks it is not conformant.
    Must,
    /// A server may have a reason to break it; that is a warning.
    Should,
    /// Allowed; the suite must accept it.
    May,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Level::Must => "MUST",
            Level::Should => "SHOULD",
            Level::May => "MAY",
        })
    }
}

/// One sentence of the protocol that a server fulfils or breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requirement {
    /// Permanent name, `chapter.rule`; it never changes meaning and is never reused.
    pub id: &'static str,
    /// Title of its section.
    pub chapter: &'static str,
    /// How binding it is.
    pub level: Level,
    /// When it is due for a server that is built step by step.
    pub milestone: Milestone,
    /// The requirement applies to a target that declares any of these; to every target when empty.
    pub capabilities: &'static [Capability],
    /// The normative sentence.
    pub text: &'static str,
}

/// Every requirement, in the order of the page.
pub const LEDGER: &[Requirement] = include!(concat!(env!("OUT_DIR"), "/ledger.rs"));

/// The requirement with that id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Requirement> {
    LEDGER.iter().find(|requirement| requirement.id == id)
}

/// The level of a requirement. An unknown id counts as a MUST, so that a typing mistake in a case cannot make it less strict
/// (a test finds the mistake).
#[must_use]
pub fn level(id: &str) -> Level {
    find(id).map_or(Level::Must, |requirement| requirement.level)
}

/// The milestone of a requirement. An unknown id counts as the last one, so that a typing mistake in a case fails no server
/// that is still being built (a test finds the mistake).
#[must_use]
pub fn milestone(id: &str) -> Milestone {
    find(id).map_or(Milestone::LAST, |requirement| requirement.milestone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_of_the_form_chapter_dot_rule() {
        for (index, requirement) in LEDGER.iter().enumerate() {
            assert!(LEDGER[..index].iter().all(|other| other.id != requirement.id), "{} is repeated", requirement.id);
            let (chapter, rule) = requirement.id.split_once('.').expect("chapter.rule");
            assert!(!chapter.is_empty() && !rule.is_empty() && !rule.contains('.'), "{}", requirement.id);
        }
    }

    #[test]
    fn the_page_is_read_whole() {
        let page = include_str!("../../../planning/requirements.md");
        let section = page.split("## 3. Requirements").nth(1).and_then(|rest| rest.split("\n## ").next());
        let rows = section.unwrap_or_default().lines().filter(|line| line.starts_with("| ") && line.contains('.'));
        assert_eq!(rows.count(), LEDGER.len());
    }

    #[test]
    fn capabilities_come_from_the_row_or_else_from_the_chapter() {
        let capabilities = |id| find(id).expect("known").capabilities;
        assert_eq!(capabilities("tombstone.bounded"), [Capability::Snapshot, Capability::Inspect]);
        assert_eq!(capabilities("member.roles"), [Capability::Members]);
        assert_eq!(capabilities("push.empty-batch"), []);
        assert_eq!(level("op.reuse-conflicting-told"), Level::Should);
    }

    #[test]
    fn milestones_come_from_the_row_or_else_from_the_chapter() {
        assert_eq!(milestone("session.stable"), Milestone::Session);
        assert_eq!(milestone("session.concurrent-one-user"), Milestone::RacesAndCrashes);
        assert_eq!(milestone("member.roles"), Milestone::SeveralPeople);
        assert_eq!(milestone("gc.collects"), Milestone::SnapshotsAndCollection);
        assert_eq!(milestone("unknown.requirement"), Milestone::LAST);
    }

    #[test]
    fn the_page_lists_the_milestones_in_their_order() {
        let page = include_str!("../../../planning/requirements.md");
        let listed = page.lines().filter_map(|line| line.split_once(". `")?.1.split_once("`: "));
        let listed: Vec<_> = listed.collect();
        assert_eq!(listed, Milestone::ALL.map(|milestone| (milestone.name(), milestone.meaning())));
    }
}
