//! A comparison as text.

use super::changes::{CaseChange, CauseChange, Changes, RequirementChange, RequirementState};
use super::comparison::{Comparison, Side};
use syncproof_harness::case::Status;
use syncproof_protocol::counted::counted;
use syncproof_protocol::visible::visible;

/// How many things of a kind are listed.
const MAX_LISTED: usize = 30;
/// Longer sentences are cut, in characters.
const MAX_CHARS: usize = 200;

impl Comparison {
    /// The comparison for people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("old  {}\nnew  {}\n", side(&self.old), side(&self.new));
        for note in &self.notes {
            text.push_str(&format!("NOTE {}\n", one_line(note)));
        }
        let (causes, requirements, cases) = (&self.causes, &self.requirements, &self.cases);
        let mut section = |title: &str, what: [Vec<String>; 3]| {
            let counts = [(&what[0], "cause"), (&what[1], "requirement"), (&what[2], "case")];
            let counts = counts.iter().filter(|(lines, _)| !lines.is_empty());
            let counts: Vec<String> = counts.map(|(lines, noun)| counted(lines.len(), noun)).collect();
            if counts.is_empty() {
                return;
            }
            text.push_str(&format!("\n{title}: {}\n", counts.join(", ")));
            for lines in what {
                lines.iter().take(MAX_LISTED).for_each(|line| text.push_str(&format!("  {line}\n")));
                if lines.len() > MAX_LISTED {
                    text.push_str(&format!("  and {} more\n", lines.len() - MAX_LISTED));
                }
            }
        };
        let of = |pick: fn(&Changes<RequirementChange>) -> &Vec<RequirementChange>| {
            pick(requirements).iter().map(requirement).collect::<Vec<_>>()
        };
        let with =
            |pick: fn(&Changes<CaseChange>) -> &Vec<CaseChange>| pick(cases).iter().map(case).collect::<Vec<_>>();
        let lines = |causes: &[CauseChange]| causes.iter().map(cause).collect::<Vec<_>>();
        section("Broke", [Vec::new(), of(|changes| &changes.broke), with(|changes| &changes.broke)]);
        section(
            "Broken, and not judged before",
            [Vec::new(), of(|changes| &changes.found), with(|changes| &changes.found)],
        );
        section("New causes", [lines(&causes.new), Vec::new(), Vec::new()]);
        section("Mended", [Vec::new(), of(|changes| &changes.mended), with(|changes| &changes.mended)]);
        section("Causes that are gone", [lines(&causes.gone), Vec::new(), Vec::new()]);
        section(
            "No longer judged",
            [Vec::new(), of(|changes| &changes.not_judged), with(|changes| &changes.not_judged)],
        );
        section("Only in the new report", [Vec::new(), of(|changes| &changes.new), with(|changes| &changes.new)]);
        section("Only in the old report", [Vec::new(), of(|changes| &changes.gone), with(|changes| &changes.gone)]);
        section("Still broken", [lines(&causes.remaining), of(|changes| &changes.remaining), Vec::new()]);
        text + "\n" + &self.verdict() + "\n"
    }

    /// What the comparison comes to, in one sentence.
    fn verdict(&self) -> String {
        let count = |cases: usize, requirements: usize| {
            format!("{}, {}", counted(cases, "case"), counted(requirements, "requirement"))
        };
        let broke = count(self.cases.broke.len(), self.requirements.broke.len());
        let mended = count(self.cases.mended.len(), self.requirements.mended.len());
        let warnings = !self.cases.broke.is_empty() || !self.requirements.broke.is_empty();
        match (self.broke, warnings) {
            (true, _) => format!("Something broke: {broke}. Mended: {mended}."),
            (false, true) => format!("Only what is a SHOULD broke: {broke}. Mended: {mended}."),
            (false, false) => format!("Nothing broke. Mended: {mended}."),
        }
    }
}

fn side(side: &Side) -> String {
    let Side { file, syncproof, target, seed, started_at, verdict, .. } = side;
    let target = one_line(target);
    format!("{file}: syncproof {syncproof}, {target}, seed {seed}, {started_at}: {}", one_line(verdict))
}

fn cause(change: &CauseChange) -> String {
    let CauseChange { id, requirement, summary, old_cases, new_cases, repeat } = change;
    let size = match (old_cases, new_cases) {
        (0, new) => counted(*new, "case"),
        (old, 0) => counted(*old, "case"),
        (old, new) if old == new => counted(*new, "case"),
        (old, new) => format!("{old} → {}", counted(*new, "case")),
    };
    let line = format!("{id} {requirement}: {} ({size})", one_line(summary));
    if *new_cases == 0 { line } else { format!("{line}\n      repeat  {repeat}") }
}

fn requirement(change: &RequirementChange) -> String {
    let RequirementChange { id, binding, old, new } = change;
    let word = |state: Option<RequirementState>| match state {
        Some(RequirementState::Held) => "held",
        Some(RequirementState::Broken) => "broken",
        Some(RequirementState::NotJudged) => "not judged",
        None => "-",
    };
    format!("{binding} {id}: {} → {}", word(*old), word(*new))
}

fn case(change: &CaseChange) -> String {
    let CaseChange { id, old, new, requirement, message, repeat } = change;
    let word = |status: Option<Status>| status.map_or("-", Status::name);
    let why = match (requirement, message) {
        (Some(requirement), Some(message)) => format!(": {requirement}: {}", one_line(message)),
        (None, Some(message)) => format!(": {}", one_line(message)),
        _ => String::new(),
    };
    let repeat = repeat.iter().map(|repeat| format!("\n      repeat  {repeat}")).collect::<String>();
    format!("{id}: {} → {}{why}{repeat}", word(*old), word(*new))
}

/// Text of a server, so that it can neither control a terminal nor look like a line of this text.
fn one_line(text: &str) -> String {
    let text = visible(text).replace('\n', " ");
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
