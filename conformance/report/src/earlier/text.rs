//! A comparison as text.

use super::changes::{CaseChange, CauseChange, RequirementChange, RequirementState};
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
        let lines = |causes: &[CauseChange]| causes.iter().map(cause).collect::<Vec<_>>();
        let mut section = |title: &str, what: &[(Vec<String>, &str)]| {
            let counts = what.iter().filter(|(lines, _)| !lines.is_empty());
            let counts: Vec<String> = counts.map(|(lines, noun)| counted(lines.len(), noun)).collect();
            if counts.is_empty() {
                return;
            }
            text.push_str(&format!("\n{title}: {}\n", counts.join(", ")));
            for (lines, _) in what {
                lines.iter().take(MAX_LISTED).for_each(|line| text.push_str(&format!("  {line}\n")));
                if lines.len() > MAX_LISTED {
                    text.push_str(&format!("  and {} more\n", lines.len() - MAX_LISTED));
                }
            }
        };
        section("Causes mended", &[(lines(&causes.mended), "cause")]);
        section("New causes", &[(lines(&causes.new), "cause")]);
        section("Causes that the old run may not have come to", &[(lines(&causes.found), "cause")]);
        section("Causes still there", &[(lines(&causes.remaining), "cause")]);
        section("Causes not judged again", &[(lines(&causes.not_judged), "cause")]);
        let mut both = |title: &str, requirements: &[RequirementChange], cases: &[CaseChange]| {
            let requirements = requirements.iter().map(requirement).collect();
            section(title, &[(requirements, "requirement"), (cases.iter().map(case).collect(), "case")]);
        };
        both("Broke", &requirements.broke, &cases.broke);
        both("Broken, and not judged before", &requirements.found, &cases.found);
        both("Mended", &requirements.mended, &cases.mended);
        both("No longer judged", &requirements.not_judged, &cases.not_judged);
        both("Only in the new report", &requirements.new, &cases.new);
        both("Only in the old report", &requirements.gone, &cases.gone);
        // Their cases are those of the causes that are still there.
        both("Still broken", &requirements.remaining, &[]);
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
    let CauseChange { id, requirement, summary, old_cases, new_cases, passing, repeat } = change;
    let size = match (*old_cases, *new_cases) {
        (0, new) => counted(new, "case"),
        (old, 0) if *passing == old => format!("{}, which pass now", counted(old, "case")),
        (old, 0) => format!("{}, of which {passing} pass now", counted(old, "case")),
        (old, new) if old == new => counted(new, "case"),
        (old, new) => format!("{old} → {}", counted(new, "case")),
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
