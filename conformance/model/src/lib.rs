//! The model: a pure statement of the protocol, rule by rule, that knows neither HTTP nor SQL nor the clock nor chance.
//!
//! Time and fresh ids are passed in, so the same calls always end in the same state. Three readers use it: the
//! specimen serves it over HTTP, the properties compare a server under test with it, and a person who
//! implements the protocol can read it as the long form of `planning/requirements.md`.
//!
//! - [`ChangeLog`] is what one workspace syncs: [`ChangeLog::push`], [`ChangeLog::pull`], [`ChangeLog::items`].
//! - [`ChangeLog::collect_changes`] and [`ChangeLog::collect_tombstones`] take away what lies behind a [`Horizon`].
//! - [`fold`] turns changes into a [`State`] of records, in whatever order they come.
//! - [`Directory`] is who there is: users, workspaces, memberships, and where each session stands.
//! - [`LogRules`] and [`TenancyRules`] are the decisions, one method each. [`Protocol`] takes them as the
//!   requirements say; only a mutant overrides one.

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
pub use names::{MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS, TooLong, description, name};
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
