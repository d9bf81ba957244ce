//! A trial: the disks that a loss of power may leave are made, the server is started on each, and what it shows is judged.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use serde::Serialize;

use crate::contradiction::{Contradiction, LossKind, contradictions};
use crate::disk::Disk;
use crate::load::DATABASE;
use crate::loss::{Draw, Model, Survivors, left};
use crate::point::Point;
use crate::recording::Recording;
use crate::seen::Seen;
use crate::unsynced::unsynced;
use syncproof_campaign::TargetHandle;
use syncproof_harness::targets::{Launcher, ManagedServer, StartError};

/// The requirement that is judged.
pub const REQUIREMENT: &str = "durable.acknowledged-survives-power-loss";
/// After as many disks on which something is lost no more are tried.
const MAX_BROKEN_DISKS: usize = 60;
/// How long clients may look at one disk.
const LOOK_TIMEOUT: Duration = Duration::from_secs(120);
/// Where files are kept in memory, if it is there.
const IN_MEMORY: &str = "/dev/shm";

/// What is tried.
#[derive(Debug, Clone, Copy)]
pub struct Trial<'t> {
    /// How clients reach a server.
    pub handle: &'t TargetHandle,
    /// How a server is started.
    pub launcher: &'t Launcher,
    /// What it did under load.
    pub recording: &'t Recording,
    /// What is promised of changes that nobody synced.
    pub model: Model,
}

/// What was found at one point.
#[derive(Debug, Clone, Serialize)]
pub struct Loss {
    /// The point, as on the command line.
    pub point: String,
    /// What is not as it has to be.
    pub contradictions: Vec<Contradiction>,
    /// What the server should have synced.
    pub unsynced: Vec<String>,
}

/// What was found at all points.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Outcome {
    /// How many points there were.
    pub points: usize,
    /// How many different disks they left.
    pub disks: usize,
    /// On how many of them a server was started.
    pub judged: usize,
    /// At how many points something is lost.
    pub broken_points: usize,
    /// The first point with each kind of loss.
    pub losses: Vec<Loss>,
}

/// Points that leave the same disk.
struct Group {
    survivors: Survivors,
    points: Vec<Point>,
}

/// What was found on one disk: at each point that leaves it.
type Found = Vec<(Point, Vec<Contradiction>)>;

