//! Histories in the forms that other checkers read, for a second opinion: a push is a transaction that appends to the log of
//! its workspace, and a read that is told that nothing follows shows what was appended.
//!
//! What these forms cannot say is left out: tables, payloads, snapshots, roles, collections, and private notifications.

mod elle;
mod error;
mod registers;
mod transactions;

use std::io::Write;

use crate::history::History;
pub use error::ExportError;
use transactions::transactions;

/// The form of another checker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// EDN that Elle reads as lists that are appended to (`elle.list-append`): each log is a list of ops.
    Elle,
    /// Lines such as `w(1,5,0,3)`: variable, value, session, transaction. `PolySI` and `Plume` read them: each log is a
    /// register that holds its last op.
    Plume,
    /// The text form of `dbcop`: sessions of transactions such as `[w1:=5]`, the same registers.
    Dbcop,
}

/// Writes a history in that form.
///
/// # Errors
/// When it cannot be written, or would be too long.
pub fn export(history: &History, form: Form, out: &mut impl Write) -> Result<(), ExportError> {
    let transactions = transactions(history);
    match form {
        Form::Elle => elle::write(&transactions, out),
        Form::Plume => Ok(registers::write_plume(&transactions, out)?),
        Form::Dbcop => Ok(registers::write_dbcop(&transactions, out)?),
    }
}
