//! EDN for Elle's `list-append`: for each transaction a line when it is sent, and one when it ends.
//!
//! Source: Kingsbury and Alvaro, Elle: inferring isolation anomalies from experimental observations, VLDB 2020.

use std::io::Write;

use super::error::ExportError;
use super::transactions::{Access, Transaction, Transactions, number};
use crate::call::Outcome;

/// The most ops that all reads together show: some hundred megabytes.
const MAX_SHOWN: usize = 50_000_000;

/// What a line says.
#[derive(Clone, Copy, PartialEq)]
enum Moment {
    Invoke,
    End,
}

pub(super) fn write(transactions: &Transactions, out: &mut impl Write) -> Result<(), ExportError> {
    let shown = transactions.list.iter().map(|transaction| match transaction.access {
        Access::Read { length, .. } => length,
        Access::Append { .. } => 0,
    });
    let shown: usize = shown.sum();
    if shown > MAX_SHOWN {
        return Err(ExportError::TooLong(shown));
    }
    let mut moments: Vec<(u64, Moment, usize)> = Vec::new();
    for (place, transaction) in transactions.list.iter().enumerate() {
        moments.push((transaction.began, Moment::Invoke, place));
        if transaction.ended != u64::MAX {
            moments.push((transaction.ended, Moment::End, place));
        }
    }
    // Of two at one time the end comes first only if it is of another transaction, which began before.
    moments.sort_by_key(|(at, moment, place)| (*at, *moment == Moment::Invoke, *place));
    // A process whose transaction has no known outcome does nothing more: its client goes on as another one.
    let mut process: Vec<usize> = (0..transactions.clients).collect();
    let mut processes = transactions.clients;
    let mut of = vec![0; transactions.list.len()];
    for (index, (at, moment, place)) in moments.into_iter().enumerate() {
        let transaction = &transactions.list[place];
        let kind = match (moment, transaction.outcome) {
            (Moment::Invoke, _) => {
                of[place] = process[transaction.client];
                if transaction.outcome == Outcome::Unknown {
                    process[transaction.client] = processes;
                    processes += 1;
                }
                "invoke"
            }
            (Moment::End, Outcome::Ok) => "ok",
            (Moment::End, Outcome::Failed) => "fail",
            (Moment::End, Outcome::Unknown) => "info",
        };
        let value = value(transactions, transaction, kind == "ok");
        let (process, time) = (of[place], at.saturating_mul(1000));
        writeln!(
            out,
            "{{:index {index}, :time {time}, :type :{kind}, :process {process}, :f :txn, :value [{value}]}}"
        )?;
    }
    Ok(())
}

/// What it does, in Elle's form; what a read is shown is only known when it has ended.
fn value(transactions: &Transactions, transaction: &Transaction, is_done: bool) -> String {
    let list = transaction.list;
    match &transaction.access {
        Access::Append { ops, .. } => {
            let appends = ops.iter().map(|op| format!("[:append {list} {}]", number(*op)));
            appends.collect::<Vec<_>>().join(" ")
        }
        Access::Read { reader, length } if is_done => {
            let shown = transactions.shown.get(*reader).and_then(|shown| shown.get(..*length)).unwrap_or_default();
            let shown: Vec<String> = shown.iter().map(|op| number(*op).to_string()).collect();
            format!("[:r {list} [{}]]", shown.join(" "))
        }
        Access::Read { .. } => format!("[:r {list} nil]"),
    }
}
