//! How every endpoint answers any request, correct or not.

pub(crate) mod closing;
pub(crate) mod codings;
pub(crate) mod headers;
pub(crate) mod hostile_names;
pub(crate) mod hostile_places;
pub(crate) mod raw_content;
pub(crate) mod raw_framing;
pub(crate) mod raw_head;
pub(crate) mod raw_smuggling;
pub(crate) mod raw_timing;
pub(crate) mod wrong_requests;
pub(crate) mod wrong_shapes;
pub(crate) mod wrong_types;
