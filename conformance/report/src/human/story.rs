//! The requests of a case for the terminal, in a line each.

use std::io::{self, Write};

use super::style::{DIM, RED};
use crate::cut::cut;
use crate::story::Story;
use syncproof_protocol::counted::counted;
use syncproof_protocol::visible::visible;

/// Longer paths and reasons are cut, in characters.
const MAX_TEXT: usize = 80;

/// Writes the requests that a case sent. One request alone is shown with the failure already.
pub(super) fn write(out: &mut impl Write, story: Option<&Story>) -> io::Result<()> {
    let Some(story) = story.filter(|story| story.sent > 1) else { return Ok(()) };
    let plain = |text: &str| cut(&visible(text).replace('\n', " "), MAX_TEXT);
    let who: Vec<String> = story.requests.iter().map(|request| plain(&request.who)).collect();
    let width = who.iter().map(|who| who.chars().count()).max().unwrap_or_default();
    let is_marked = story.requests.iter().any(|request| request.shows_failure);
    let legend = if is_marked { "; ✗ shows the failure" } else { "" };
    writeln!(out, "    {DIM}{} of the case, in order{legend}{DIM:#}", counted(story.sent, "request"))?;
    let left_out = |out: &mut dyn Write, count: usize| match count {
        0 => Ok(()),
        count => writeln!(out, "      {DIM}… {} more{DIM:#}", counted(count, "request")),
    };
    for ((before, request), who) in story.with_gaps().zip(&who) {
        left_out(out, before)?;
        let (number, line, outcome) = (request.number, plain(&request.line()), plain(&request.outcome()));
        match request.shows_failure {
            true => writeln!(out, "    {RED}✗ {number:>3}  {who:width$}  {line}  {outcome}{RED:#}")?,
            false => writeln!(out, "      {number:>3}  {DIM}{who:width$}{DIM:#}  {line}  {outcome}")?,
        }
    }
    left_out(out, story.left_out_at_end())
}
