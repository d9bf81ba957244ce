//! The progress of a command that takes long, on standard error: a line that stays up to date on a terminal, and a new
//! line now and then elsewhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::console::note;

/// How often the line on a terminal changes.
pub(super) const TICK: Duration = Duration::from_millis(250);
/// How often there is a new line elsewhere.
const INTERVAL: Duration = Duration::from_secs(10);

/// The line that shows the progress.
pub(super) struct ProgressLine {
    /// Draws nothing when standard error is not a terminal.
    bar: ProgressBar,
    noted_at: Instant,
}

impl ProgressLine {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{msg}") {
            bar.set_style(style);
        }
        ProgressLine { bar, noted_at: Instant::now() }
    }

    /// Shows the progress, if it is time for that.
    pub(super) fn show(&mut self, text: impl FnOnce() -> String) {
        if !self.bar.is_hidden() {
            self.bar.set_message(text());
            self.bar.tick();
        } else if self.noted_at.elapsed() >= INTERVAL {
            self.noted_at = Instant::now();
            note(&text());
        }
    }

    /// Prints something else meanwhile.
    pub(super) fn beside(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }

    /// Removes the line.
    pub(super) fn close(self) {
        self.bar.finish_and_clear();
    }
}

/// The progress of a number of trials in one line: how many have ended, how many of them badly, and how long it may still
/// take.
pub(super) fn of_trials(
    what: &str,
    (ended, all): (usize, usize),
    (bad, word): (usize, &str),
    began: Instant,
) -> String {
    let elapsed = began.elapsed();
    let left = match u32::try_from(ended) {
        Ok(ended) if ended > 0 => {
            let rest = u32::try_from(all).unwrap_or(u32::MAX).saturating_sub(ended);
            format!(" · about {} s left", (elapsed / ended).saturating_mul(rest).as_secs())
        }
        _ => String::new(),
    };
    format!("{} s · {ended} of {all} {what} · {bad} {word}{left}", elapsed.as_secs())
}
