//! Workspaces: creating them, and the list.

use std::collections::BTreeSet;

use crate::prelude::*;
use syncproof_harness::entropy;
use syncproof_protocol::family::{hostile_texts, is_name, may_be_refused};

const CREATE: &str = "workspace.create-makes-owner";
const UNGUESSABLE: &str = "workspace.ids-unguessable";
const ORDER: &str = "workspace.list-order";
const ACTIVE: &str = "workspace.list-active";
const REPEAT: &str = "workspace.names-may-repeat";
const AT_ONCE: &str = "workspace.create-concurrently";
const HOSTILE: &str = "http.hostile-keys";

cases! {
    /// A new workspace stands in its creator's list as owned, can be activated and synced, and is nobody else's.
    "workspace/create-makes-owner" checks [CREATE, ACTIVE] by create;
    /// Fields such as id, role, ownerId or deleted in the body of a creation change nothing.
    "workspace/create-takes-no-other-fields" checks [CREATE, UNGUESSABLE] by mass_assignment;
    /// Twenty ids of workspaces differ in enough places to hold 64 random bits.
    "workspace/ids-look-random" checks [UNGUESSABLE] by ids;
    /// One user and two users have workspaces of one name, by creation and by renaming.
    "workspace/names-may-repeat" checks [REPEAT, "workspace.rename", CREATE] by same_names;
    /// The list is newest first and complete, and stays so after renames, activations and deletions.
    "workspace/list-newest-first" checks [ORDER] by order;
    /// The list of a member mixes owned and joined workspaces, each with the member's role, and nothing else.
    "workspace/list-newest-first-for-members" checks [ORDER] needs [Invite] by order_of_member;
    /// Wherever the session stands, that entry of the list is active and no other.
    "workspace/list-marks-the-active-one" checks [ACTIVE, "workspace.activate-switches-session"] by active_entry;
    /// Twenty creations by one user at one instant all succeed and all show, each once.
    "workspace/created-at-once" checks [AT_ONCE] by at_one_instant;
    /// Names with quotes, SQL, emoji, prototypes and control characters come back as they came, or get a 4xx.
    "workspace/hostile-names" checks [HOSTILE] by hostile;
}

/// Asks for a workspace with that body, which has to be created.
async fn created(user: &User, body: &Value, requirement: &'static str) -> Checked<Id> {
    Ok(user.create(body).await.read::<CreatedAnswer>(requirement)?.id)
}

async fn create(context: Context) -> Checked {
    let [anna, ben] = users(&context, ["anna", "ben"]).await?;
    let answer = anna.create(&json!({"name": "Second", "description": "The other one"})).await;
    let second = answer.read::<CreatedAnswer>(CREATE)?.id;
    let message = "a new workspace has the id of the default one, and should have one of its own";
    answer.ensure(CREATE, second != anna.home, message, "a new id", second.to_string())?;
    let place = anna.place(CREATE).await?;
    let Some(entry) = place.entry(&second) else {
        return Err(place.answer.fails(
            CREATE,
            "a new workspace is not in the list of its creator",
            second.to_string(),
            "no entry",
        ));
    };
    let shown = |name, description, role| json!({"name": name, "description": description, "role": role});
    let expected = shown("Second", Some("The other one"), Role::Owner);
    let actual = shown(&entry.name, entry.description.as_deref(), entry.role);
    let message = "the list shows the new workspace with other name, description or role";
    place.answer.equal(CREATE, message, expected, actual)?;
    let both = place.list.len() == 2 && place.entry(&anna.home).is_some_and(|entry| entry.role == Role::Owner);
    place.answer.check(
        CREATE,
        both,
        "the list should be the default workspace and the new one, both as owner, and is not",
        "two owned entries",
    )?;
    anna.activate_ok(&second).await?;
    anna.is_active_in(&second, Role::Owner, CREATE).await?;
    let mut journal = Journal { workspace: second.clone(), ..Journal::of(anna.clone(), CREATE) };
    journal.holds().await?;
    journal.push_ok(&[anna.put("threads", "pk")]).await?;
    journal.holds().await?;
    anna.holds(&anna.home, &[], CREATE).await?;
    if context.has(Capability::Members) {
        let members = anna.members(&second).await;
        is_only_member(&members, &anna.id, CREATE, "the creator is not the only member of the new workspace")?;
    }
    let without = created(&anna, &json!({"name": "Third"}), CREATE).await?;
    let place = anna.place(CREATE).await?;
    let description = place.entry(&without).and_then(|entry| entry.description.as_deref()).unwrap_or_default();
    place.answer.equal(CREATE, "the list shows a description, though none was sent", "", description)?;
    has_only_home(&ben, CREATE, "a user's list has a workspace that another user created").await
}

