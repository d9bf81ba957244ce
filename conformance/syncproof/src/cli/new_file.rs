//! Files that a command writes for the user, and never over one that is there already unless it is told to.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use syncproof_harness::exit::CliError;

/// # Errors
/// When the file exists, and `force` is not set.
pub(super) fn check_free(path: &Path, force: bool) -> Result<(), CliError> {
    if path.exists() && !force {
        let message = format!("{} is there already; --force writes over it", path.display());
        return Err(CliError::usage(message));
    }
    Ok(())
}

/// Writes the file, and the folders that it is in.
///
/// # Errors
/// When it cannot be written, or exists and `force` is not set.
pub(super) fn write(path: &Path, text: &str, force: bool) -> Result<(), CliError> {
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    let mut options = fs::OpenOptions::new();
    // Another program may have created the file in the meantime.
    options.write(true).create(true).create_new(!force).truncate(true);
    folder
        .and_then(|()| options.open(path))
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| CliError::usage(format!("{} cannot be written: {error}", path.display())))
}
