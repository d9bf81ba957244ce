//! The rules of the directory, one test each.

use super::super::{Identity, Profile, Refusal, Role};
use super::{Directory, FreshIds};

fn person(directory: &mut Directory, name: &str) -> String {
    let identity = Identity { provider: "p".into(), provider_user_id: name.into() };
    let fresh = FreshIds { user: name.into(), workspace: format!("{name}-home") };
    directory.provision(&identity, &Profile::default(), fresh, 0)
}

/// Ann owns `shared`, where Bob edits and Cid views.
fn company() -> Directory {
    let mut directory = Directory::default();
    for name in ["ann", "bob", "cid"] {
        person(&mut directory, name);
    }
    directory.create("ann", "shared".into(), "Shared".into(), None, 1);
    directory.add_member("ann", "shared", "bob", Role::Editor, 1).unwrap();
    directory.add_member("ann", "shared", "cid", Role::Viewer, 1).unwrap();
    directory
}

fn active<'a>(directory: &'a Directory, user: &str) -> Option<&'a str> {
    directory.user(user).and_then(|user| user.active.as_deref())
}

#[test]
fn an_identity_is_provisioned_once_and_compared_exactly() {
    let mut directory = Directory::default();
    assert_eq!(person(&mut directory, "ann"), "ann");
    assert_eq!(active(&directory, "ann"), Some("ann-home"));
    let again = Identity { provider: "p".into(), provider_user_id: "ann".into() };
    let fresh = FreshIds { user: "x".into(), workspace: "y".into() };
    assert_eq!(directory.provision(&again, &Profile::default(), fresh, 1), "ann");
    for other in ["Ann", "ann ", "\u{ff41}nn"] {
        assert_eq!(person(&mut directory, other), other);
    }
}

#[test]
fn a_deletion_rehomes_everyone_who_stood_there_and_nobody_else() {
    let mut directory = company();
    directory.activate("ann", "shared").unwrap();
    directory.activate("bob", "shared").unwrap();
    directory.delete("ann", "shared").unwrap();
    for user in ["ann", "bob", "cid"] {
        assert_eq!(active(&directory, user), Some(format!("{user}-home").as_str()));
        assert_eq!(directory.list(user).len(), 1);
    }
}

#[test]
fn a_deleted_workspace_is_out_of_reach_for_its_owner_too() {
    let mut directory = company();
    directory.delete("ann", "shared").unwrap();
    assert_eq!(directory.activate("ann", "shared"), Err(Refusal::NotFound));
    assert_eq!(directory.role("ann", "shared"), Err(Refusal::NotFound));
    assert_eq!(directory.delete("ann", "shared"), Err(Refusal::NotFound));
}

#[test]
fn whoever_loses_the_last_workspace_stands_nowhere_and_can_make_another() {
    let mut directory = Directory::default();
    person(&mut directory, "ann");
    directory.delete("ann", "ann-home").unwrap();
    assert_eq!(active(&directory, "ann"), None);
    directory.create("ann", "next".into(), "Next".into(), None, 1);
    directory.activate("ann", "next").unwrap();
    assert_eq!(active(&directory, "ann"), Some("next"));
}

#[test]
fn roles_bound_what_members_do() {
    let mut directory = company();
    assert_eq!(directory.writer("bob", "shared"), Ok(()));
    assert_eq!(directory.writer("cid", "shared"), Err(Refusal::Forbidden));
    assert_eq!(directory.rename("cid", "shared", "x".into(), None), Err(Refusal::Forbidden));
    assert_eq!(directory.delete("bob", "shared"), Err(Refusal::Forbidden));
    assert_eq!(directory.remove_member("bob", "shared", "cid"), Err(Refusal::Forbidden));
    directory.remove_member("cid", "shared", "cid").unwrap();
    assert_eq!(directory.role("cid", "bob-home"), Err(Refusal::NotFound));
}

#[test]
fn the_last_owner_stays() {
    let mut directory = company();
    assert_eq!(directory.remove_member("ann", "shared", "ann"), Err(Refusal::LastOwner));
    assert_eq!(directory.change_role("ann", "shared", "ann", Role::Viewer), Err(Refusal::LastOwner));
    directory.change_role("ann", "shared", "bob", Role::Owner).unwrap();
    directory.remove_member("ann", "shared", "ann").unwrap();
}

#[test]
fn a_removed_member_is_rehomed_and_has_no_access() {
    let mut directory = company();
    directory.activate("bob", "shared").unwrap();
    directory.remove_member("ann", "shared", "bob").unwrap();
    assert_eq!(active(&directory, "bob"), Some("bob-home"));
    assert_eq!(directory.role("bob", "shared"), Err(Refusal::NotFound));
}

#[test]
fn the_list_is_newest_first_and_marks_the_active_one() {
    let mut directory = company();
    directory.create("ann", "third".into(), "Shared".into(), None, 1);
    let list = directory.list("ann");
    let ids: Vec<&str> = list.iter().map(|entry| entry.workspace.id.as_str()).collect();
    assert_eq!(ids, ["third", "shared", "ann-home"]);
    assert!(list[2].is_active && !list[0].is_active);
}
