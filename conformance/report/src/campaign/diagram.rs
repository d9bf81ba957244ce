//! A sequence diagram: a lane for each user and one for the server, and an arrow for each step.

use syncproof_campaign::FindingEntry;
use syncproof_campaign::sequence::{Step, sentences};

/// The distance between two lanes, in units of the picture.
const LANE: usize = 170;
/// The height of a step.
const ROW: usize = 38;
/// The height of the names above the lanes.
const HEAD: usize = 34;

/// Where everything is drawn.
pub(super) struct Diagram {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) lanes: Vec<Lane>,
    pub(super) arrows: Vec<Arrow>,
}

/// A user, or the server.
pub(super) struct Lane {
    pub(super) name: String,
    pub(super) x: usize,
}

/// One step, or the answer that shows the fault.
pub(super) struct Arrow {
    /// `request`, `answer` or `pause`.
    pub(super) kind: &'static str,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) y: usize,
    /// The middle, and the line above the arrow where its label stands.
    pub(super) middle: usize,
    pub(super) above: usize,
    pub(super) label: String,
}

impl Diagram {
    /// The diagram of a finding.
    pub(super) fn of(finding: &FindingEntry) -> Self {
        let mut users: Vec<String> = Vec::new();
        for name in finding.steps.iter().filter_map(name) {
            if !users.contains(&name) {
                users.push(name);
            }
        }
        let server = users.len();
        let names = users.iter().cloned().chain(["server".to_owned()]);
        let x = |place: usize| LANE / 2 + place * LANE;
        let lanes: Vec<Lane> = names.enumerate().map(|(place, name)| Lane { name, x: x(place) }).collect();
        let mut arrows = Vec::new();
        let mut draw = |kind, from: usize, to: usize, label| {
            let y = HEAD + (arrows.len() + 1) * ROW - 8;
            let (from, to) = (x(from), x(to));
            arrows.push(Arrow { kind, from, to, y, middle: usize::midpoint(from, to), above: y - 7, label });
        };
        let place = |step: &Step| name(step).and_then(|name| users.iter().position(|user| *user == name));
        for ((number, step), sentence) in (1..).zip(&finding.steps).zip(sentences(&finding.steps)) {
            match place(step) {
                Some(user) => draw("request", user, server, format!("{number}. {}", kind(step))),
                None => draw("pause", 0, server, format!("{number}. {sentence}")),
            }
        }
        let user = finding.steps.last().and_then(place).unwrap_or(0);
        let status = finding.exchange.as_ref().map(|exchange| exchange.status);
        let label = match status {
            Some(Some(status)) => format!("{status}: {}", finding.requirement),
            Some(None) => format!("no answer: {}", finding.requirement),
            None => finding.requirement.to_owned(),
        };
        draw("answer", server, user, label);
        let height = HEAD + arrows.len() * ROW + 12;
        Diagram { width: LANE * lanes.len().max(2), height, lanes, arrows }
    }
}

/// Who acts in a step.
fn name(step: &Step) -> Option<String> {
    match step {
        Step::Anonymous { .. } => Some("nobody".to_owned()),
        _ => step.by().map(|user| format!("user {user}")),
    }
}

/// What kind of step it is, in one word.
fn kind(step: &Step) -> String {
    let value = serde_json::to_value(step).unwrap_or_default();
    match value.get("do").and_then(|name| name.as_str()).unwrap_or_default() {
        "follow" => "pull everything".to_owned(),
        name => name.replace('-', " "),
    }
}
