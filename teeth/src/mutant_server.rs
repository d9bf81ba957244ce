//! A copy of the reference server, patched and built in a folder of its own, which the next patch shares.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use toml_edit::{Array, DocumentMut, value};

use crate::bounded;
use crate::table::Patch;

/// The longest that a build may take: the first one compiles SQLite.
const BUILD: Duration = Duration::from_secs(900);

/// What the server is built from, besides `Cargo.toml`.
const SOURCES: [&str; 6] =
    ["Cargo.lock", ".cargo/config.toml", "server/Cargo.toml", "server/openapi.json", "server/migrations", "server/src"];

/// The copy. It is removed at the end; what cargo has built stays, for the next time.
pub(crate) struct MutantServer {
    root: PathBuf,
    /// The same path each time, so that cargo finds what it has built.
    copy: PathBuf,
    build: PathBuf,
    messages: TempDir,
}

impl MutantServer {
    /// Below cargo's `target` folder.
    pub(crate) fn new(root: PathBuf, target: &Path) -> Result<Self, String> {
        let messages = tempfile::tempdir().map_err(|error| error.to_string())?;
        let folder = target.join("teeth");
        let server = Self { root, copy: folder.join("copy"), build: folder.join("build"), messages };
        // Members that are not there are no members. Settings of their profiles change nothing.
        let manifest = fs::read_to_string(server.root.join("Cargo.toml")).map_err(|error| error.to_string())?;
        let mut manifest: DocumentMut = manifest.parse().map_err(|error| format!("Cargo.toml: {error}"))?;
        manifest["workspace"]["members"] = value(Array::from_iter(["server"]));
        if let Some(workspace) = manifest["workspace"].as_table_mut() {
            workspace.remove("exclude");
        }
        write(&server.copy.join("Cargo.toml"), manifest.to_string().as_bytes())?;
        Ok(server)
    }

    /// Where the program is after [`MutantServer::build`].
    pub(crate) fn program(&self) -> PathBuf {
        self.build.join("debug/syncproof-server")
    }

    /// Builds the server as it is, or with a patch.
    pub(crate) fn build(&self, patch: Option<&Patch>) -> Result<(), String> {
        for source in SOURCES {
            self.restore(Path::new(source))?;
        }
        if let Some(patch) = patch {
            let mut git = Command::new("git");
            // Where git finds a repository, it passes over what is not in its working tree.
            git.env("GIT_CEILING_DIRECTORIES", self.copy.parent().unwrap_or(&self.copy));
            git.current_dir(&self.copy).arg("apply").arg(patch.file(&self.root));
            self.succeed(&mut git, "the patch does not apply")?;
        }
        let mut cargo = Command::new("cargo");
        cargo.current_dir(&self.copy).args(["build", "--quiet", "--offline", "--bin", "syncproof-server"]);
        cargo.env("CARGO_TARGET_DIR", &self.build);
        self.succeed(&mut cargo, "it does not build")
    }

    fn succeed(&self, command: &mut Command, otherwise: &str) -> Result<(), String> {
        let output = self.messages.path().join("output");
        if bounded::run(command, &output, BUILD)? == Some(0) {
            return Ok(());
        }
        Err(format!("{otherwise}: {}", fs::read_to_string(&output).unwrap_or_default().trim()))
    }

    /// Makes a file or a folder of the copy what it is in the source. What is equal is left alone, so that cargo builds
    /// only what has changed.
    fn restore(&self, path: &Path) -> Result<(), String> {
        let source = self.root.join(path);
        if source.is_dir() {
            let entries = fs::read_dir(&source).map_err(|error| format!("{}: {error}", source.display()))?;
            for entry in entries {
                self.restore(&path.join(entry.map_err(|error| error.to_string())?.file_name()))?;
            }
            return Ok(());
        }
        let content = fs::read(&source).map_err(|error| format!("{}: {error}", source.display()))?;
        let copy = self.copy.join(path);
        if fs::read(&copy).is_ok_and(|present| present == content) { Ok(()) } else { write(&copy, &content) }
    }
}

impl Drop for MutantServer {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.copy);
    }
}

fn write(path: &Path, content: &[u8]) -> Result<(), String> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, content))
        .map_err(|error| format!("{}: {error}", path.display()))
}
