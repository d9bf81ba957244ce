//! A copy of the reference server, changed and built in a folder of its own, which the next change shares.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
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
        self.restore_all()?;
        if let Some(patch) = patch {
            let mut git = Command::new("git");
            // Where git finds a repository, it passes over what is not in its working tree.
            git.env("GIT_CEILING_DIRECTORIES", self.copy.parent().unwrap_or(&self.copy));
            git.current_dir(&self.copy).arg("apply").arg(patch.file(&self.root));
            self.succeed(&mut git, "the patch does not apply")?;
        }
        self.succeed(
            &mut self.cargo(&["build", "--quiet", "--offline", "--bin", "syncproof-server"]),
            "it does not build",
        )
    }

    /// Makes the copy what the source is.
    pub(crate) fn restore_all(&self) -> Result<(), String> {
        SOURCES.iter().try_for_each(|source| self.restore(Path::new(source)))
    }

    /// Tells apart sources that are not the same.
    pub(crate) fn fingerprint(&self) -> Result<String, String> {
        let mut files: Vec<PathBuf> = SOURCES.iter().map(|source| self.root.join(source)).collect();
        let mut hasher = DefaultHasher::new();
        while let Some(path) = files.pop() {
            let told = |error: std::io::Error| format!("{}: {error}", path.display());
            if path.is_dir() {
                let entries: Result<Vec<_>, _> =
                    fs::read_dir(&path).map_err(told)?.map(|entry| entry.map(|entry| entry.path())).collect();
                let mut entries = entries.map_err(told)?;
                entries.sort();
                files.extend(entries);
            } else {
                (path.strip_prefix(&self.root).unwrap_or(&path), fs::read(&path).map_err(told)?).hash(&mut hasher);
            }
        }
        Ok(format!("server {:016x}", hasher.finish()))
    }

    /// Runs cargo in the copy. Returns its exit code, and what it has said.
    pub(crate) fn ask_cargo(&self, arguments: &[&str]) -> Result<(Option<i32>, String), String> {
        self.ask(&mut self.cargo(arguments))
    }

    /// Reads a file of the copy.
    pub(crate) fn read(&self, path: &str) -> Result<String, String> {
        fs::read_to_string(self.copy.join(path)).map_err(|error| format!("{path}: {error}"))
    }

    /// Writes a file of the copy; what is equal is left alone.
    pub(crate) fn write(&self, path: &str, content: &[u8]) -> Result<(), String> {
        let copy = self.copy.join(path);
        if fs::read(&copy).is_ok_and(|present| present == content) { Ok(()) } else { write(&copy, content) }
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut cargo = Command::new("cargo");
        cargo.current_dir(&self.copy).args(arguments).env("CARGO_TARGET_DIR", &self.build);
        cargo
    }

    fn ask(&self, command: &mut Command) -> Result<(Option<i32>, String), String> {
        let output = self.messages.path().join("output");
        let code = bounded::run(command, &output, BUILD)?;
        Ok((code, fs::read_to_string(&output).unwrap_or_default()))
    }

    fn succeed(&self, command: &mut Command, otherwise: &str) -> Result<(), String> {
        match self.ask(command)? {
            (Some(0), _) => Ok(()),
            (_, said) => Err(format!("{otherwise}: {}", said.trim())),
        }
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
        self.write(&path.to_string_lossy(), &content)
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
