//! Several processes on one store: logins, workspaces and roles are the same at each of them.
//!
//! An instance with a stale cache answers differently only to users who have asked it before, so these cases ask every
//! instance before a change and again after it.

use std::collections::BTreeSet;

use crate::prelude::*;
use crate::session::login::{ask_session, session_of};
use crate::support::server_fixture::Instances;
use syncproof_harness::client::Client;
use syncproof_protocol::endpoint;
use syncproof_protocol::wire::WorkspacesAnswer;

const ACROSS: &str = "session.concurrent-across-instances";
const REHOMES: &str = "workspace.delete-rehomes-all";
const ROLE: &str = "member.role-change-at-once";
const REMOVED: &str = "member.removed-at-once";

cases! {
    /// First requests of an identity come to all instances at one instant, few and many, in several rounds.
    "instances/first-requests-at-all" checks [ACROSS] needs [Instances] by first_requests;
    /// Twenty identities come to every instance at one instant.
    "instances/many-newcomers-at-all" checks [ACROSS] needs [Instances] by many_newcomers;
    /// An identity comes to one instance and then to the others: the same user and workspace.
    "instances/first-here-then-there" checks ["session.stable", ACROSS] needs [Instances] by one_by_one;
    /// Creates, renames and activates at one instance: the next request to another shows it.
    "instances/changes-show-at-all"
        checks ["workspace.activate-switches-session", "workspace.create-makes-owner", "workspace.rename"] needs [Instances]
        by changes;
    /// A workspace is deleted at one instance: its members have left it at all others, and cannot sync there.
    "instances/deletion-rehomes-at-all"
        checks [REHOMES, "workspace.delete-closes-sync"] needs [Instances, Invite] by deletion;
    /// A role is changed and a member removed at one instance: the next request to another is judged by it.
    "instances/roles-count-at-all" checks [ROLE, REMOVED] needs [Instances, Members] by roles;
}

/// Judges the answers of one identity's burst, sessions and lists, and then what each instance shows: one user, and one
/// workspace. Returns them.
async fn one_of_each(clients: &[Client], answers: &[Answer]) -> Checked<(Id, Id)> {
    let mut after = Vec::new();
    for client in clients {
        let client = client.on_new_connections().map_err(Stop::Skipped)?;
        after.push(ask_session(&client).await);
        after.push(client.send(Request::get(endpoint::LIST_WORKSPACES.path)).await);
    }
    let mut login: Option<(Id, Id)> = None;
    let mut listed = Vec::new();
    for answer in answers.iter().chain(&after) {
        if answer.exchange().path == endpoint::CREATE_WORKSPACE.path {
            let list = answer.read::<WorkspacesAnswer>(ACROSS)?.workspaces;
            let ids: Vec<Id> = list.into_iter().map(|entry| entry.id).collect();
            answer.equal(ACROSS, "a new user's list does not hold exactly one workspace", 1, ids.len())?;
            listed.push((ids, answer));
            continue;
        }
        let session = session_of(answer, ACROSS)?;
        let Some(workspace) = session.workspace.map(|workspace| workspace.id) else {
            return Err(answer.fails(ACROSS, "a first session names no workspace", "a workspace", answer.outcome()));
        };
        let (user, home) = login.get_or_insert_with(|| (session.user.id.clone(), workspace.clone()));
        answer.equal(ACROSS, "the instances show different users for one identity", &*user, &session.user.id)?;
        answer.equal(ACROSS, "the instances show different default workspaces", &*home, &workspace)?;
    }
    let login = login.ok_or_else(|| Stop::Skipped("no session was asked for".to_owned()))?;
    for (ids, answer) in listed {
        answer.equal(ACROSS, "an instance lists another workspace than the sessions name", [&login.1], ids)?;
    }
    Ok(login)
}

async fn first_requests(context: Context) -> Checked {
    let instances = Instances::open(&context, ACROSS).await?;
    for (each, rounds) in [(1, 12), (4, 4), (16, 1)] {
        for round in 0..rounds {
            let (_, client) = context.newcomer("newcomer").await?;
            let clients = instances.spread(&client, each * instances.bases.len())?;
            let requests = clients.into_iter().enumerate().map(|(number, client)| {
                // Every third round asks for lists beside sessions.
                let lists = round % 3 == 2 && number % 3 == 1;
                (client, Request::get(if lists { endpoint::CREATE_WORKSPACE.path } else { endpoint::SESSION.path }))
            });
            let answers = send_together(requests.collect()).await?;
            let clients = instances.spread(&client, instances.bases.len())?;
            one_of_each(&clients, &answers).await?;
        }
    }
    Ok(())
}

async fn many_newcomers(context: Context) -> Checked {
    let instances = Instances::open(&context, ACROSS).await?;
    let mut newcomers = Vec::new();
    for _ in 0..20 {
        newcomers.push(instances.newcomer(&context).await?.1);
    }
    let requests: Vec<_> =
        newcomers.iter().flatten().map(|client| (client.clone(), Request::get(endpoint::SESSION.path))).collect();
    let answers = send_together(requests).await?;
    let (mut users, mut homes) = (BTreeSet::new(), BTreeSet::new());
    for (clients, answers) in newcomers.iter().zip(answers.chunks(instances.bases.len())) {
        let (user, home) = one_of_each(clients, answers).await?;
        let new = users.insert(user.to_string()) && homes.insert(home.to_string());
        let message = "two users who log in for the first time at one instant share a user id or a workspace";
        answers[0].ensure(
            ACROSS,
            new,
            message,
            "a user id and a workspace of their own",
            format!("user {user}, workspace {home}"),
        )?;
    }
    Ok(())
}

