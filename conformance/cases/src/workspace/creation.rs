//! Workspaces: creating them, and the list.

use std::collections::BTreeSet;

use crate::prelude::*;
use syncproof_protocol::endpoint;
use syncproof_protocol::hostile_text::{Group, hostile_texts, is_name};
use syncproof_protocol::wire::{CreatedAnswer, Workspace, WorkspacesAnswer};

const CREATE: &str = "workspace.create-makes-owner";
const UNGUESSABLE: &str = "workspace.ids-unguessable";
const ORDER: &str = "workspace.list-order";
const ACTIVE: &str = "workspace.list-active";

cases! {
    /// A new workspace stands in its creator's list as owned, can be activated and synced, and is nobody else's.
    "workspace/create-makes-owner" checks [CREATE, ACTIVE] by create;
    /// Fields such as id, role, ownerId or deleted in the body of a creation change nothing.
    "workspace/create-takes-no-other-fields" checks [CREATE, UNGUESSABLE] by mass_assignment;
    /// Twenty ids of workspaces differ in enough places to hold 64 random bits.
    "workspace/ids-look-random" checks [UNGUESSABLE] by ids;
    /// One user and two users have workspaces of one name, by creation and by renaming.
    "workspace/names-may-repeat" checks ["workspace.names-may-repeat", "workspace.rename", CREATE] by same_names;
    /// The list is newest first and complete, and stays so after renames, activations and deletions.
    "workspace/list-newest-first" checks [ORDER] by order;
    /// The list of a member mixes owned and joined workspaces, each with the member's role, and nothing else.
    "workspace/list-newest-first-for-members" checks [ORDER] needs [Invite] by order_of_member;
    /// Wherever the session stands, that entry of the list is active and no other.
    "workspace/list-marks-the-active-one" checks [ACTIVE, "workspace.activate-switches-session"] by active_entry;
    /// Twenty creations by one user at one instant all succeed and all show, each once.
    "workspace/created-at-once" checks ["workspace.create-concurrently"] by at_one_instant;
    /// Names with quotes, SQL, emoji, prototypes and control characters come back as they came, or get a 4xx.
    "workspace/hostile-names" checks ["http.hostile-keys"] by hostile;
}

async fn create(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let ben = context.user("ben").await?;
    let answer = anna.create(&json!({"name": "Second", "description": "The other one"})).await;
    let second = answer.read::<CreatedAnswer>(CREATE)?.id;
    answer.ensure(CREATE, second != anna.home, "the new workspace has an old id", "a new id", second.to_string())?;
    let place = anna.place(CREATE).await?;
    let Some(entry) = place.entry(&second) else {
        return Err(place.answer.fails(CREATE, "the new workspace is not listed", second.to_string(), "no entry"));
    };
    let expected = ("Second", Some("The other one"), Role::Owner);
    let actual = (&entry.name, &entry.description, entry.role);
    place.answer.equal(CREATE, "the new workspace is listed wrongly", expected, actual)?;
    let seconds = entry.created_at > 0.0 && entry.created_at < 1e11;
    place.answer.ensure(CREATE, seconds, "createdAt is not in seconds", "seconds", entry.created_at.to_string())?;
    let both = place.list.len() == 2 && place.entry(&anna.home).is_some_and(|entry| entry.role == Role::Owner);
    let message = "the list is not the default workspace and the new one";
    place.answer.ensure(CREATE, both, message, "two owned entries", place.answer.outcome())?;
    anna.activate_ok(&second).await?;
    anna.is_active_in(&second, Role::Owner, CREATE).await?;
    let op = anna.put("threads", "pk");
    anna.holds(&second, &[], CREATE).await?;
    anna.push_ok(&second, std::slice::from_ref(&op), CREATE).await?;
    anna.holds(&second, &[op], CREATE).await?;
    anna.holds(&anna.home, &[], CREATE).await?;
    if context.has(Capability::Members) {
        let answer = anna.members(&second).await;
        let members = answer.read::<syncproof_protocol::wire::MembersAnswer>(CREATE)?.members;
        let actual: Vec<_> = members.iter().map(|member| (&member.user_id, member.role)).collect();
        let message = "the creator is not the one member of the new workspace";
        answer.equal(CREATE, message, [(&anna.id, Role::Owner)], actual)?;
    }
    let without = anna.create(&json!({"name": "Third"})).await.read::<CreatedAnswer>(CREATE)?.id;
    let place = anna.place(CREATE).await?;
    let description = place.entry(&without).and_then(|entry| entry.description.as_deref()).unwrap_or_default();
    place.answer.equal(CREATE, "a description that nobody gave is listed", "", description)?;
    let place = ben.is_active_in(&ben.home, Role::Owner, CREATE).await?;
    place.answer.equal(CREATE, "another's creation changed a list", [&ben.home], place.ids())
}

