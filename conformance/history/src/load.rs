//! The load of histories: how many calls there were, how long they took, and whether anything was under way when a fault struck.

use serde::Serialize;

use crate::call::{Action, Call};
use crate::history::History;

/// A push that was sent longer ago than this, in microseconds, and has no answer, is not taken for one under way.
const LONGEST_US: u64 = 1_000_000;
/// Into how many parts each doubling of a time is cut, as a power of two.
const PARTS: u32 = 2;

/// The load of one history, or of several.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Load {
    /// The calls.
    pub calls: u64,
    /// Those that were answered.
    pub answered: u64,
    /// From the first call to the last answer, in microseconds; of several histories the sum.
    pub lasted_us: u64,
    /// The longest that an answer took, in microseconds.
    pub longest_us: u64,
    /// The faults that struck.
    pub faults: u64,
    /// Those that struck while a push was under way.
    pub met: u64,
    /// How many answers took so long: each doubling of a microsecond has four places.
    #[serde(skip)]
    times: Vec<u64>,
}

impl Load {
    /// The load of a history.
    #[must_use]
    pub fn of(history: &History) -> Self {
        let mut load = Load { calls: history.len() as u64, faults: history.faults.len() as u64, ..Load::default() };
        let ended = |call: &Call| Some(call.ended).filter(|_| call.status != 0);
        for call in &history.calls {
            let Some(ended) = ended(call) else { continue };
            let took_us = ended.saturating_sub(call.began);
            load.answered += 1;
            load.longest_us = load.longest_us.max(took_us);
            load.count(took_us, 1);
        }
        let (began, end) =
            (history.calls.iter().map(|call| call.began).min(), history.calls.iter().filter_map(ended).max());
        load.lasted_us = end.unwrap_or(0).saturating_sub(began.unwrap_or(0));
        let is_met = |at: u64| {
            let under_way = |call: &Call| call.began < at && call.began + LONGEST_US > at && call.ended > at;
            history.calls.iter().any(|call| matches!(call.action, Action::Push { .. }) && under_way(call))
        };
        load.met = history.faults.iter().filter(|fault| is_met(fault.began)).count() as u64;
        load
    }

    /// Adds the load of other histories.
    pub fn add(&mut self, other: &Load) {
        self.calls += other.calls;
        self.answered += other.answered;
        self.lasted_us = self.lasted_us.saturating_add(other.lasted_us);
        self.longest_us = self.longest_us.max(other.longest_us);
        self.faults += other.faults;
        self.met += other.met;
        for (place, count) in other.times.iter().enumerate() {
            self.count_at(place, *count);
        }
    }

    /// The time within which that share of the answers came, in microseconds, to a quarter of its doubling.
    #[must_use]
    pub fn within_us(&self, share: f64) -> u64 {
        #[allow(clippy::cast_precision_loss)]
        let enough = |count: u64| count as f64 >= self.answered as f64 * share;
        let mut count = 0;
        for (place, some) in self.times.iter().enumerate() {
            count += some;
            if enough(count) {
                return end_of(place).min(self.longest_us);
            }
        }
        self.longest_us
    }

    /// Whether faults mostly struck while nothing was under way, so that they prove little.
    #[must_use]
    pub fn is_low(&self) -> bool {
        self.met * 2 < self.faults
    }

    fn count(&mut self, took_us: u64, count: u64) {
        self.count_at(place_of(took_us), count);
    }

    fn count_at(&mut self, place: usize, count: u64) {
        if self.times.len() <= place {
            self.times.resize(place + 1, 0);
        }
        self.times[place] += count;
    }
}

/// The place of a time among the counts.
fn place_of(time_us: u64) -> usize {
    let time_us = time_us.max(1);
    let doubling = time_us.ilog2();
    let part = if doubling >= PARTS { (time_us >> (doubling - PARTS)) & ((1 << PARTS) - 1) } else { 0 };
    (doubling as usize) << PARTS | usize::try_from(part).unwrap_or(0)
}

/// The longest time at a place.
fn end_of(place: usize) -> u64 {
    let (doubling, part) = (place >> PARTS, (place & ((1 << PARTS) - 1)) as u64);
    match u32::try_from(doubling).unwrap_or(u32::MAX) {
        doubling @ 0..PARTS => (1 << (doubling + 1)) - 1,
        doubling => (((1 << PARTS) + part + 1) << (doubling - PARTS)) - 1,
    }
}

#[cfg(test)]
mod tests {
    use super::{Load, end_of, place_of};
    use crate::file::read;

    #[test]
    fn a_time_has_one_place_whose_end_it_does_not_pass() {
        let mut last = 0;
        for time_us in 1..100_000 {
            let place = place_of(time_us);
            assert!(place >= last && time_us <= end_of(place), "{time_us}");
            assert!(end_of(place) <= time_us.max(3) * 5 / 4, "{time_us}: {}", end_of(place));
            last = place;
        }
    }

    #[test]
    fn answers_and_faults_are_counted() {
        let push = r#""method": "POST", "path": "/api/sync/push", "sent": {"scope": {"workspaceId": "w"}, "ops": []}"#;
        let lines = [
            r#"{"syncproof_history": 1}"#.to_owned(),
            format!(
                r#"{{"client": "a", "user": "a", "began_us": 0, "ended_us": 1000, {push}, "status": 200, "saw": {{"results": [], "serverVersion": 0}}}}"#
            ),
            format!(r#"{{"client": "a", "user": "a", "began_us": 2000, {push}}}"#),
            r#"{"fault": "kill", "began_us": 1500, "ended_us": 1600}"#.to_owned(),
            r#"{"fault": "kill", "began_us": 2500, "ended_us": 2600}"#.to_owned(),
        ];
        let load = Load::of(&read(lines.join("\n").as_bytes()).unwrap());
        assert_eq!((load.calls, load.answered, load.faults, load.met), (2, 1, 2, 1));
        assert_eq!((load.lasted_us, load.longest_us, load.within_us(0.5)), (1000, 1000, 1000));
        assert!(!load.is_low());
        let mut both = load.clone();
        both.add(&load);
        assert_eq!((both.calls, both.within_us(0.99), both.lasted_us), (4, 1000, 2000));
    }
}
