//! The method and the path of a call.

use crate::sequence::Call;
use syncproof_harness::world::{filled_path, method};
use syncproof_protocol::wire::Id;

/// The method and the path of a call; a path with a workspace id gets that of `at`.
pub fn endpoint(call: Call, at: &Id) -> (reqwest::Method, String) {
    let endpoint = call.endpoint();
    (method(endpoint), filled_path(endpoint.path, at, at))
}
