//! Where variants put a user who loses their place.

use super::super::app::App;
use super::super::world::World;
use super::freedom::Freedom;

/// The users who stand in a workspace.
pub(in super::super) fn standing_in(world: &World, workspace: &str) -> Vec<String> {
    let members = world.directory.workspace(workspace).into_iter().flat_map(|workspace| workspace.members.keys());
    let stands =
        |user: &&String| world.directory.user(user).is_some_and(|user| user.active.as_deref() == Some(workspace));
    members.filter(stands).cloned().collect()
}

/// Finds a place for users who have just lost theirs, in the same step (`workspace.delete-rehomes-all`,
/// `workspace.delete-last`).
pub(in super::super) fn settle(app: &App, world: &mut World, users: &[String]) {
    let freedoms = app.freedoms();
    for user in users {
        let left: Vec<String> = world.directory.list(user).iter().map(|entry| entry.workspace.id.clone()).collect();
        let oldest = left.last().cloned();
        match oldest {
            None if freedoms.take(Freedom::LastGoneFresh) => stand_in_fresh(app, world, user),
            Some(oldest) if freedoms.take(Freedom::RehomesToOldest) => world.directory.stand(user, &oldest),
            // Ids are random, so their order is none that anybody could count on.
            Some(_) if freedoms.take(Freedom::RehomesAnywhere) => {
                left.iter().min().into_iter().for_each(|any| world.directory.stand(user, any));
            }
            _ => {}
        }
    }
}

fn stand_in_fresh(app: &App, world: &mut World, user: &str) {
    let id = super::fresh_id(app.freedoms(), "ws");
    world.directory.create(user, id.clone(), "My Workspace".to_owned(), None, app.now_s());
    world.directory.stand(user, &id);
}