impl Trial<'_> {
    /// Judges what is left at these points. Disks that are the same are judged once.
    ///
    /// # Errors
    /// When a disk cannot be made, or there are no credentials.
    pub async fn judge(&self, points: &[Point], at_once: usize) -> Result<Outcome, String> {
        let groups = self.groups(points);
        let broken_disks = AtomicUsize::new(0);
        let results: Vec<Option<Result<(usize, Found), String>>> = stream::iter(groups.iter().enumerate())
            .map(|(number, group)| {
                let broken_disks = &broken_disks;
                async move {
                    if broken_disks.load(Ordering::Relaxed) >= MAX_BROKEN_DISKS {
                        return None;
                    }
                    let found = self.judge_group(group).await;
                    if found.as_ref().is_ok_and(|found| !found.is_empty()) {
                        broken_disks.fetch_add(1, Ordering::Relaxed);
                    }
                    Some(found.map(|found| (number, found)))
                }
            })
            .buffer_unordered(at_once)
            .collect()
            .await;
        let mut outcome = Outcome { points: points.len(), disks: groups.len(), ..Outcome::default() };
        let mut first: BTreeMap<LossKind, (Point, usize, Vec<Contradiction>)> = BTreeMap::new();
        let mut broken = HashSet::new();
        for result in results.into_iter().flatten() {
            let (number, found) = result?;
            outcome.judged += 1;
            for (point, contradictions) in found {
                broken.insert(point);
                for kind in contradictions.iter().map(|one| one.kind) {
                    if first.get(&kind).is_none_or(|(earlier, ..)| point < *earlier) {
                        first.insert(kind, (point, number, contradictions.clone()));
                    }
                }
            }
        }
        outcome.broken_points = points.iter().filter(|point| broken.contains(point)).count();
        let mut told = HashSet::new();
        for (point, number, contradictions) in first.into_values() {
            if let Some(group) = groups.get(number).filter(|_| told.insert(point)) {
                outcome.losses.push(self.loss(point, contradictions, &group.survivors));
            }
        }
        Ok(outcome)
    }

    fn loss(&self, point: Point, contradictions: Vec<Contradiction>, survivors: &Survivors) -> Loss {
        let acknowledged = contradictions.iter().map(|one| one.acknowledged).min().unwrap_or(point.at);
        let unsynced = unsynced(&self.recording.changes, survivors, acknowledged);
        Loss { point: point.to_string(), contradictions, unsynced }
    }

    fn groups(&self, points: &[Point]) -> Vec<Group> {
        let mut places: HashMap<u64, usize> = HashMap::new();
        let mut groups: Vec<Group> = Vec::new();
        let mut points = points.to_vec();
        points.sort_unstable();
        points.dedup();
        // The harshest first: should there be an end to what is tried, these have been.
        points.sort_by_key(|point| point.draw != Draw::Harshest);
        for point in points {
            let changes = self.recording.changes.get(..point.at).unwrap_or(&self.recording.changes);
            let survivors = left(changes, self.model, point.draw);
            let place = *places.entry(survivors.digest()).or_insert(groups.len());
            match groups.get_mut(place) {
                Some(group) => group.points.push(point),
                None => groups.push(Group { survivors, points: vec![point] }),
            }
        }
        groups
    }

    /// What is lost on one disk, at each of its points at which something is.
    async fn judge_group(&self, group: &Group) -> Result<Found, String> {
        let last = group.points.iter().map(|point| point.at).max().unwrap_or_default();
        let folder = folder().map_err(|error| format!("no folder for a disk: {error}"))?;
        let changes = self.recording.changes.get(..last).unwrap_or(&self.recording.changes);
        let made = Disk::of(changes, &group.survivors).write_to(folder.path());
        made.map_err(|error| format!("a disk cannot be made in {}: {error}", folder.path().display()))?;
        let server = match self.start(folder.path()).await {
            Ok(server) => server,
            Err(StartError::Impossible(reason)) => return Err(reason),
            Err(reason) => {
                let says = |at| Contradiction { kind: LossKind::NoStart, acknowledged: at, says: reason.to_string() };
                return Ok(group.points.iter().map(|point| (*point, vec![says(point.at)])).collect());
            }
        };
        let looked =
            tokio::time::timeout(LOOK_TIMEOUT, Seen::of(self.handle, server.base(), self.recording, last)).await;
        // What it would still write at its end nobody reads.
        let mut server = server;
        server.kill().await;
        let seen = looked.map_err(|_| "a server on a disk gives no answers within 120 s".to_owned())??;
        let found = group.points.iter().map(|point| (*point, contradictions(self.recording, &seen, point.at)));
        Ok(found.filter(|(_, contradictions)| !contradictions.is_empty()).collect())
    }

    /// Starts a server on a disk. A second attempt follows, since somebody else may have taken the port of the first.
    async fn start(&self, folder: &Path) -> Result<ManagedServer, StartError> {
        let database = folder.join(DATABASE);
        match ManagedServer::start_on(self.launcher, &database).await {
            Err(StartError::ExitedProcess(ended)) if ended.output.contains("in use") => {
                ManagedServer::start_on(self.launcher, &database).await
            }
            started => started,
        }
    }
}

fn folder() -> std::io::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("syncproof-disk-");
    match Path::new(IN_MEMORY).is_dir() {
        true => builder.tempdir_in(IN_MEMORY).or_else(|_| builder.tempdir()),
        false => builder.tempdir(),
    }
}
