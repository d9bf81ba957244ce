//! Owners: people who own a workspace together, and rename it, change each other's roles, remove and add each other and step
//! down, all at once, in short bursts.

use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::shift::{Shift, pause};
use crate::team::Person;
use syncproof_protocol::wire::Id;

/// How many workspaces are made in a round at most.
const MAX_WORKSPACES: u32 = 200;
/// How many things each of them does in a burst.
const DEEDS: usize = 3;
/// The roles that they give each other.
const ROLES: [&str; 4] = ["owner", "owner", "editor", "viewer"];

/// Makes workspaces, each for one burst, until the round settles. The people are used by nobody else.
///
/// Of a workspace whose changes get no answer too much is possible to be judged, so that the network must not lose any.
pub(crate) async fn own_together(shift: &Shift, people: &[Person], seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let [founder, second, others @ ..] = people else { return };
    let looking: Vec<Person> = people.iter().map(|person| person.beside("looking")).collect();
    for number in 0..MAX_WORKSPACES {
        if !shift.goes_on() {
            return;
        }
        let Some(workspace) = founder.create(&format!("shared {number}")).await else {
            pause().await;
            continue;
        };
        let steps_down = rng.random_bool(0.4);
        founder.add(&workspace, &second.id, "owner").await;
        for other in others {
            founder.add(&workspace, &other.id, if steps_down { "viewer" } else { "owner" }).await;
        }
        let rename_only = rng.random_bool(0.3);
        let watch = join_all(looking.iter().map(|person| look(person, &workspace)));
        if steps_down {
            let (one, other) = (rng.random_range(0..3), rng.random_range(0..3));
            tokio::join!(
                step_down(founder, second, &workspace, one),
                step_down(second, founder, &workspace, other),
                watch
            );
        } else {
            let act = |person| act(person, people, &workspace, rename_only, StdRng::seed_from_u64(rng.random()));
            tokio::join!(join_all(people.iter().map(act)), watch);
        }
        join_all(people.iter().map(|person| look(person, &workspace))).await;
        // Whoever is an owner still ends it, so that lists stay short.
        join_all(people.iter().map(|person| person.delete(&workspace))).await;
    }
}

/// What one of them does in a burst.
async fn act(person: &Person, people: &[Person], workspace: &Id, rename_only: bool, mut rng: StdRng) {
    for _ in 0..DEEDS {
        let whom = &people[rng.random_range(0..people.len())].id;
        let text = rng.random::<u32>().to_string();
        match rng.random_range(if rename_only { 0..3 } else { 0..9 }) {
            0 => person.rename(workspace, &text, Some(&format!("about {text}"))).await,
            1 | 2 => person.rename(workspace, &text, None).await,
            3 | 4 => person.set_role(workspace, whom, ROLES[rng.random_range(0..ROLES.len())]).await,
            5 | 6 => person.remove(workspace, whom).await,
            _ => person.add(workspace, whom, ROLES[rng.random_range(0..ROLES.len())]).await,
        }
    }
}

/// One of two owners goes, or makes the other one go.
async fn step_down(person: &Person, other: &Person, workspace: &Id, way: u32) {
    match way {
        0 => person.set_role(workspace, &person.id, "editor").await,
        1 => person.remove(workspace, &person.id).await,
        _ => person.set_role(workspace, &other.id, "viewer").await,
    }
}

/// Who is a member, in which role, and what the workspace is called.
async fn look(person: &Person, workspace: &Id) {
    person.list().await;
    person.members(workspace).await;
}
