//! The ladder: which levels a server that is built step by step has reached.

use schemars::JsonSchema;
use serde::Serialize;

use super::selection::Selection;
use syncproof_harness::case::{CaseReport, Stage, Status};
use syncproof_protocol::milestone::Milestone;

/// One level, and what the run showed of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "LadderLevel")]
pub struct Rung {
    /// Its number, from 1.
    pub level: usize,
    /// Its name.
    pub name: Milestone,
    /// Whether the target has reached it: every case of it that could be judged passed, and so did those of the levels
    /// below it.
    pub reached: bool,
    /// Cases that passed; a broken SHOULD does not count here.
    pub passed: usize,
    /// Cases that failed.
    pub failed: usize,
    /// Cases that a core operation keeps from running, because it does not work at all.
    pub blocked: usize,
    /// Cases that could not be set up, or that need what the target does not have.
    pub not_applicable: usize,
    /// Cases that the run left out, or that it ended before.
    pub not_judged: usize,
}

impl Rung {
    /// Whether something has to be done before it is reached.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.failed + self.blocked + self.not_judged > 0
    }
}

/// Every level, the first one first. A closing case judges the answers to all others, so it counts for the highest level
/// that the run was about.
#[must_use]
pub fn ladder(reports: &[CaseReport], selection: &Selection) -> Vec<Rung> {
    let others = reports.iter().filter(|report| report.case.stage != Stage::Closing);
    let highest = others.map(|report| report.case.milestone()).max().unwrap_or(Milestone::LAST);
    let mut is_open = false;
    let rung = |name: Milestone| {
        let not_judged = selection.left_out.get(&name).copied().unwrap_or_default();
        let mut rung = Rung {
            level: name.number(),
            name,
            reached: false,
            passed: 0,
            failed: 0,
            blocked: 0,
            not_applicable: 0,
            not_judged,
        };
        for report in reports.iter().filter(|report| report.case.milestone().min(highest) == name) {
            *match report.status {
                Status::Passed | Status::Warned => &mut rung.passed,
                Status::Failed => &mut rung.failed,
                Status::Blocked => &mut rung.blocked,
                Status::Skipped | Status::NotApplicable => &mut rung.not_applicable,
                Status::NotRun => &mut rung.not_judged,
            } += 1;
        }
        is_open |= rung.is_open();
        rung.reached = !is_open && rung.passed > 0;
        rung
    };
    Milestone::ALL.into_iter().map(rung).collect()
}

/// The highest level that is reached.
#[must_use]
pub fn reached(ladder: &[Rung]) -> Option<Milestone> {
    ladder.iter().rev().find(|rung| rung.reached).map(|rung| rung.name)
}

/// The level to aim for: the lowest one that is not reached although the target can have what it is about.
#[must_use]
pub fn next(ladder: &[Rung]) -> Option<Milestone> {
    ladder.iter().find(|rung| rung.is_open()).map(|rung| rung.name)
}

