//! Which requirements of the ledger have cases, and why the others have none.

use crate::case::Case;
use syncproof_protocol::requirement::{LEDGER, Level, Requirement};

/// A requirement without a case, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exemption {
    /// The requirement.
    pub id: &'static str,
    /// Why no case checks it.
    pub reason: &'static str,
}

/// The requirements that no case checks. A test fails when one is missing here and when one is listed here although it has
/// a case.
pub const EXEMPTIONS: &[Exemption] = &[
    Exemption {
        id: "http.rate-limit",
        reason: "it allows and asks for nothing: every request of the suite waits out a 429 within --max-wait, and a tiny \
            rate limit is one of the honest variants that every case passes",
    },
    Exemption {
        id: "durable.acknowledged-survives-power-loss",
        reason: "a killed process loses nothing of what it left unsynced, and a case has no disk to take away: \
            `syncproof power-loss` judges it, on a file system that records what the server writes and syncs",
    },
];

/// A requirement with the cases that can find it broken.
#[derive(Debug, Clone)]
pub struct RequirementCoverage {
    /// The requirement.
    pub requirement: &'static Requirement,
    /// Its cases, in the order of the list.
    pub cases: Vec<&'static Case>,
}

impl RequirementCoverage {
    /// The requirement with those of the cases that name it.
    #[must_use]
    pub fn of(requirement: &'static Requirement, cases: &'static [Case]) -> Self {
        let cases = cases.iter().filter(|case| case.requirements.contains(&requirement.id)).collect();
        RequirementCoverage { requirement, cases }
    }

    /// Why it has no case, if it is exempt.
    #[must_use]
    pub fn exemption(&self) -> Option<&'static str> {
        EXEMPTIONS.iter().find(|excused| excused.id == self.requirement.id).map(|excused| excused.reason)
    }
}

/// Every requirement, in the order of the ledger, with the cases that cover it.
#[must_use]
pub fn ledger(cases: &'static [Case]) -> Vec<RequirementCoverage> {
    LEDGER.iter().map(|requirement| RequirementCoverage::of(requirement, cases)).collect()
}

/// How many requirements of a chapter are covered.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Chapter {
    /// Its title.
    pub chapter: &'static str,
    /// Requirements of any level.
    pub requirements: usize,
    /// Cases that check one of them; a case that checks two chapters counts in both.
    pub cases: usize,
    /// MUSTs.
    pub musts: usize,
    /// MUSTs with a case.
    pub musts_covered: usize,
    /// SHOULDs.
    pub shoulds: usize,
    /// SHOULDs with a case.
    pub shoulds_covered: usize,
}

impl Chapter {
    /// The chapters, in the order of the ledger.
    #[must_use]
    pub fn all(all: &'static [Case]) -> Vec<Self> {
        let mut chapters: Vec<Chapter> = Vec::new();
        for covered in ledger(all) {
            let title = covered.requirement.chapter;
            if chapters.last().is_none_or(|last| last.chapter != title) {
                let looks = |case: &&Case| case.requirements.iter().any(|id| chapter_of(id) == Some(title));
                let cases = all.iter().filter(looks).count();
                chapters.push(Chapter { chapter: title, cases, ..Chapter::default() });
            }
            let Some(chapter) = chapters.last_mut() else { continue };
            let has_case = usize::from(!covered.cases.is_empty());
            chapter.requirements += 1;
            match covered.requirement.level {
                Level::Must => {
                    (chapter.musts, chapter.musts_covered) = (chapter.musts + 1, chapter.musts_covered + has_case)
                }
                Level::Should => {
                    (chapter.shoulds, chapter.shoulds_covered) =
                        (chapter.shoulds + 1, chapter.shoulds_covered + has_case);
                }
                Level::May => {}
            }
        }
        chapters
    }
}

fn chapter_of(id: &str) -> Option<&'static str> {
    syncproof_protocol::requirement::find(id).map(|requirement| requirement.chapter)
}
