//! Managers: make workspaces, let others in, change their roles and delete what they made, while those others are at work
//! in it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::shift::{Shift, pause};
use crate::team::{Door, Person};
use syncproof_protocol::capability::Capability;
use syncproof_protocol::endpoint;
use syncproof_protocol::wire::{Id, SnapshotAnswer};

/// How many workspaces are made in a round at most.
const MAX_WORKSPACES: u32 = 60;
/// How long others ask before a workspace is deleted, in milliseconds.
const JITTER_MS: std::ops::Range<u64> = 0..15;
/// How often each of them asks while it is deleted, at most.
const MAX_ASKS: u64 = 100;
/// How often somebody is let in meanwhile, at most.
const MAX_ADDITIONS: usize = 3;

/// Makes and deletes workspaces until the round settles. `guest` and `other` are used by nobody else.
pub(crate) async fn manage(
    shift: &Shift,
    door: &Door<'_>,
    owner: &Person,
    (guest, other): (&Person, &Person),
    seed: u64,
) {
    let mut rng = StdRng::seed_from_u64(seed);
    let has_members = door.has(Capability::Members);
    for number in 0..MAX_WORKSPACES {
        if !shift.goes_on() {
            return;
        }
        let Some(workspace) = owner.create(&format!("made {number}")).await else {
            pause().await;
            continue;
        };
        if !has_members {
            owner.activate(&workspace).await;
            tokio::join!(stand(owner, &workspace), owner_deletes(owner, &workspace));
            continue;
        }
        tokio::join!(owner.add(&workspace, &guest.id, "editor"), async {
            if rng.random_bool(0.5) {
                owner.beside("second").add(&workspace, &other.id, "editor").await;
            }
        });
        guest.activate(&workspace).await;
        guest.caller.session().await;
        guest.push_one(&workspace, 0).await;
        guest.push_one(&workspace, 1).await;
        // What the guest is told just before, and what just after, by the same ways of asking.
        guest.read(&workspace).await;
        let page = guest.caller.snapshot(&workspace, 1, None).await;
        let busy = async {
            for clock in 2..5 {
                guest.push_one(&workspace, clock).await;
            }
        };
        match rng.random_range(0..4) {
            0 => {
                tokio::join!(busy, owner.set_role(&workspace, &guest.id, "viewer"));
                guest.caller.session().await;
                guest.push_one(&workspace, 9).await;
                guest.read(&workspace).await;
            }
            removal @ (1 | 2) => {
                if removal == 2 {
                    // Roles that come and go leave nothing behind.
                    owner.set_role(&workspace, &guest.id, "viewer").await;
                    owner.set_role(&workspace, &guest.id, "editor").await;
                }
                tokio::join!(busy, owner.remove(&workspace, &guest.id));
                tokio::join!(guest.read(&workspace), guest.push_one(&workspace, 9), guest.turn(&workspace, page));
                guest.caller.session().await;
                if rng.random_bool(0.5) {
                    owner.add(&workspace, &guest.id, "viewer").await;
                    guest.activate(&workspace).await;
                    guest.push_one(&workspace, 10).await;
                }
            }
            _ => {}
        }
        end(owner, (guest, other), &workspace, rng.random_range(JITTER_MS)).await;
        tokio::join!(stand(guest, &workspace), stand(other, &workspace), stand(owner, &workspace));
        owner.activate(&workspace).await;
        owner.caller.session().await;
    }
}

/// The end of the workspace, while others stand in it, just come, are just let in, and go on until it is gone.
async fn end(owner: &Person, (guest, other): (&Person, &Person), workspace: &Id, jitter_ms: u64) {
    let is_gone = AtomicBool::new(false);
    let asks = || (0..MAX_ASKS).take_while(|_| !is_gone.load(Ordering::Relaxed));
    let (clerk, guest_reading) = (owner.beside("adding"), guest.beside("reading"));
    tokio::join!(
        async {
            tokio::time::sleep(Duration::from_millis(jitter_ms)).await;
            owner_deletes(owner, workspace).await;
            is_gone.store(true, Ordering::Relaxed);
        },
        async {
            for _ in asks() {
                other.activate(workspace).await;
                other.caller.session().await;
            }
        },
        async {
            for clock in asks() {
                guest.activate(workspace).await;
                guest.push_one(workspace, 20 + clock).await;
            }
        },
        async {
            for _ in asks() {
                guest_reading.read(workspace).await;
                guest_reading.caller.session().await;
            }
        },
        async {
            // Of changes without an answer only some can be judged together.
            for _ in asks().take(MAX_ADDITIONS) {
                clerk.add(workspace, &other.id, "editor").await;
                pause().await;
            }
        },
    );
}

async fn owner_deletes(owner: &Person, workspace: &Id) {
    owner.beside("deleting").delete(workspace).await;
}

/// What a user is shown of where they stand, and of a workspace that is gone.
async fn stand(person: &Person, workspace: &Id) {
    person.caller.session().await;
    person.list().await;
    person.read(workspace).await;
    person.caller.snapshot(workspace, 10, None).await;
    // What is older than a day is nothing.
    person.collect(&endpoint::GC_CHANGE_LOG, workspace, 86_400).await;
}

impl Person {
    async fn read(&self, workspace: &Id) {
        self.caller.pull(workspace, 0, 100, None).await;
    }

    /// The next page of a snapshot that they have begun.
    async fn turn(&self, workspace: &Id, page: Option<SnapshotAnswer>) {
        if let Some(token) = page.and_then(|page| page.next_page_token) {
            self.caller.snapshot(workspace, 1, Some(&token)).await;
        }
    }
}
