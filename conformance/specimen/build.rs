//! Turns the tables of `mutants.md` and `variants.md` into the enums and lists that `src/` includes. A row that cannot be
//! read stops the build with the line that is wrong.

#[path = "build/catalogue.rs"]
mod catalogue;

use catalogue::Catalogue;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (folder, out) = (env::var("CARGO_MANIFEST_DIR")?, env::var("OUT_DIR")?);
    let folder = Path::new(&folder);
    write_catalogue(&folder.join("mutants.md"), catalogue::mutants, &out, ["switch.rs", "mutants.rs"])?;
    write_catalogue(&folder.join("variants.md"), catalogue::variants, &out, ["freedom.rs", "variants.rs"])?;
    Ok(())
}

/// Reads one page of the specimen's, and writes the two files that its modules include.
fn write_catalogue(
    page: &Path,
    read: fn(&str) -> Result<Catalogue, String>,
    out: &str,
    [names, list]: [&str; 2],
) -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed={}", page.display());
    let fail = |error: String| format!("{}: {error}", page.display());
    let text = fs::read_to_string(page).map_err(|error| fail(error.to_string()))?;
    let catalogue = read(&text).map_err(fail)?;
    fs::write(Path::new(out).join(names), catalogue.names)?;
    fs::write(Path::new(out).join(list), catalogue.list)?;
    Ok(())
}
