//! The oracle: which answers the protocol allows to the next request, given the history so far.
//!
//! It follows one target, request by request. What is decided by the protocol is decided by the [`syncproof_model`]; where
//! the protocol leaves a choice (section 4 of the requirements), the oracle keeps every way that is open and continues
//! with the one that an answer shows. It knows neither HTTP nor clocks nor randomness: a status is a number, an answer is
//! plain data, and the caller passes the times.
//!
//! | what is judged | where | by which requirements |
//! |---|---|---|
//! | sessions, lists, workspaces | `tenancy.rs` | `session.*`, `workspace.*` |
//! | which workspace may be active | `active_workspace.rs` | `workspace.delete-rehomes-*`, `workspace.activate-*`, `member.removed-at-once` |
//! | members | `member.rs` | `member.*` |
//! | a single op | `sent_op.rs` | `push.payload-*`, `push.op-id-is-uuid`, `push.clock-range`, `push.unknown-table` |
//! | a push | `push.rs` | `push.*`, `op.*` |
//! | what a pull and a snapshot show | `read.rs` | `pull.*`, `lww.*`, `tombstone.*`, `isolation.*`, `snapshot.*`, `notification.owner-only` |
//! | several answers together | `metamorphic.rs` | `pull.complete`, `snapshot.complete`, `lww.order-free` |
//! | bodies of the wrong shape, requests without a credential | `shape.rs` | `http.wrong-shape`, `session.anonymous` |
//! | cursors | `cursor.rs` | `cursor.*` |
//! | which rule a wrong record, change or version breaks | `record_rule.rs`, `change_rule.rs`, `push_rule.rs` | the one that the writes of the record call for |
//! | which rule is broken where something is missing or foreign | `past.rs`, `isolation_rule.rs` | `gc.*`, `isolation.*` |
//! | garbage collections, and what they leave | `collection.rs` | `gc.*` |

#![allow(clippy::missing_errors_doc, reason = "`Judged` says it: the error is the violation that the answer shows")]

mod active_workspace;
mod batch;
mod change_rule;
mod collection;
mod coverage;
mod cursor;
mod hostile;
mod isolation_rule;
mod item;
mod log;
mod member;
mod metamorphic;
mod past;
mod push;
mod push_rule;
mod read;
mod record_rule;
mod reply;
mod retention_rule;
mod rule_id;
mod sent_op;
mod shape;
mod shown_change;
mod state;
mod tenancy;
mod time_span;
mod tracked_workspace;
mod user;
mod violation;

pub use collection::Overdue;
pub use coverage::{CoverageCounts, CoverageEvent};
pub use metamorphic::{folds_to, same_log, same_state};
pub use read::{MisplacedToken, PullQuery, SnapshotPages};
pub use reply::Reply;
pub use sent_op::SentOp;
pub use shape::WrongField;
pub(crate) use state::CLOSED;
pub use state::{Ambiguity, Oracle};
pub use tenancy::{NameAndDescription, WRONG_ACTIVE};
pub use time_span::TimeSpan;
pub use user::User;
pub use violation::{Judged, Violation};
