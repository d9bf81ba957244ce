//! A sequence: what several users do one after the other, written so that it means the same for any target.
//!
//! Everything is named by what it is in the sequence (the second user, the third workspace that was made, one past the
//! head), and nothing by an id that a target gave. So a step can be left out and the others keep their meaning, and one
//! file repeats a finding anywhere.

mod draft;
mod id_form;
mod invalid_field;
mod malformed_body;
mod member;
mod needs;
mod sentence;
mod step;
mod token_misuse;
mod trace;
mod user;
mod version_ref;
mod workspace_ref;

pub use draft::{Draft, Names, device_id};
pub use id_form::IdForm;
pub use invalid_field::{Call, InvalidField};
pub use malformed_body::MalformedBody;
pub use member::Member;
pub use sentence::sentences;
pub use step::Step;
pub use token_misuse::TokenMisuse;
pub use trace::{Origin, TRACE_VERSION, Trace, TraceError, schema};
pub use user::{EXTRA_USER_COUNT, EXTRA_USERS, PLAIN_USERS, User, identity, is_lookalike};
pub use version_ref::VersionRef;
pub use workspace_ref::WorkspaceRef;