/// The ladder as text, a line for each level, and what comes next.
#[must_use]
pub fn lines(ladder: &[Rung]) -> Vec<String> {
    let mut lines = vec![match reached(ladder) {
        Some(milestone) => format!("Reached {milestone}"),
        None => "No level is reached yet".to_owned(),
    }];
    let Some(next) = next(ladder) else { return lines };
    for rung in ladder {
        let counts = [
            (rung.passed, "passed"),
            (rung.failed, "failed"),
            (rung.blocked, "blocked"),
            (rung.not_applicable, "not applicable"),
            (rung.not_judged, "not judged"),
        ];
        let counts = counts.into_iter().filter(|(count, _)| *count > 0);
        let counts: Vec<_> = counts.map(|(count, word)| format!("{count} {word}")).collect();
        let mark = if rung.reached { "reached" } else { "" };
        lines.push(format!("  {} {:26} {mark:8} {}", rung.level, rung.name.name(), counts.join(", ")));
    }
    lines.push(format!("Next: {next}: {}", next.meaning()));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use syncproof_harness::case::{Case, Homes};
    use syncproof_protocol::capability::Capability;

    const fn case(id: &'static str, requirements: &'static [&'static str], stage: Stage) -> Case {
        Case {
            id,
            requirements,
            needs: &[],
            stage,
            homes: Homes::New,
            summary: "",
            run: |_| Box::pin(async { Ok(()) }),
        }
    }

    static CASES: [Case; 5] = [
        case("a/session", &["session.stable"], Stage::Main),
        case("a/push", &["push.empty-batch", "session.stable"], Stage::Main),
        Case { needs: &[Capability::Snapshot], ..case("a/tombstone", &["tombstone.bounded"], Stage::Main) },
        case("a/race", &["concurrent.versions-unique"], Stage::Main),
        case("a/closing", &["http.json-errors"], Stage::Closing),
    ];

    fn reports(statuses: &[(usize, Status)]) -> Vec<CaseReport> {
        let report =
            |(place, status): &(usize, Status)| CaseReport::without_run(&CASES[*place], *status, String::new());
        statuses.iter().map(report).collect()
    }

    fn of(statuses: &[(usize, Status)], up_to: Option<Milestone>) -> (Vec<Rung>, Selection) {
        let reports = reports(statuses);
        let selected: Vec<&'static Case> = reports.iter().map(|report| report.case).collect();
        let selection = Selection::of(up_to, &selected, &CASES);
        (ladder(&reports, &selection), selection)
    }

    #[test]
    fn a_level_is_reached_when_it_and_those_below_pass() {
        use Status::{Blocked, Failed, NotApplicable, NotRun, Passed, Warned};
        let whole = |statuses: [Status; 5]| {
            let statuses: Vec<_> = statuses.into_iter().enumerate().collect();
            let (ladder, selection) = of(&statuses, None);
            assert!(selection.is_whole());
            (reached(&ladder), next(&ladder))
        };
        let last = Some(Milestone::LAST);
        assert_eq!(whole([Passed; 5]), (last, None));
        assert_eq!(whole([Passed, Warned, NotApplicable, Passed, Passed]), (last, None));
        assert_eq!(whole([Failed, Passed, Passed, Passed, Passed]), (None, Some(Milestone::Session)));
        let (push, snapshot) = (Milestone::PushAndPull, Milestone::SnapshotsAndCollection);
        assert_eq!(whole([Passed, Passed, Failed, Passed, Passed]), (Some(push), Some(snapshot)));
        assert_eq!(whole([Passed, Blocked, Passed, Passed, Passed]), (Some(Milestone::Session), Some(push)));
        assert_eq!(whole([Passed, Passed, Passed, NotRun, Passed]), (Some(snapshot), last));
        assert_eq!(whole([Passed, Passed, Passed, Passed, Failed]), (Some(snapshot), last));
    }

    #[test]
    fn what_was_left_out_is_not_reached() {
        use Status::Passed;
        let up_to = Some(Milestone::PushAndPull);
        let (ladder, selection) = of(&[(0, Passed), (1, Passed), (4, Passed)], up_to);
        assert!(selection.is_whole());
        assert_eq!((reached(&ladder), next(&ladder)), (up_to, Some(Milestone::SnapshotsAndCollection)));
        assert_eq!((ladder[2].passed, ladder[5].not_judged, ladder[6].not_judged), (2, 1, 1));

        let (ladder, selection) = of(&[(1, Passed), (3, Passed)], None);
        assert!(!selection.is_whole());
        assert_eq!((reached(&ladder), next(&ladder)), (None, Some(Milestone::Session)));
    }

    #[test]
    fn the_lines_name_what_is_next() {
        use Status::{Failed, Passed};
        let (ladder, _) = of(&[(0, Passed), (1, Failed), (2, Passed), (3, Passed), (4, Passed)], None);
        let lines = lines(&ladder);
        assert_eq!(lines.first().map(String::as_str), Some("Reached level 1 of 7: session"));
        assert_eq!(lines.len(), 9);
        assert!(lines[3].contains("push and pull") && lines[3].contains("1 failed"), "{lines:?}");
        assert!(lines[8].starts_with("Next: level 3 of 7: push and pull: "), "{lines:?}");
    }
}