async fn mass_assignment(context: Context) -> Checked {
    let [anna, ben] = users(&context, ["anna", "ben"]).await?;
    let chosen = anna.home.unknown_alike();
    let bodies = [
        json!({"name": "mine", "id": ben.home, "workspaceId": ben.home}),
        json!({"name": "mine", "id": chosen}),
        json!({"name": "mine", "userId": ben.id, "user_id": ben.id, "ownerId": ben.id, "owner_user_id": ben.id}),
        json!({"name": "mine", "role": "viewer", "deleted": true, "isActive": true, "createdAt": 1, "created_at": 1}),
        json!({"name": "mine", "members": [{"userId": ben.id, "role": "owner"}]}),
    ];
    let mut owned = vec![anna.home.clone()];
    for body in bodies {
        let answer = anna.create(&body).await;
        // A server may refuse fields that it does not know.
        if !answer.is(&[400]) {
            let id = answer.read::<CreatedAnswer>(CREATE)?.id;
            let message = "a new workspace has an id that is in use, and should have a new one";
            answer.ensure(CREATE, id != ben.home && !owned.contains(&id), message, "a new id", id.to_string())?;
            let message = "a new workspace has the id that its client sent, and should have a random one";
            context.check_should(answer.ensure(UNGUESSABLE, id != chosen, message, "a random id", id.to_string()));
            owned.push(id);
        }
        let place = anna.place(CREATE).await?;
        let as_owner = place.list.iter().filter(|entry| entry.role == Role::Owner).count();
        let message = "the list has other workspaces than the created ones and the home, each as owner";
        let in_words = |listed: usize, as_owner: usize| format!("{listed} listed, {as_owner} of them as owner");
        let expected = in_words(owned.len(), owned.len());
        place.answer.equal(CREATE, message, expected, in_words(place.list.len(), as_owner))?;
        has_only_home(&ben, CREATE, "a user's list has a workspace that another user created").await?;
    }
    Ok(())
}

async fn ids(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let mut ids = vec![anna.home.to_string()];
    for number in 0..20 {
        ids.push(anna.new_workspace(&format!("number {number}")).await?.to_string());
    }
    let (_, answer) = anna.workspaces(UNGUESSABLE).await?;
    let bits = entropy::bits(&ids);
    // Ids of 64 random bits in decimals differ in 18 or 19 places.
    let message = "ids of workspaces should hold at least 64 random bits, and hold fewer";
    let actual = format!("room for about {bits:.0} bits in ids such as {}, {}", ids[ids.len() - 2], ids[ids.len() - 1]);
    context.check_should(answer.ensure(UNGUESSABLE, bits >= 58.0, message, "at least 64 random bits", actual));
    Ok(())
}

async fn same_names(context: Context) -> Checked {
    const RENAME: &str = "workspace.rename";
    let [anna, ben] = users(&context, ["anna", "ben"]).await?;
    let name = context.name("twins");
    let mut expected = Vec::new();
    for _ in 0..3 {
        expected.push(created(&anna, &json!({"name": name}), REPEAT).await?);
    }
    let bens = created(&ben, &json!({"name": name}), REPEAT).await?;
    for (user, workspace) in [(&anna, &anna.home), (&ben, &ben.home)] {
        user.rename(workspace, &json!({"name": name})).await.expect_status(REPEAT, &[200])?;
    }
    expected.push(anna.home.clone());
    for (user, expected) in [(&anna, expected), (&ben, vec![bens, ben.home.clone()])] {
        let place = user.place(REPEAT).await?;
        // The order is another requirement's.
        let message = "the list does not show every workspace of one name";
        place.answer.equal(REPEAT, message, sorted(&expected), sorted(&place.ids()))?;
        let names: Vec<&str> = place.list.iter().map(|entry| entry.name.as_str()).collect();
        let message = "the list shows a workspace under another name, since others have the same";
        place.answer.equal(REPEAT, message, vec![name.as_str(); place.list.len()], names)?;
    }
    anna.rename(&anna.home, &json!({"name": "parted"})).await.expect_status(RENAME, &[200])?;
    let place = anna.place(RENAME).await?;
    let renamed: Vec<&Id> = place.list.iter().filter(|entry| entry.name == "parted").map(|entry| &entry.id).collect();
    place.answer.equal(RENAME, "a rename did not rename just one of several with the same name", [&anna.home], renamed)
}

