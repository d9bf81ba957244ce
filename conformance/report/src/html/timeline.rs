//! The requests of a case as a timeline: a row for each, and a lane for each user.

use crate::pretty::pretty;
use crate::story::{Request, Story};
use syncproof_protocol::counted::counted;
use syncproof_protocol::visible::visible;

/// Further users share the last lane.
const MAX_LANES: usize = 8;
/// The distance between two lanes, in pixels.
const LANE: usize = 14;
/// Longer bodies are cut in a timeline, in characters.
const MAX_BODY: usize = 600;

pub(super) struct Timeline {
    /// `12 requests`.
    pub(super) title: String,
    /// The width of all lanes together.
    pub(super) width: usize,
    pub(super) lanes: Vec<Lane>,
    pub(super) rows: Vec<Row>,
    /// What is left out after the last row, or nothing.
    pub(super) rest: String,
}

/// The lane of a user.
pub(super) struct Lane {
    pub(super) name: String,
    pub(super) place: usize,
    pub(super) x: usize,
}

/// One request.
pub(super) struct Row {
    /// What is left out before it, or nothing.
    pub(super) gap: String,
    pub(super) number: usize,
    pub(super) lane: usize,
    pub(super) x: usize,
    pub(super) who: String,
    pub(super) line: String,
    pub(super) outcome: String,
    /// Whether it was answered without an error.
    pub(super) is_fine: bool,
    pub(super) is_wrong: bool,
    pub(super) at: u64,
    pub(super) request: Option<String>,
    pub(super) response: String,
}

impl Timeline {
    /// The timeline of a case with failures.
    pub(super) fn of(story: &Story) -> Self {
        let mut users: Vec<&str> = Vec::new();
        for request in &story.requests {
            let user = request.user();
            if !users.contains(&user) {
                users.push(user);
            }
        }
        let lane_of = |user: &str| users.iter().position(|other| *other == user).unwrap_or(0).min(MAX_LANES - 1);
        let shown = users.len().min(MAX_LANES);
        let name = |place: usize| match users.len() > MAX_LANES && place + 1 == MAX_LANES {
            true => "others".to_owned(),
            false => visible(users[place]),
        };
        let lanes = (0..shown).map(|place| Lane { name: name(place), place, x: x(place) }).collect();
        let rows = story.with_gaps().map(|(gap, request)| row(gap, request, lane_of(request.user()))).collect();
        let title = counted(story.sent, "request");
        Timeline { title, width: LANE * shown + 2, lanes, rows, rest: left_out(story.left_out_at_end()) }
    }
}

fn x(place: usize) -> usize {
    LANE / 2 + 1 + place * LANE
}

fn left_out(count: usize) -> String {
    if count == 0 { String::new() } else { format!("… {} more", counted(count, "request")) }
}

fn row(gap: usize, request: &Request, lane: usize) -> Row {
    let exchange = request.exchange.as_ref();
    Row {
        gap: left_out(gap),
        number: request.number,
        lane,
        x: x(lane),
        who: visible(&request.who),
        line: visible(&request.line()),
        outcome: visible(&request.outcome()),
        is_fine: request.status.is_some_and(|status| status < 400),
        is_wrong: request.shows_failure,
        at: request.at_ms,
        request: exchange.and_then(|exchange| exchange.shown_request()).map(|body| body_of(&body)),
        response: exchange.map(|exchange| body_of(&exchange.shown_response())).unwrap_or_default(),
    }
}

fn body_of(body: &str) -> String {
    let text = visible(&pretty(body));
    match text.char_indices().nth(MAX_BODY) {
        Some((end, _)) => format!("{}… ({} more)", &text[..end], counted(text[end..].chars().count(), "character")),
        None => text,
    }
}
