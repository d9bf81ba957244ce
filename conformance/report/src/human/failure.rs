//! One failure for the terminal, with all of its evidence.

use std::io::{self, Write};

use super::style::{DIM, GREEN, RED};
use crate::cut::cut_near;
use crate::pretty::pretty;
use syncproof_protocol::counted::counted;
use syncproof_protocol::failure::{Failure, Phase};
use syncproof_protocol::requirement;
use syncproof_protocol::visible::visible;

/// Longer bodies are cut near here, in characters.
const MAX_BODY: usize = 300;

/// The text with a prefix before all lines but the first, so that text from a server can neither control a terminal nor
/// look like a line of the report, or like a command to a CI server.
fn lines(text: &str, start: &str) -> String {
    visible(text).replace('\n', &format!("\n{start}"))
}

/// A body, readable and cut.
fn body(text: &str, start: &str) -> String {
    let text = pretty(text);
    match cut_near(&text, MAX_BODY) {
        (all, 0) => lines(all, start),
        (kept, more) => {
            let more = counted(more, "more character");
            format!("{}\n{start}… {more} (--report html=FILE and --repro DIR have the text)", lines(kept, start))
        }
    }
}

/// Writes the requirement, what is wrong (unless that has been written already), both sides, the request and the answer.
pub(super) fn write(out: &mut impl Write, failure: &Failure, with_message: bool) -> io::Result<()> {
    let text = requirement::find(failure.requirement).map_or("", |requirement| requirement.text);
    writeln!(out, "  {} {}: {text}", requirement::level(failure.requirement), failure.requirement)?;
    let setup = if failure.phase == Phase::Setup { "while setting up: " } else { "" };
    if with_message {
        writeln!(out, "  {setup}{}", lines(&failure.message, "  | "))?;
    }
    writeln!(out, "    {GREEN}expected{GREEN:#} {}", lines(&failure.expected, "    | "))?;
    writeln!(out, "    {RED}actual{RED:#}   {}", lines(&failure.actual, "    | "))?;
    if let Some(exchange) = &failure.exchange {
        writeln!(out, "    {DIM}as {}{DIM:#}", exchange.actor)?;
        writeln!(out, "    > {} {}", exchange.method, lines(&exchange.path, "    > "))?;
        if let Some(sent) = exchange.shown_request() {
            writeln!(out, "    > {}", body(&sent, "    > "))?;
        }
        match (&exchange.error, exchange.status) {
            (None, Some(status)) => {
                writeln!(out, "    < {status}")?;
                writeln!(out, "    < {}", body(&exchange.shown_response(), "    < "))?;
            }
            (error, _) => writeln!(out, "    < no answer: {}", error.as_deref().unwrap_or("unknown"))?,
        }
    }
    Ok(())
}