async fn mass_assignment(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let ben = context.user("ben").await?;
    let chosen = anna.home.unknown_alike();
    let bodies = [
        json!({"name": "mine", "id": ben.home, "workspaceId": ben.home}),
        json!({"name": "mine", "id": chosen}),
        json!({"name": "mine", "userId": ben.id, "user_id": ben.id, "ownerId": ben.id, "owner_user_id": ben.id}),
        json!({"name": "mine", "role": "viewer", "deleted": true, "isActive": true, "createdAt": 1, "created_at": 1}),
        json!({"name": "mine", "members": [{"userId": ben.id, "role": "owner"}]}),
    ];
    let mut created = vec![anna.home.clone()];
    for body in bodies {
        let answer = anna.create(&body).await;
        // A server may be strict about fields that it does not know.
        if !answer.is(&[400]) {
            let id = answer.read::<CreatedAnswer>(CREATE)?.id;
            let message = "a creation takes over an id that is in use";
            answer.ensure(CREATE, id != ben.home && !created.contains(&id), message, "a new id", id.to_string())?;
            let message = "a creation takes the id that its client chose";
            let random = answer.ensure(UNGUESSABLE, id != chosen, message, "a random id", id.to_string());
            context.check_should(random);
            created.push(id);
        }
        let place = anna.place(CREATE).await?;
        let owned = place.list.iter().filter(|entry| entry.role == Role::Owner).count();
        let expected = (created.len(), created.len());
        let message = "the creator does not own just what they created";
        place.answer.equal(CREATE, message, expected, (place.list.len(), owned))?;
        let place = ben.is_active_in(&ben.home, Role::Owner, CREATE).await?;
        place.answer.equal(CREATE, "another's creation changed a list", [&ben.home], place.ids())?;
    }
    Ok(())
}

/// Bits that these ids can hold at most, judged by the places in which they differ and by the characters they use.
fn bits(ids: &[String]) -> f64 {
    let shortest = ids.iter().map(|id| id.chars().count()).min().unwrap_or_default();
    let rows: Vec<Vec<char>> = ids.iter().map(|id| id.chars().collect()).collect();
    let varying = (0..shortest).filter(|&column| rows.iter().any(|row| row[column] != rows[0][column])).count();
    let used = |kind: fn(&char) -> bool| rows.iter().flatten().any(kind);
    let mut alphabet = 10.0;
    if used(|c| c.is_ascii_alphabetic()) {
        alphabet = if used(|c| c.is_ascii_alphabetic() && !c.is_ascii_hexdigit()) { 32.0 } else { 16.0 };
        if alphabet > 16.0 && used(char::is_ascii_lowercase) && used(char::is_ascii_uppercase) {
            alphabet = 62.0;
        }
    }
    f64::from(u32::try_from(varying).unwrap_or(u32::MAX)) * f64::log2(alphabet)
}

async fn ids(context: Context) -> Checked {
    const REQUIREMENT: &str = UNGUESSABLE;
    let anna = context.user("anna").await?;
    let mut ids = vec![anna.home.to_string()];
    for number in 0..20 {
        ids.push(anna.new_workspace(&format!("number {number}")).await?.to_string());
    }
    let (_, answer) = anna.workspaces(REQUIREMENT).await?;
    let bits = bits(&ids);
    // Ids of 64 random bits in decimals differ in 18 or 19 places.
    context.check_should(answer.ensure(
        REQUIREMENT,
        bits >= 58.0,
        "ids of workspaces do not look random",
        "at least 64 random bits",
        format!("places for about {bits:.0} bits, in ids such as {}, {}", ids[ids.len() - 2], ids[ids.len() - 1]),
    ));
    Ok(())
}

