//! One failure for the terminal, with all of its evidence.

use std::io::{self, Write};

use super::style::{DIM, GREEN, RED};
use syncproof_protocol::failure::{Failure, Phase};
use syncproof_protocol::requirement;
use syncproof_protocol::visible::visible;

/// The text with a prefix before all lines but the first, so that text from a server can neither control a terminal nor
/// look like a line of the report, or like a command to a CI server.
fn lines(text: &str, start: &str) -> String {
    visible(text).replace('\n', &format!("\n{start}"))
}

/// Writes the requirement, what is wrong, both sides, the request and the answer.
pub(super) fn write(out: &mut impl Write, failure: &Failure) -> io::Result<()> {
    let text = requirement::find(failure.requirement).map_or("", |requirement| requirement.text);
    writeln!(out, "  {} {}: {text}", requirement::level(failure.requirement), failure.requirement)?;
    let setup = if failure.phase == Phase::Setup { "while setting up: " } else { "" };
    writeln!(out, "  {setup}{}", lines(&failure.message, "  | "))?;
    writeln!(out, "    {GREEN}expected{GREEN:#} {}", lines(&failure.expected, "    | "))?;
    writeln!(out, "    {RED}actual{RED:#}   {}", lines(&failure.actual, "    | "))?;
    if let Some(exchange) = &failure.exchange {
        writeln!(out, "    {DIM}as {}{DIM:#}", exchange.actor)?;
        writeln!(out, "    > {} {}", exchange.method, lines(&exchange.path, "    > "))?;
        if let Some(body) = exchange.shown_request() {
            writeln!(out, "    > {}", lines(&body, "    > "))?;
        }
        match (&exchange.error, exchange.status) {
            (None, Some(status)) => {
                writeln!(out, "    < {status}")?;
                writeln!(out, "    < {}", lines(&exchange.shown_response(), "    < "))?;
            }
            (error, _) => writeln!(out, "    < no answer: {}", error.as_deref().unwrap_or("unknown"))?,
        }
    }
    Ok(())
}
