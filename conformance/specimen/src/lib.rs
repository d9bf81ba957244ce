//! The specimen: the model behind HTTP, an in-memory server that can be made wrong, in one way or in several.
//!
//! Unmutated it meets every MUST and SHOULD of the protocol that it serves: sessions, workspaces, members, push,
//! pull, cursors, snapshots, garbage collection and private notifications. It takes other freedoms than the reference
//! server does, so that the suite is tested against both (`planning/design-specimen.md`). With a [`Mutant`] it is wrong
//! in exactly one way, and some case of the suite has to fail; with several it is wrong in several ways at once. With [`Variant`]s it behaves like other conformant servers,
//! and every case has to pass.

mod access;
mod after_collection;
mod app;
mod body;
mod caller;
mod changed_text;
mod coding;
mod credential;
mod cursor;
mod failure;
mod fallback;
mod finish;
mod gc;
mod items;
mod members;
mod mutant;
mod mutant_state;
mod named_twice;
mod nested;
mod notification;
mod odd_keys;
mod op_shape;
mod page_edges;
mod payload;
mod payload_forms;
mod pull;
mod push;
mod push_batch;
mod push_race;
mod push_rules;
mod race;
mod reroute;
mod routes;
mod rules;
mod server;
mod session;
mod settings;
mod shape;
mod snapshot;
mod snapshot_pages;
mod socket_proxy;
mod special_cases;
mod state;
mod stored_snapshot;
mod switch;
mod time;
mod transport;
mod variant;
mod view;
mod wire;
mod workspaces;

pub use mutant::{Mutant, find, mutants};
pub use server::{router, serve};
pub use settings::Settings;
pub use variant::{Variant, bundles, capabilities, contradiction, find as find_variant, variants};