async fn same_names(context: Context) -> Checked {
    const REQUIREMENT: &str = "workspace.names-may-repeat";
    let anna = context.user("anna").await?;
    let ben = context.user("ben").await?;
    let name = context.name("twins");
    let mut expected = Vec::new();
    for _ in 0..3 {
        expected.push(anna.create(&json!({"name": name})).await.read::<CreatedAnswer>(REQUIREMENT)?.id);
    }
    let bens = ben.create(&json!({"name": name})).await.read::<CreatedAnswer>(REQUIREMENT)?.id;
    for (user, workspace) in [(&anna, &anna.home), (&ben, &ben.home)] {
        user.rename(workspace, &json!({"name": name})).await.expect_status(REQUIREMENT, &[200])?;
    }
    expected.push(anna.home.clone());
    for (user, expected) in [(&anna, expected), (&ben, vec![bens, ben.home.clone()])] {
        let place = user.place(REQUIREMENT).await?;
        // The order is another requirement's.
        let sorted = |ids: Vec<Id>| ids.iter().map(Id::to_string).collect::<BTreeSet<String>>();
        let message = "workspaces of one name are missing from the list";
        place.answer.equal(REQUIREMENT, message, sorted(expected), sorted(place.ids()))?;
        let names: Vec<&str> = place.list.iter().map(|entry| entry.name.as_str()).collect();
        let message = "a name that others bear has been changed";
        place.answer.equal(REQUIREMENT, message, vec![name.as_str(); place.list.len()], names)?;
    }
    // And one of them is renamed alone.
    anna.rename(&anna.home, &json!({"name": "parted"})).await.expect_status("workspace.rename", &[200])?;
    let place = anna.place("workspace.rename").await?;
    let renamed: Vec<&Id> = place.list.iter().filter(|entry| entry.name == "parted").map(|entry| &entry.id).collect();
    place.answer.equal("workspace.rename", "renaming one of several of one name", [&anna.home], renamed)
}

/// Checks that a user's list is exactly this, and in this order. Entries that bear one time of creation may stand in any
/// order among themselves: a server that counts whole seconds knows no better.
async fn lists(user: &User, expected: &[(&Id, Role)], what: &str) -> Checked {
    let mut place = user.place(ORDER).await?;
    let rank = |entry: &Workspace| expected.iter().position(|(id, _)| **id == entry.id);
    for same_moment in place.list.chunk_by_mut(|left, right| left.created_at == right.created_at) {
        same_moment.sort_by_key(rank);
    }
    let actual: Vec<_> = place.list.iter().map(|entry| (&entry.id, entry.role)).collect();
    let message = format!("the list is not every live workspace, newest first, {what}");
    place.answer.equal(ORDER, message, expected, actual)
}

async fn order(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let ben = context.user("ben").await?;
    let mut live = vec![anna.home.clone()];
    // Neither the order of the alphabet nor its reverse.
    for (number, name) in ["mmm", "aaa", "zzz", "bbb", "yyy", "ccc"].into_iter().enumerate() {
        live.insert(0, anna.new_workspace(name).await?);
        ben.new_workspace(name).await?;
        if number % 2 == 0 {
            context.next_second().await;
        }
    }
    let owned = |live: &[Id]| live.iter().cloned().map(|id| (id, Role::Owner)).collect::<Vec<_>>();
    let check = async |live: &[Id], what: &str| {
        let expected = owned(live);
        let expected: Vec<_> = expected.iter().map(|(id, role)| (id, *role)).collect();
        lists(&anna, &expected, what).await
    };
    check(&live, "after creation").await?;
    anna.rename(&live[4], &json!({"name": "renamed"})).await.expect_status(ORDER, &[200]).in_setup()?;
    check(&live, "after a rename").await?;
    anna.activate_ok(&live[2]).await?;
    anna.push_ok(&live[2], &[anna.put("threads", "pk")], ORDER).await.in_setup()?;
    check(&live, "after an activation and a push").await?;
    anna.delete_workspace_ok(&live[1], ORDER).await.in_setup()?;
    live.remove(1);
    anna.delete_workspace_ok(&live[3], ORDER).await.in_setup()?;
    live.remove(3);
    check(&live, "after two deletions").await?;
    live.insert(0, anna.new_workspace("nnn").await?);
    check(&live, "after one more creation").await?;
    check(&live, "when it is read again").await
}

