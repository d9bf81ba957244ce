//! Printing to standard output and standard error, and what happens when their reader has gone away.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::OnceLock;

use syncproof_harness::exit::{CliError, Exit};

/// The values of `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// Text for the terminal
    Human,
    /// JSON for other programs
    Json,
}

/// Prints what is wrong with the command line. Returns the exit code for it.
pub(super) fn usage(message: &str) -> ExitCode {
    say_error(message);
    ExitCode::from(Exit::Usage.code())
}

pub(super) fn say_error(message: &str) {
    note(&format!("syncproof: {message}"));
}

/// Prints a line on standard error. If that fails, there is nowhere left to report it.
pub(super) fn note(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// The first error of a write to standard output. The command continues, since it may have more to do than to print;
/// the error decides its exit code at the end.
static OUTPUT_ERROR: OnceLock<io::Error> = OnceLock::new();

pub(super) fn print(text: &str) {
    took(anstream::stdout().lock().write_all(text.as_bytes()));
}

/// A value as JSON text that ends with a line break.
pub(super) fn json(value: &impl serde::Serialize) -> Result<String, CliError> {
    let text = serde_json::to_string_pretty(value).map_err(|error| CliError::fault(error.to_string()))?;
    Ok(text + "\n")
}

/// Keeps the error of a write to standard output, if there was one. Returns whether there was none.
pub(super) fn took(written: io::Result<()>) -> bool {
    written.map_err(|error| OUTPUT_ERROR.set(error)).is_ok()
}

/// Why not everything was printed. A reader who went away (`| head`) is not reported as an error.
pub(super) fn printed() -> Option<CliError> {
    // Text that is still in the buffer may fail, too.
    took(io::stdout().flush());
    OUTPUT_ERROR.get().map(|error| CliError {
        exit: if error.kind() == io::ErrorKind::BrokenPipe { Exit::ReaderGone } else { Exit::Fault },
        message: format!("standard output cannot be written: {error}"),
    })
}
