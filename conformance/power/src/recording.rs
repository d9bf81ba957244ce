//! A recording: what a server was sent and did to its folder, in a file of JSON Lines.

use std::io::{BufRead, Read as _};

use serde::{Deserialize, Serialize};

use crate::change::Change;
use crate::fact::{Batch, Creation, Login, User};

/// The version of the form of the file.
const FORMAT: u32 = 1;
/// The longest line, in bytes: that of a write of 16 MiB, the largest that FUSE has, in Base64.
const MAX_LINE_BYTES: u64 = 32 << 20;
/// How many lines are read at most.
const MAX_LINES: usize = 8_000_000;

/// What a server did under load, and what it said.
#[derive(Debug, Clone, Default)]
pub struct Recording {
    /// The seed of the load.
    pub seed: u64,
    /// The position of the journal at which the server first answered.
    pub ready: usize,
    /// Everybody who logged in.
    pub users: Vec<User>,
    /// What was acknowledged of sessions.
    pub logins: Vec<Login>,
    /// What was acknowledged of workspaces.
    pub creations: Vec<Creation>,
    /// What was pushed.
    pub batches: Vec<Batch>,
    /// The journal.
    pub changes: Vec<Change>,
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Recording { format: u32, seed: u64, ready: usize },
    User(User),
    Login(Login),
    Creation(Creation),
    Batch(Batch),
    Change(Change),
}

impl Recording {
    /// The positions of the journal at which something was acknowledged.
    pub fn acknowledgements(&self) -> impl Iterator<Item = usize> + '_ {
        let pushes = self.batches.iter().filter_map(|batch| Some(batch.acknowledged.as_ref()?.at));
        let logins = self.logins.iter().map(|login| login.at);
        logins.chain(self.creations.iter().map(|creation| creation.at)).chain(pushes)
    }

    /// The file of it.
    ///
    /// # Errors
    /// When something in it is no JSON, which is a fault of the suite.
    pub fn to_text(&self) -> Result<String, String> {
        let head = Line::Recording { format: FORMAT, seed: self.seed, ready: self.ready };
        let lines = std::iter::once(head)
            .chain(self.users.iter().cloned().map(Line::User))
            .chain(self.logins.iter().cloned().map(Line::Login))
            .chain(self.creations.iter().cloned().map(Line::Creation))
            .chain(self.batches.iter().cloned().map(Line::Batch))
            .chain(self.changes.iter().cloned().map(Line::Change));
        let mut text = String::new();
        for line in lines {
            text += &serde_json::to_string(&line).map_err(|error| error.to_string())?;
            text.push('\n');
        }
        Ok(text)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// One sentence with the number of the line that is wrong.
    pub fn read(mut file: impl BufRead) -> Result<Self, String> {
        let (mut recording, mut is_begun, mut line) = (Recording::default(), false, Vec::new());
        for number in 1..=MAX_LINES {
            line.clear();
            let read = file.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut line);
            if read.map_err(|error| error.to_string())? == 0 {
                return if is_begun { recording.checked() } else { Err("it is empty".to_owned()) };
            }
            let read: Line = serde_json::from_slice(&line).map_err(|error| format!("line {number}: {error}"))?;
            match read {
                Line::Recording { format: FORMAT, seed, ready } if !is_begun => {
                    (recording.seed, recording.ready, is_begun) = (seed, ready, true);
                }
                Line::Recording { .. } => return Err(format!("line {number}: not the start of such a recording")),
                _ if !is_begun => return Err("it does not begin as a recording does".to_owned()),
                Line::User(user) => recording.users.push(user),
                Line::Login(login) => recording.logins.push(login),
                Line::Creation(creation) => recording.creations.push(creation),
                Line::Batch(batch) => recording.batches.push(batch),
                Line::Change(change) => recording.changes.push(change),
            }
        }
        Err(format!("it has more than {MAX_LINES} lines"))
    }

    /// The same, if what it refers to is there.
    fn checked(self) -> Result<Self, String> {
        let end = self.changes.len();
        let users = self.logins.iter().map(|login| login.user);
        let users = users.chain(self.creations.iter().map(|creation| creation.user));
        let mut users = users.chain(self.batches.iter().map(|batch| batch.user));
        let is_whole =
            |batch: &Batch| batch.acknowledged.as_ref().is_none_or(|answer| answer.versions.len() == batch.ops.len());
        if users.any(|user| user >= self.users.len()) {
            return Err("it names a user who is not in it".to_owned());
        }
        if self.ready > end || self.acknowledgements().any(|at| at > end) {
            return Err("something in it happened after its journal ends".to_owned());
        }
        if !self.batches.iter().all(is_whole) {
            return Err("a push in it has not one version for each op".to_owned());
        }
        Ok(self)
    }
}