async fn order_of_member(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let ben = context.user("ben").await?;
    // Joined in the order of creation, since "newest" might be taken for either.
    let shared = anna.new_workspace("shared").await?;
    anna.invite(&shared, &ben, Role::Editor).await?;
    context.next_second().await;
    let bens = ben.new_workspace("own").await?;
    let secret = anna.new_workspace("secret").await?;
    let later = anna.new_workspace("later").await?;
    anna.invite(&later, &ben, Role::Viewer).await?;
    context.next_second().await;
    let last = ben.new_workspace("last").await?;
    let owner = Role::Owner;
    let expected =
        [(&last, owner), (&later, Role::Viewer), (&bens, owner), (&shared, Role::Editor), (&ben.home, owner)];
    lists(&ben, &expected, "with joined ones among them").await?;
    let expected = [(&later, owner), (&secret, owner), (&shared, owner), (&anna.home, owner)];
    lists(&anna, &expected, "after two invitations").await?;
    anna.delete_workspace_ok(&later, ORDER).await.in_setup()?;
    let expected = [(&last, owner), (&bens, owner), (&shared, Role::Editor), (&ben.home, owner)];
    lists(&ben, &expected, "after the deletion of a joined one").await
}

async fn active_entry(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let mut places = vec![anna.home.clone()];
    anna.is_active_in(&anna.home, Role::Owner, ACTIVE).await?;
    for name in ["one", "two", "three"] {
        places.push(anna.new_workspace(name).await?);
        anna.place(ACTIVE).await?;
    }
    for index in [1, 3, 0, 2, 2, 0] {
        anna.activate_ok(&places[index]).await?;
        anna.is_active_in(&places[index], Role::Owner, ACTIVE).await?;
        anna.on_new_connections()?.is_active_in(&places[index], Role::Owner, ACTIVE).await?;
    }
    // The list alone, as the very next request after an activation.
    for index in [1, 3, 0] {
        anna.activate_ok(&places[index]).await?;
        let (list, answer) = anna.workspaces(ACTIVE).await?;
        let active: Vec<&Id> = list.iter().filter(|entry| entry.is_active).map(|entry| &entry.id).collect();
        answer.equal(ACTIVE, "the list after an activation marks another entry", [&places[index]], active)?;
    }
    Ok(())
}

async fn at_one_instant(context: Context) -> Checked {
    const REQUIREMENT: &str = "workspace.create-concurrently";
    const AT_ONCE: usize = 20;
    let anna = context.user("anna").await?;
    let ben = context.user("ben").await?;
    let mut expected = vec![anna.home.to_string()];
    for round in 0..3 {
        let requests = (0..AT_ONCE).map(|number| {
            let name = if round == 1 { "all the same".to_owned() } else { format!("{round}-{number}") };
            (anna.client().clone(), Request::post(endpoint::CREATE_WORKSPACE.path, &json!({"name": name})))
        });
        let answers = send_together(requests.collect()).await?;
        for (number, answer) in answers.iter().enumerate() {
            let id = answer.read::<CreatedAnswer>(REQUIREMENT)?.id;
            let new = !expected.contains(&id.to_string());
            answer.ensure(REQUIREMENT, new, "two creations got one id", "ids of their own", id.to_string())?;
            expected.push(id.to_string());
            let (list, answer) = anna.workspaces(REQUIREMENT).await?;
            let name = list.iter().find(|entry| entry.id == id).map(|entry| entry.name.clone());
            let wanted = if round == 1 { "all the same".to_owned() } else { format!("{round}-{number}") };
            answer.equal(REQUIREMENT, "a creation shows under another name, or not at all", Some(wanted), name)?;
        }
        let place = anna.place(REQUIREMENT).await?;
        let listed: BTreeSet<String> = place.ids().iter().map(Id::to_string).collect();
        let wanted: BTreeSet<String> = expected.iter().cloned().collect();
        place.answer.equal(REQUIREMENT, "the list is not exactly what was created", wanted, listed)?;
    }
    let place = ben.is_active_in(&ben.home, Role::Owner, REQUIREMENT).await?;
    place.answer.equal(REQUIREMENT, "another's creations show in a list", [&ben.home], place.ids())
}

