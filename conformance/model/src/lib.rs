//! The model: the rules of the protocol as pure functions, without HTTP, SQL, a clock or random numbers.
//!
//! This crate is an internal part of the suite, and its API may change at any time. Programs that embed the suite use the
//! crate `syncproof`, which re-exports what they need.
//!
//! Times and new ids are passed in, so the same calls always lead to the same state. The specimen serves the model over
//! HTTP, campaigns compare a server with it, and those who implement the protocol can read it as the long form of
//! `planning/requirements.md`.
//!
//! - [`ChangeLog`] is what one workspace syncs: [`ChangeLog::push`], [`ChangeLog::pull`], [`ChangeLog::items`].
//! - [`ChangeLog::collect_changes`] and [`ChangeLog::collect_tombstones`] remove what is behind a [`Horizon`].
//! - [`fold`] turns changes in any order into a [`State`] of records.
//! - [`Directory`] has the users, workspaces and memberships, and the active workspace of each user.
//! - [`LogRules`] and [`TenancyRules`] are the decisions, one method each. [`Protocol`] decides as the requirements say;
//!   only a mutant overrides a method.

mod change;
mod change_log;
mod check;
mod cursors;
mod directory;
mod flaw;
mod fold;
mod identity;
mod item;
mod key;
mod members;
mod names;
mod notification;
mod op;
mod push_result;
mod record;
mod refusal;
mod retention;
mod revision;
mod role;
mod rules;
mod workspace;

pub use change::Change;
pub use change_log::{ChangeLog, Page};
pub use check::check_op;
pub use cursors::Cursors;
pub use directory::{Directory, FreshIds, ListEntry, User};
pub use flaw::Flaw;
pub use fold::{State, fold};
pub use identity::{Identity, Profile};
pub use item::{Item, Kind};
pub use key::Key;
pub use members::MemberEntry;
pub use names::{MAX_NAME_CHARS, TooLong, description, name};
pub use notification::{Author, NOTIFICATIONS};
pub use op::{MAX_CLOCK, Op, Operation, Stamp};
pub use push_result::{ErrorCode, Outcome, PushResult};
pub use record::Record;
pub use refusal::Refusal;
pub use retention::Horizon;
pub use revision::Revision;
pub use role::Role;
pub use rules::{LogRules, Protocol, TenancyRules};
pub use workspace::{Member, Workspace};
