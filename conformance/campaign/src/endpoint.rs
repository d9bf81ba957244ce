//! The endpoint of a call: by which method and under which path it is asked.

use crate::sequence::Call;
use syncproof_harness::world::{filled_path, method};
use syncproof_protocol::wire::Id;

/// The method and the path of that call, on that workspace where the path names one.
pub fn endpoint(call: Call, at: &Id) -> (reqwest::Method, String) {
    let endpoint = call.endpoint();
    (method(endpoint), filled_path(endpoint.path, at, at))
}