fn sorted(ids: &[Id]) -> BTreeSet<String> {
    ids.iter().map(Id::to_string).collect()
}

/// Checks that a user's list is exactly this, in this order. Entries with the same time of creation may be in any order
/// among themselves, since a server may count whole seconds.
async fn lists(user: &User, expected: &[(&Id, Role)], what: &str) -> Checked {
    let mut place = user.place(ORDER).await?;
    let rank = |entry: &Workspace| expected.iter().position(|(id, _)| **id == entry.id);
    for same_moment in place.list.chunk_by_mut(|left, right| left.created_at == right.created_at) {
        same_moment.sort_by_key(rank);
    }
    let actual: Vec<_> = place.list.iter().map(|entry| (&entry.id, entry.role)).collect();
    let message = format!("{what}, the list is not every workspace of the user, newest first");
    place.answer.equal(ORDER, message, expected, actual)
}

/// As [`lists`], of workspaces that the user owns.
pub(crate) async fn lists_own(user: &User, live: &[Id], what: &str) -> Checked {
    lists(user, &live.iter().map(|id| (id, Role::Owner)).collect::<Vec<_>>(), what).await
}

async fn order(context: Context) -> Checked {
    let [anna, ben] = users(&context, ["anna", "ben"]).await?;
    let mut live = vec![anna.home.clone()];
    // Neither in alphabetical order nor in reverse.
    for (number, name) in ["mmm", "aaa", "zzz", "bbb", "yyy", "ccc"].into_iter().enumerate() {
        live.insert(0, anna.new_workspace(name).await?);
        ben.new_workspace(name).await?;
        if number % 2 == 0 {
            context.next_second().await;
        }
    }
    lists_own(&anna, &live, "after creation").await?;
    anna.rename(&live[4], &json!({"name": "renamed"})).await.expect_status(ORDER, &[200]).in_setup()?;
    lists_own(&anna, &live, "after a rename").await?;
    anna.activate_ok(&live[2]).await?;
    anna.push_ok(&live[2], &[anna.put("threads", "pk")], ORDER).await.in_setup()?;
    lists_own(&anna, &live, "after an activation and a push").await?;
    anna.delete_workspace_ok(&live[1], ORDER).await.in_setup()?;
    live.remove(1);
    anna.delete_workspace_ok(&live[3], ORDER).await.in_setup()?;
    live.remove(3);
    lists_own(&anna, &live, "after two deletions").await?;
    live.insert(0, anna.new_workspace("nnn").await?);
    lists_own(&anna, &live, "after one more creation").await?;
    lists_own(&anna, &live, "when read again").await
}

async fn order_of_member(context: Context) -> Checked {
    let [anna, ben] = users(&context, ["anna", "ben"]).await?;
    // Joined in the order of creation, since the newest might be the last created or the last joined.
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
    lists(&ben, &expected, "with own and joined workspaces").await?;
    let expected = [(&later, owner), (&secret, owner), (&shared, owner), (&anna.home, owner)];
    lists(&anna, &expected, "after two invitations").await?;
    anna.delete_workspace_ok(&later, ORDER).await.in_setup()?;
    let expected = [(&last, owner), (&bens, owner), (&shared, Role::Editor), (&ben.home, owner)];
    lists(&ben, &expected, "after the deletion of a joined workspace").await
}

async fn active_entry(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let mut all = vec![anna.home.clone()];
    anna.is_active_in(&anna.home, Role::Owner, ACTIVE).await?;
    for name in ["one", "two", "three"] {
        all.push(anna.new_workspace(name).await?);
        anna.place(ACTIVE).await?;
    }
    for index in [1, 3, 0, 2, 2, 0] {
        anna.activate_ok(&all[index]).await?;
        anna.is_active_in(&all[index], Role::Owner, ACTIVE).await?;
        anna.on_new_connections()?.is_active_in(&all[index], Role::Owner, ACTIVE).await?;
    }
    // The list as the very next request after an activation.
    for index in [1, 3, 0] {
        anna.activate_ok(&all[index]).await?;
        let (list, answer) = anna.workspaces(ACTIVE).await?;
        let active: Vec<&Id> = list.iter().filter(|entry| entry.is_active).map(|entry| &entry.id).collect();
        answer.equal(ACTIVE, "the list after an activation marks other entries as active", [&all[index]], active)?;
    }
    Ok(())
}

