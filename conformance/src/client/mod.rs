//! How the suite speaks HTTP: one request, one recorded exchange, one answer to check.

mod answer;
mod http;
mod recorder;
mod watch;

pub use answer::Answer;

pub use http::{Client, Request};
pub use recorder::Recorder;
pub use watch::{Offence, Watch, cacheable, internals};