async fn hostile(context: Context) -> Checked {
    const REQUIREMENT: &str = "http.hostile-keys";
    let anna = context.user("anna").await?;
    let shown = |list: &[syncproof_protocol::wire::Workspace], id: &Id| -> Value {
        json!(list.iter().find(|entry| entry.id == *id).map(|entry| (&entry.name, &entry.description)))
    };
    let mut before = anna.place(REQUIREMENT).await?;
    for name in hostile_texts(&Group::ANYWHERE).filter(|text| is_name(text)) {
        let answer = anna.create(&json!({"name": name, "description": name})).await;
        if answer.status().is_some_and(|status| (400..500).contains(&status)) {
            let after = anna.place(REQUIREMENT).await?;
            let message = format!("the refused name {name:?} changed the list");
            after.answer.equal(REQUIREMENT, message, before.entries(), after.entries())?;
            continue;
        }
        let id = answer.read::<CreatedAnswer>(REQUIREMENT)?.id;
        let (list, told) = anna.workspaces(REQUIREMENT).await?;
        told.equal(REQUIREMENT, "a name or description comes back changed", json!([name, name]), shown(&list, &id))?;
        // The same by renaming, and in the session.
        let renamed = format!("{name} again");
        let answer = anna.rename(&id, &json!({"name": renamed, "description": name})).await;
        if answer.status().is_none_or(|status| !(400..500).contains(&status)) {
            answer.expect_status(REQUIREMENT, &[200])?;
            let (list, told) = anna.workspaces(REQUIREMENT).await?;
            told.equal(REQUIREMENT, "a name comes back changed", json!([renamed, name]), shown(&list, &id))?;
        }
        anna.activate_ok(&id).await?;
        before = anna.is_active_in(&id, Role::Owner, REQUIREMENT).await?;
    }
    let hostile_keys = r#"{"name": "plain", "__proto__": {"role": "viewer"}, "constructor": {"prototype": {"x": 1}}}"#;
    let request =
        Request::raw(reqwest::Method::POST, endpoint::CREATE_WORKSPACE.path, Some(hostile_keys.as_bytes().to_vec()));
    let answer = anna.send(request).await;
    if answer.status().is_none_or(|status| !(400..500).contains(&status)) {
        answer.read::<CreatedAnswer>(REQUIREMENT)?;
        let place = anna.place(REQUIREMENT).await?;
        let owned = place.list.iter().all(|entry| entry.role == Role::Owner);
        place.answer.ensure(REQUIREMENT, owned, "a key changed a role", "owner everywhere", place.answer.outcome())?;
    }
    anna.send(Request::get(endpoint::LIST_WORKSPACES.path)).await.read::<WorkspacesAnswer>(REQUIREMENT)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds_64(make: impl Fn(u64) -> String) -> bool {
        bits(&(0..21).map(make).collect::<Vec<_>>()) >= 58.0
    }

    #[test]
    fn random_ids_pass_and_counted_ones_do_not() {
        let random = || uuid::Uuid::new_v4();
        assert!(holds_64(|_| random().to_string()));
        assert!(holds_64(|_| format!("ws_{}", random().simple())));
        assert!(holds_64(|_| (random().as_u128() as u64 | 1 << 63).to_string()));
        // A UUID of version 7: 48 bits of time, then 74 random ones.
        assert!(holds_64(|number| format!("0198a0b1-c2d{:x}-7{}", number % 16, &random().to_string()[15..])));
        assert!(!holds_64(|number| number.to_string()));
        assert!(!holds_64(|number| format!("00000000-0000-4000-8000-{number:012x}")));
        assert!(!holds_64(|number| (1_750_000_000_000 + number * 977).to_string()));
        assert!(!holds_64(|_| random().simple().to_string()[..8].to_owned()));
    }
}
