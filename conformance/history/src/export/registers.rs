//! The text forms of PolySI, Plume and dbcop: each log is a register that holds the last op in it.
//!
//! They know no unknown outcome: a push without an answer is written if the log shows its ops, in a session of its own, since
//! it may have been carried out at any later time. Sources: Huang et al., Efficient black-box checking of snapshot isolation
//! in databases, VLDB 2023; Liu et al., Plume: efficient and complete black-box checking of weak isolation levels, OOPSLA 2024;
//! Biswas and Enea, On the complexity of checking transactional consistency, OOPSLA 2019.

use std::io::{self, Write};

use super::transactions::{Access, Transaction, Transactions, number};
use crate::call::Outcome;

/// One transaction on one register.
struct Step {
    session: usize,
    register: usize,
    is_write: bool,
    /// The op that is written or read; 0 for an empty log.
    value: u64,
}

/// The transactions that were carried out, by the time at which they began.
fn steps(transactions: &Transactions) -> (Vec<Step>, usize) {
    let mut sessions = transactions.clients;
    let mut steps = Vec::new();
    for transaction in &transactions.list {
        let Transaction { client, list, outcome, access, .. } = transaction;
        let (is_write, value) = match access {
            Access::Append { last, .. } => match last {
                Some(op) if *outcome != Outcome::Failed => (true, number(*op)),
                _ => continue,
            },
            Access::Read { .. } if *outcome != Outcome::Ok => continue,
            Access::Read { reader, length } => {
                let shown = transactions.shown.get(*reader).and_then(|shown| shown.get(..*length)).unwrap_or_default();
                (false, shown.last().map_or(0, |op| number(*op)))
            }
        };
        let session = if *outcome == Outcome::Ok {
            *client
        } else {
            sessions += 1;
            sessions - 1
        };
        steps.push(Step { session, register: *list, is_write, value });
    }
    (steps, sessions)
}

pub(super) fn write_plume(transactions: &Transactions, out: &mut impl Write) -> io::Result<()> {
    for (number, Step { session, register, is_write, value }) in steps(transactions).0.into_iter().enumerate() {
        let kind = if is_write { 'w' } else { 'r' };
        writeln!(out, "{kind}({register},{value},{session},{number})")?;
    }
    Ok(())
}

pub(super) fn write_dbcop(transactions: &Transactions, out: &mut impl Write) -> io::Result<()> {
    let (steps, sessions) = steps(transactions);
    let mut lines = vec![Vec::new(); sessions];
    for Step { session, register, is_write, value } in steps {
        let event = match (is_write, value) {
            (true, value) => format!("[w{register}:={value}]"),
            (false, 0) => format!("[w{register}==?]"),
            (false, value) => format!("[w{register}=={value}]"),
        };
        lines[session].push(event);
    }
    lines.retain(|session| !session.is_empty());
    for (place, session) in lines.iter().enumerate() {
        if place > 0 {
            writeln!(out, "---")?;
        }
        writeln!(out, "{}", session.join(" "))?;
    }
    Ok(())
}
