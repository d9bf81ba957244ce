//! The colours of the report for the terminal.

use anstyle::{AnsiColor, Style};

pub(super) const RED: Style = AnsiColor::Red.on_default().bold();
pub(super) const GREEN: Style = AnsiColor::Green.on_default().bold();
pub(super) const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
pub(super) const DIM: Style = Style::new().dimmed();

/// The label of the command that repeats a failure.
pub(super) fn repeat() -> String {
    format!("{DIM}repeat{DIM:#}")
}
