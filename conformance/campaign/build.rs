//! Turns the traces of `regressions/` into the table that `src/regression.rs` includes.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("regressions");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("regressions.rs"), regressions(&folder)?)?;
    Ok(())
}

/// The source of a `&[(&str, &str)]`: the id of a case and the text of its trace, one element a file of the folder.
fn regressions(folder: &Path) -> Result<String, Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut source = String::from("&[\n");
    let mut paths: Vec<_> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.sort();
    for path in paths {
        println!("cargo::rerun-if-changed={}", path.display());
        let name =
            path.file_stem().and_then(|name| name.to_str()).filter(|_| path.extension().is_some_and(|e| e == "json"));
        let name = name.ok_or_else(|| format!("{}: a trace is called NAME.json", path.display()))?;
        writeln!(source, "({:?}, include_str!({:?})),", format!("regression/{name}"), path)?;
    }
    source.push(']');
    Ok(source)
}
