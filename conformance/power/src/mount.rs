//! The recording file system while it is mounted: in a folder of its own, which is unmounted whatever happens.

use std::path::Path;
use std::sync::Arc;

use fuser::{BackgroundSession, Config, MountOption, SessionACL};
use rustix::mount::UnmountFlags;
use tempfile::TempDir;

use crate::file_system::FileSystem;
use crate::journal::Journal;

/// A mounted folder. Dropping it unmounts.
#[derive(Debug)]
pub struct Mount {
    folder: TempDir,
    journal: Arc<Journal>,
    session: Option<BackgroundSession>,
}

impl Mount {
    /// Mounts an empty folder.
    ///
    /// # Errors
    /// One sentence that says why there is no FUSE here.
    pub fn new() -> Result<Self, String> {
        let folder =
            tempfile::Builder::new().prefix("syncproof-power-").tempdir().map_err(|error| error.to_string())?;
        let journal = Arc::new(Journal::default());
        let (owner, group) = (rustix::process::geteuid(), rustix::process::getegid());
        let mut config = Config::default();
        config.mount_options = vec![
            MountOption::FSName("syncproof".to_owned()),
            MountOption::DefaultPermissions,
            MountOption::NoAtime,
            MountOption::NoDev,
            MountOption::NoSuid,
        ];
        // Databases refuse to run as root, so that a server that root starts may become somebody else.
        if owner.is_root() {
            config.acl = SessionACL::All;
        }
        let system = FileSystem::new(&journal, owner.as_raw(), group.as_raw());
        let session = fuser::spawn_mount(system, folder.path(), &config)
            .map_err(|error| format!("no FUSE file system can be mounted here ({error}): {NEEDED}"))?;
        Ok(Mount { folder, journal, session: Some(session) })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What is recorded.
    #[must_use]
    pub fn journal(&self) -> &Arc<Journal> {
        &self.journal
    }
}

const NEEDED: &str = "it takes the device /dev/fuse, and root or the program fusermount3";

impl Drop for Mount {
    fn drop(&mut self) {
        // Whoever still has a file open there must not keep the mount. Only root may do this; for others fusermount3 does.
        let _ = rustix::mount::unmount(self.folder.path(), UnmountFlags::DETACH);
        drop(self.session.take());
    }
}