async fn one_by_one(context: Context) -> Checked {
    let instances = Instances::open(&context, "session.stable").await?;
    for first in 0..instances.bases.len() * 2 {
        let (_, mut clients) = instances.newcomer(&context).await?;
        let count = clients.len();
        clients.rotate_left(first % count);
        let mut answers = Vec::new();
        for client in &clients {
            answers.push(ask_session(client).await);
        }
        one_of_each(&clients, &answers).await?;
    }
    Ok(())
}

/// The user at each instance, after a request to each for the session and the workspaces.
async fn known_at_all(instances: &Instances, user: &User) -> Checked<Vec<User>> {
    let mut everywhere = Vec::new();
    for base in &instances.bases {
        let user = user.at(base)?;
        user.place("session.stable").await.in_setup()?;
        everywhere.push(user);
    }
    Ok(everywhere)
}

async fn changes(context: Context) -> Checked {
    const SWITCHES: &str = "workspace.activate-switches-session";
    let instances = Instances::open(&context, SWITCHES).await?;
    let anna = context.user_at("anna", instances.base(0)).await?;
    for round in 0..6 {
        let everywhere = known_at_all(&instances, &anna).await?;
        let here = &everywhere[round % everywhere.len()];
        let created = here.new_workspace(&format!("first {round}")).await?;
        for user in &everywhere {
            let place = user.place("workspace.create-makes-owner").await?;
            let role = place.entry(&created).map(|entry| entry.role);
            let message = "a workspace that was created at one instance is not in the list of another";
            place.answer.equal("workspace.create-makes-owner", message, Some(Role::Owner), role)?;
        }
        let name = format!("second {round}");
        here.rename_ok(&created, &json!({"name": name}), "workspace.rename").await.in_setup()?;
        for user in &everywhere {
            let place = user.place("workspace.rename").await?;
            let shown = place.entry(&created).map(|entry| entry.name.as_str());
            let message = "a name that was changed at one instance is not shown by another";
            place.answer.equal("workspace.rename", message, Some(name.as_str()), shown)?;
        }
        for target in [&created, &anna.home] {
            here.activate_ok(target).await?;
            for user in &everywhere {
                user.is_active_in(target, Role::Owner, SWITCHES).await?;
            }
        }
    }
    Ok(())
}

async fn deletion(context: Context) -> Checked {
    let instances = Instances::open(&context, REHOMES).await?;
    instances.can_invite(&context)?;
    let anna = context.user_at("anna", instances.base(0)).await?;
    for round in 0..4 {
        let ben = context.user_at("ben", instances.base(round)).await?;
        let doomed = anna.at(instances.base(round))?.new_workspace("doomed").await?;
        anna.invite(&doomed, &ben, [Role::Editor, Role::Viewer][round % 2]).await?;
        ben.activate_ok(&doomed).await?;
        let known = anna.put("threads", "pk");
        anna.push_ok(&doomed, std::slice::from_ref(&known), REHOMES).await.in_setup()?;
        let members = known_at_all(&instances, &ben).await?;
        let owners = known_at_all(&instances, &anna).await?;
        for user in members.iter().chain(&owners) {
            user.pull(&doomed, 0, 10).await?.expect_status("pull.after-cursor", &[200]).in_setup()?;
        }
        owners[round % owners.len()].delete_workspace_ok(&doomed, REHOMES).await?;
        for user in members.iter().chain(&owners) {
            user.has_left(&[&doomed], REHOMES).await?;
            for answer in user.sync_all_unactivated(&doomed, std::slice::from_ref(&known)).await {
                answer.expect_status("workspace.delete-closes-sync", &[403, 404, 410])?;
            }
        }
    }
    Ok(())
}

async fn roles(context: Context) -> Checked {
    let instances = Instances::open(&context, ROLE).await?;
    let anna = context.user_at("anna", instances.base(0)).await?;
    for round in 0..3 {
        let ben = context.user_at("ben", instances.base(round)).await?;
        anna.invite(&anna.home, &ben, Role::Editor).await?;
        ben.activate_ok(&anna.home).await?;
        let members = known_at_all(&instances, &ben).await?;
        let here = anna.at(instances.base(round))?;
        for (number, (role, writes)) in
            [(Role::Viewer, false), (Role::Editor, true), (Role::Viewer, false)].into_iter().enumerate()
        {
            here.set_role_ok(&anna.home, &ben.id, role.name(), ROLE).await?;
            for (place, member) in members.iter().enumerate() {
                let op = member.put("threads", &format!("{round}-{number}-{place}"));
                let answer = member.push_unactivated(&anna.home, &[op]).await;
                answer.expect_status(ROLE, if writes { &[200] } else { &[403] })?;
                member.is_active_in(&anna.home, role, ROLE).await?;
            }
        }
        here.remove_member_ok(&anna.home, &ben.id, REMOVED).await?;
        for member in &members {
            member.pull_unactivated(&anna.home, 0, 10).await.expect_forbidden(REMOVED)?;
            member.has_left(&[&anna.home], REMOVED).await?;
        }
    }
    Ok(())
}
