//! The HTTP clients of the suite: each request becomes a recorded exchange and an answer that can be checked.

mod answer;
mod http;
mod open_requests;
mod own_rule;
mod pace;
mod partial_request;
mod raw;
mod raw_head;
mod recorder;
mod request;
mod response_monitor;
mod transcript;
mod transport;
mod wait_timer;

pub use answer::Answer;
pub use http::Client;
pub use own_rule::unless_related;
pub use pace::{MAX_WAIT, Pace, PaceSettings};
pub use partial_request::PartialRequest;
pub use raw::{AfterSending, RawClient, RawExchange, RawOutcome, Step};
pub use raw_head::RequestHead;
pub use recorder::Recorder;
pub use request::Request;
pub use response_monitor::{
    ResponseMonitor, RuleViolation, broken_rules, cacheable, internals, json_that_is_not_named,
};
pub use transcript::{Proof, Sent, Transcript};
pub(crate) use wait_timer::WaitTimer;