async fn at_one_instant(context: Context) -> Checked {
    let [anna, ben] = users(&context, ["anna", "ben"]).await?;
    let mut expected = vec![anna.home.clone()];
    for round in 0..3 {
        let rule = if round == 1 { REPEAT } else { AT_ONCE };
        let name = |number| if round == 1 { "all the same".to_owned() } else { format!("{round}-{number}") };
        let requests = (0..20).map(|number| {
            (anna.client().clone(), Request::post(endpoint::CREATE_WORKSPACE.path, &json!({"name": name(number)})))
        });
        for (number, answer) in send_together(requests.collect()).await?.iter().enumerate() {
            let id = answer.read::<CreatedAnswer>(rule)?.id;
            let new = !expected.contains(&id);
            answer.ensure(
                AT_ONCE,
                new,
                "two concurrent creations got one id, and should get one each",
                "an id for each",
                id.to_string(),
            )?;
            let (list, answer) = anna.workspaces(AT_ONCE).await?;
            let listed = list.iter().find(|entry| entry.id == id).map(|entry| entry.name.clone());
            let message = "the list shows a new workspace under another name, or not at all";
            answer.equal(AT_ONCE, message, Some(name(number)), listed)?;
            expected.push(id);
        }
        let place = anna.place(AT_ONCE).await?;
        let message = "the list is not exactly what was created";
        place.answer.equal(AT_ONCE, message, sorted(&expected), sorted(&place.ids()))?;
    }
    has_only_home(&ben, AT_ONCE, "a user's list has a workspace that another user created").await
}

/// Checks that the list shows a workspace with that name and description.
async fn shows(user: &User, id: &Id, name: &str, description: &str) -> Checked {
    let (list, answer) = user.workspaces(HOSTILE).await?;
    let entry = list.iter().find(|entry| entry.id == *id);
    let shown = entry.map(|entry| json!({"name": entry.name, "description": entry.description}));
    let message = "the list does not show name and description as they were sent";
    answer.equal(HOSTILE, message, json!({"name": name, "description": description}), shown)
}

async fn hostile(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let mut before = anna.place(HOSTILE).await?;
    for name in hostile_texts().filter(|text| is_name(text) && may_be_refused(text)) {
        let answer = anna.create(&json!({"name": name, "description": name})).await;
        if answer.is_4xx() {
            list_is_unchanged(&anna, &before, HOSTILE, format!("the refused name {name:?} changed the list")).await?;
            continue;
        }
        let id = answer.read::<CreatedAnswer>(HOSTILE)?.id;
        shows(&anna, &id, name, name).await?;
        // The same by renaming, and in the session.
        let renamed = format!("{name} again");
        let answer = anna.rename(&id, &json!({"name": renamed, "description": name})).await;
        if !answer.is_4xx() {
            answer.expect_status(HOSTILE, &[200])?;
            shows(&anna, &id, &renamed, name).await?;
        }
        anna.activate_ok(&id).await?;
        before = anna.is_active_in(&id, Role::Owner, HOSTILE).await?;
    }
    let hostile_keys = r#"{"name": "plain", "__proto__": {"role": "viewer"}, "constructor": {"prototype": {"x": 1}}}"#;
    let request = Request::raw(reqwest::Method::POST, endpoint::CREATE_WORKSPACE.path, Some(hostile_keys.into()));
    let answer = anna.send(request).await;
    if !answer.is_4xx() {
        answer.read::<CreatedAnswer>(HOSTILE)?;
        let place = anna.place(HOSTILE).await?;
        let owned = place.list.iter().all(|entry| entry.role == Role::Owner);
        place.answer.check(
            HOSTILE,
            owned,
            "after a body with the key `__proto__`, the creator should be owner in the whole list, and is not",
            "owner everywhere",
        )?;
    }
    anna.send(Request::get(endpoint::LIST_WORKSPACES.path)).await.read::<WorkspacesAnswer>(HOSTILE).map(drop)
}
