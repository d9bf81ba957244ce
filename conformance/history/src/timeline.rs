//! The calls around a contradiction, in a lane for each client: what a picture of it shows.

use std::cmp::Reverse;

use crate::call::{Call, CallIndex};
use crate::history::History;
use crate::verdict::{Contradiction, asked};

/// The most calls beside those that contradict each other: the nearest of them.
const MAX_OTHERS: usize = 120;
/// The most lanes.
const MAX_LANES: usize = 24;

/// The calls around a contradiction.
#[derive(Debug)]
pub struct Timeline {
    /// Where it begins, in microseconds.
    pub from_us: u64,
    /// Where it ends, in microseconds; later than its beginning.
    pub to_us: u64,
    /// A lane for each client; those with calls that contradict each other come first.
    pub lanes: Vec<Lane>,
    /// What was done to the server or the network meanwhile.
    pub faults: Vec<Disturbance>,
    /// How many calls of that time are left out.
    pub left_out: usize,
}

/// The calls of one client.
#[derive(Debug)]
pub struct Lane {
    /// The client.
    pub client: String,
    /// Its calls, by the time at which they began.
    pub bars: Vec<Bar>,
}

/// One call.
#[derive(Debug)]
pub struct Bar {
    /// Its line in the file of the history, from 1.
    pub line: usize,
    /// When it was sent, in microseconds.
    pub began_us: u64,
    /// When its answer had arrived; none without one.
    pub ended_us: Option<u64>,
    /// The status of its answer.
    pub status: Option<u16>,
    /// What it asked.
    pub asked: String,
    /// Whether it is one of those that contradict each other.
    pub is_witness: bool,
}

/// A time in which the server or the network was disturbed.
#[derive(Debug)]
pub struct Disturbance {
    /// What was done.
    pub what: String,
    /// When it began, in microseconds.
    pub began_us: u64,
    /// When it was over, in microseconds.
    pub ended_us: u64,
}

impl Timeline {
    /// The timeline of a contradiction in that history.
    #[must_use]
    pub fn of(history: &History, contradiction: &Contradiction) -> Self {
        let witnesses: Vec<&Call> = contradiction
            .calls
            .iter()
            .filter_map(|call| history.at_line(call.line))
            .map(|call| history.call(call))
            .collect();
        let first = witnesses.iter().map(|call| call.began).min().unwrap_or(0);
        let last = witnesses.iter().map(|call| seen_end(call)).max().unwrap_or(first);
        let margin = (last - first) / 20 + 1;
        let (from_us, to_us) = (first.saturating_sub(margin), last.saturating_add(margin));
        let is_witness = |call: &Call| witnesses.iter().any(|witness| witness.line == call.line);
        let distance = |call: &Call| witnesses.iter().map(|witness| witness.began.abs_diff(call.began)).min();
        let in_time = |call: &Call| call.began < to_us && seen_end(call) > from_us;
        let mut calls: Vec<(CallIndex, &Call)> = history.indexed().filter(|(_, call)| in_time(call)).collect();
        calls.sort_by_key(|(_, call)| (Reverse(is_witness(call)), distance(call)));
        let all = calls.len();
        calls.truncate(witnesses.len() + MAX_OTHERS);
        let mut lanes: Vec<Lane> = Vec::new();
        let mut shown = 0;
        for (_, call) in calls {
            let client = history.texts.get(call.client);
            let place = lanes.iter().position(|lane| lane.client == client).unwrap_or(lanes.len());
            if place == lanes.len() {
                if place == MAX_LANES {
                    continue;
                }
                lanes.push(Lane { client: client.to_owned(), bars: Vec::new() });
            }
            lanes[place].bars.push(Bar {
                line: call.line as usize,
                began_us: call.began,
                ended_us: (call.ended != u64::MAX).then_some(call.ended),
                status: (call.status != 0).then_some(call.status),
                asked: asked(history, &call.action),
                is_witness: is_witness(call),
            });
            shown += 1;
        }
        lanes.iter_mut().for_each(|lane| lane.bars.sort_by_key(|bar| bar.began_us));
        let faults = history.faults.iter().filter(|fault| fault.began < to_us && fault.ended > from_us);
        let faults = faults.map(|fault| Disturbance {
            what: history.texts.get(fault.what).to_owned(),
            began_us: fault.began.max(from_us),
            ended_us: fault.ended.min(to_us),
        });
        Timeline { from_us, to_us, lanes, faults: faults.collect(), left_out: all - shown }
    }
}

/// Where a call ends in a picture: one without an answer is drawn where it began, and as open.
fn seen_end(call: &Call) -> u64 {
    if call.ended == u64::MAX { call.began } else { call.ended }
}
