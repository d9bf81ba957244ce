//! A sequence: what several people do one after the other, written so that it means the same against any target.
//!
//! Everything is named by what it is in the sequence (the second person, the third workspace that was made, one past the
//! head), and nothing by an id that a target gave. So a step can be left out and the others keep their meaning, and one
//! file repeats a finding anywhere.

mod draft;
mod garble;
mod mark;
mod person;
mod place;
mod spoil;
mod step;
mod trace;

pub use draft::{Draft, Names, device_id};
pub use garble::Garble;
pub use mark::Mark;
pub use person::{CROWD, CROWD_SIZE, PLAIN_PEOPLE, Person, identity};
pub use place::Place;
pub use spoil::{Call, Holds, Spoil};
pub use step::{Member, Misuse, Step};
pub use trace::{BadTrace, Origin, TRACE_VERSION, Trace, schema};
