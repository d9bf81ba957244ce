//! Which workspace variants make active for users who have lost theirs.

use super::freedom::{Freedom, Freedoms};
use super::ids::fresh_id;
use syncproof_model::{Directory, TenancyRules};

/// The members whose active workspace this is.
pub(in super::super) fn active_in<R: TenancyRules>(directory: &Directory<R>, workspace: &str) -> Vec<String> {
    let members = directory.workspace(workspace).into_iter().flat_map(|workspace| workspace.members.keys());
    let stands = |user: &&String| directory.user(user).is_some_and(|user| user.active.as_deref() == Some(workspace));
    members.filter(stands).cloned().collect()
}

/// Activates another workspace for users who have just lost theirs, in the same step (`workspace.delete-rehomes-all`,
/// `workspace.delete-last`).
pub(in super::super) fn rehome<R: TenancyRules>(
    freedoms: Freedoms,
    directory: &mut Directory<R>,
    now_s: u64,
    users: &[String],
) {
    for user in users {
        let left: Vec<String> = directory.list(user).iter().map(|entry| entry.workspace.id.clone()).collect();
        let oldest = left.last().cloned();
        match oldest {
            None if freedoms.take(Freedom::LastGoneFresh) => rehome_into_new(freedoms, directory, now_s, user),
            Some(oldest) if freedoms.take(Freedom::RehomesToOldest) => directory.stand(user, &oldest),
            // Ids are random, so the least of them is any of the workspaces.
            Some(_) if freedoms.take(Freedom::RehomesAnywhere) => {
                left.iter().min().into_iter().for_each(|any| directory.stand(user, any));
            }
            _ => {}
        }
    }
}

fn rehome_into_new<R: TenancyRules>(freedoms: Freedoms, directory: &mut Directory<R>, now_s: u64, user: &str) {
    let id = fresh_id(freedoms, "ws");
    directory.create(user, id.clone(), "My Workspace".to_owned(), None, now_s);
    directory.stand(user, &id);
}
