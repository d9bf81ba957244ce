//! Checking a database file without opening it in SQLite, so that a refused file stays unchanged to the byte.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::path::Path;

use super::error::OpenError;

/// Marks the databases of this server: the bytes of "sypf", at offset 68 of the file
/// (<https://www.sqlite.org/fileformat.html#application_id>).
pub(super) const APPLICATION_ID: i32 = 0x7379_7066;

const HEADER_BYTES: usize = 100;
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Checks that `path` is a database of this server of at most version `supported`, or may become one.
pub(super) fn check(path: &Path, supported: i64) -> Result<(), OpenError> {
    let unusable = |reason: String| OpenError::Unusable { path: path.to_owned(), reason };
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return check_folder(path),
        Err(error) => return Err(unusable(error.to_string())),
    };
    if !metadata.is_file() {
        return Err(unusable("it is not a regular file".into()));
    }
    // Where writing is not allowed, SQLite would silently open the file read-only.
    let mut file = OpenOptions::new().read(true).write(true).open(path).map_err(|error| unusable(error.to_string()))?;
    if metadata.len() == 0 {
        return Ok(());
    }
    let header = read_header(&mut file).map_err(|error| unusable(error.to_string()))?;
    let header = header.filter(|header| header.starts_with(MAGIC)).ok_or(OpenError::NotADatabase(path.to_owned()))?;
    if be_u32(&header, 68) != APPLICATION_ID.cast_unsigned() {
        return Err(OpenError::Foreign(path.to_owned()));
    }
    let found = i64::from(be_u32(&header, 60).cast_signed());
    if found > supported {
        return Err(OpenError::Newer { path: path.to_owned(), found, supported });
    }
    if is_cut_short(&header, metadata.len()) && !sidecar(path, "-wal").exists() {
        return Err(OpenError::NotADatabase(path.to_owned()));
    }
    Ok(())
}

fn check_folder(path: &Path) -> Result<(), OpenError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if folder.is_dir() {
        return Ok(());
    }
    let reason = format!("the folder {} does not exist", folder.display());
    Err(OpenError::Unusable { path: path.to_owned(), reason })
}

fn read_header(file: &mut File) -> std::io::Result<Option<[u8; HEADER_BYTES]>> {
    let mut header = [0; HEADER_BYTES];
    match file.read_exact(&mut header) {
        Ok(()) => Ok(Some(header)),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether the file is shorter than its header says. SQLite would notice only when it reads the missing part.
fn is_cut_short(header: &[u8; HEADER_BYTES], len: u64) -> bool {
    let page_bytes = match be_u32(header, 16) >> 16 {
        1 => 65_536,
        bytes => u64::from(bytes),
    };
    len < page_bytes.saturating_mul(u64::from(be_u32(header, 28)))
}

fn be_u32(header: &[u8; HEADER_BYTES], offset: usize) -> u32 {
    header.iter().skip(offset).take(4).fold(0, |number, byte| (number << 8) | u32::from(*byte))
}

/// The path of a file that SQLite keeps beside the database.
pub(super) fn sidecar(path: &Path, suffix: &str) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
