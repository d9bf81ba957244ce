//! How the suite speaks HTTP: one request, one recorded exchange, one answer to check.

mod answer;
mod held;
mod http;
mod pace;
mod raw;
mod raw_answer;
mod raw_head;
mod recorder;
mod transcript;
mod transport;
mod waiting;
mod watch;

pub use answer::Answer;

pub use held::Held;
pub use http::{Client, Request};
pub use pace::{MAX_WAIT, Pace, PaceSettings};
pub use raw::{Ending, Heard, RawClient, Step, Talk};
pub use raw_head::Head;
pub use recorder::Recorder;
pub use transcript::{MOST_BYTES, MOST_EXCHANGES, Proof, Sent, Transcript};
pub use waiting::{Wait, Waiting};
pub use watch::{Offence, Watch, broken_rules, cacheable, internals};
