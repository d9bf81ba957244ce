//! A timeline as a picture: a lane for each client, its calls as bars, and what was disturbed meanwhile behind them.

use crate::cut::cut;
use syncproof_history::{Bar, Timeline};
use syncproof_protocol::visible::visible;

/// Where the lanes begin and end, in pixels; names of clients stand before them.
const LEFT: f64 = 150.0;
const RIGHT: f64 = 950.0;
/// Where the first lane begins, and the distance between two.
const TOP: usize = 34;
const LANE: usize = 26;
/// A call that took no time to speak of is still seen.
const MIN_WIDTH: f64 = 3.0;
/// The longest name of a client, in characters.
const MAX_NAME: usize = 18;

pub(super) struct Picture {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) lanes: Vec<LaneView>,
    pub(super) bars: Vec<BarView>,
    pub(super) faults: Vec<FaultView>,
    /// The times at its left and right ends.
    pub(super) from: String,
    pub(super) to: String,
    /// What is left out, or nothing.
    pub(super) rest: String,
}

/// The name and the line of a lane.
pub(super) struct LaneView {
    pub(super) name: String,
    pub(super) y: usize,
    pub(super) text_y: usize,
}

/// A call.
pub(super) struct BarView {
    pub(super) x: String,
    pub(super) y: usize,
    pub(super) width: String,
    /// `wrong` for one that contradicts others, `refused` for 4xx, `open` without an answer or with a 5xx, else `fine`.
    pub(super) class: &'static str,
    /// What is shown when it is pointed at.
    pub(super) title: String,
}

/// A disturbance.
pub(super) struct FaultView {
    pub(super) x: String,
    pub(super) width: String,
    pub(super) title: String,
}

impl Picture {
    pub(super) fn of(timeline: &Timeline) -> Self {
        let lanes = timeline.lanes.iter().enumerate().map(|(place, lane)| {
            let y = TOP + place * LANE;
            LaneView { name: cut(&visible(&lane.client), MAX_NAME), y: y + LANE / 2, text_y: y + LANE / 2 + 4 }
        });
        let bars = timeline.lanes.iter().enumerate().flat_map(|(place, lane)| {
            lane.bars.iter().map(move |bar| {
                let to = bar.ended_us.unwrap_or(timeline.to_us);
                let (x, width) = span(timeline, bar.began_us, to);
                BarView { x, y: TOP + place * LANE + 5, width, class: class(bar), title: title(bar) }
            })
        });
        let faults = timeline.faults.iter().map(|fault| {
            let (x, width) = span(timeline, fault.began_us, fault.ended_us);
            FaultView { x, width, title: visible(&fault.what) }
        });
        Picture {
            width: 960,
            height: TOP + timeline.lanes.len() * LANE + 8,
            lanes: lanes.collect(),
            bars: bars.collect(),
            faults: faults.collect(),
            from: ms(timeline.from_us),
            to: ms(timeline.to_us),
            rest: if timeline.left_out > 0 {
                format!("{} more calls of that time are left out.", timeline.left_out)
            } else {
                String::new()
            },
        }
    }
}

/// Where a time lies in the picture, and how wide it is.
#[allow(clippy::cast_precision_loss)] // pixels need none
fn span(timeline: &Timeline, from: u64, to: u64) -> (String, String) {
    let length = (timeline.to_us - timeline.from_us).max(1) as f64;
    let x = |at: u64| {
        let at = at.clamp(timeline.from_us, timeline.to_us) - timeline.from_us;
        LEFT + (RIGHT - LEFT) * (at as f64 / length)
    };
    (format!("{:.1}", x(from)), format!("{:.1}", (x(to) - x(from)).max(MIN_WIDTH)))
}

fn class(bar: &Bar) -> &'static str {
    match (bar.is_witness, bar.ended_us, bar.status) {
        (true, ..) => "wrong",
        (false, Some(_), Some(200..300)) => "fine",
        (false, Some(_), Some(400..500)) => "refused",
        _ => "open",
    }
}

fn title(bar: &Bar) -> String {
    let ended = bar.ended_us.map_or("no answer".to_owned(), ms);
    let status = bar.status.map_or(String::new(), |status| format!(", status {status}"));
    visible(&format!("line {}: {}, {} to {ended}{status}", bar.line, bar.asked, ms(bar.began_us)))
}

fn ms(us: u64) -> String {
    format!("{}.{:03} ms", us / 1000, us % 1000)
}
