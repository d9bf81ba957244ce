//! Concurrent logins: however many first requests of an identity come at one instant, one user and one default
//! workspace come of it, and every request is answered as if it had come alone.
//!
//! A server that looks first and inserts then fails only when two requests meet between the two, so every case is
//! played in several rounds, each with newcomers.

use std::collections::BTreeSet;

use serde_json::json;

use crate::session::login::{ask_session, session_of};
use syncproof_harness::cases;
use syncproof_harness::client::{Answer, Client, Request};
use syncproof_harness::credential::Identity;
use syncproof_harness::world::{Context, send_together};
use syncproof_protocol::endpoint;
use syncproof_protocol::failure::{Checked, Stop};
use syncproof_protocol::wire::{CreatedAnswer, Id, SessionAnswer, WorkspacesAnswer};

const ONE_USER: &str = "session.concurrent-one-user";
const ONE_WORKSPACE: &str = "session.concurrent-one-workspace";
const ALL_SUCCEED: &str = "session.concurrent-all-succeed";
const ALL: &[&str] = &[ONE_USER, ONE_WORKSPACE, ALL_SUCCEED];

cases! {
    /// Two first sessions of an identity at one instant, in sixteen rounds.
    "session/two-first-requests-at-once" checks ALL by rounds(16, 2);
    /// Eight first sessions of an identity at one instant, in six rounds.
    "session/eight-first-requests-at-once" checks ALL by rounds(6, 8);
    /// Fifty first sessions of an identity at one instant, in two rounds.
    "session/fifty-first-requests-at-once" checks ALL by rounds(2, 50);
    /// First requests to session, list and create at one instant, in six rounds.
    "session/first-requests-to-mixed-endpoints-at-once" checks ALL by mixed;
    /// Six first requests at one instant, all for the list, in four rounds.
    "session/first-lists-at-once" checks ALL by lists;
    /// Thirty identities log in at one instant, three requests each.
    "session/many-newcomers-at-once" checks ALL by many;
    /// The same providerUserId logs in under two providers at one instant, in four rounds.
    "session/two-providers-at-once"
        checks ["session.identity-is-a-pair", ONE_USER, ONE_WORKSPACE, ALL_SUCCEED] needs [Providers] by two_providers;
}

fn session_request() -> Request {
    Request::get(endpoint::SESSION.path)
}

/// Keeps the first broken check of each requirement, and lets the case go on to the others: a burst that goes wrong
/// goes wrong in many answers.
fn keep(context: &Context, outcome: Checked) {
    if let Err(Stop::Failed(failure)) = &outcome
        && context.broken_shoulds().iter().all(|kept| kept.requirement != failure.requirement)
    {
        context.check_should(outcome);
    }
}

/// What the answers of one identity's burst have to have in common, whatever else they were asked for.
struct Login {
    user: Id,
    workspace: Id,
}

/// Judges the sessions of one burst of one identity. What is broken is kept and the case goes on, so that a report names
/// all three requirements where all three are broken.
fn judge(context: &Context, answers: &[Answer]) -> Option<Login> {
    let mut login: Option<Login> = None;
    for answer in answers {
        let session = match session_of(answer, ALL_SUCCEED) {
            Ok(session) => session,
            Err(stop) => {
                keep(context, Err(stop));
                continue;
            }
        };
        let Some(workspace) = session.workspace.map(|workspace| workspace.id) else {
            let message = "a first session names no workspace";
            keep(context, Err(answer.fails(ONE_WORKSPACE, message, "the default workspace", answer.outcome())));
            continue;
        };
        match &login {
            None => login = Some(Login { user: session.user.id, workspace }),
            Some(first) => {
                let message = "concurrent first sessions of one identity show different users";
                keep(context, answer.equal(ONE_USER, message, &first.user, &session.user.id));
                let message = "concurrent first sessions of one identity show different workspaces";
                keep(context, answer.equal(ONE_WORKSPACE, message, &first.workspace, &workspace));
            }
        }
    }
    login
}

/// Judges what is left after the burst: the same user as in it, and that default workspace beside `created` ones.
async fn settled(client: &Client, login: Option<&Login>, created: &[Id]) -> Checked {
    for _ in 0..2 {
        let client = client.on_new_connections().map_err(Stop::Skipped)?;
        let answer = ask_session(&client).await;
        let session = session_of(&answer, ALL_SUCCEED)?;
        let stands = session.workspace.map(|workspace| workspace.id);
        if let Some(login) = login {
            let message = "the session after the burst has another user than those in it";
            answer.equal(ONE_USER, message, &login.user, &session.user.id)?;
            // A server may stand a user in what they have just created.
            if created.is_empty() {
                let message = "the session after the burst stands in another workspace than those in it";
                answer.equal(ONE_WORKSPACE, message, Some(&login.workspace), stands.as_ref())?;
            }
        }
        let answer = client.send(Request::get(endpoint::LIST_WORKSPACES.path)).await;
        let list = answer.read::<WorkspacesAnswer>(ALL_SUCCEED)?.workspaces;
        let defaults: Vec<&Id> = list.iter().map(|entry| &entry.id).filter(|id| !created.contains(id)).collect();
        let message = "the list after the burst holds not exactly one default workspace";
        answer.equal(ONE_WORKSPACE, message, 1, defaults.len())?;
        let message = "a workspace created in the burst is missing from the list";
        answer.equal(ALL_SUCCEED, message, created.len() + 1, list.len())?;
        if let Some(login) = login.filter(|login| !created.contains(&login.workspace)) {
            let message = "the workspace left after the burst is not the one that its sessions named";
            answer.equal(ONE_WORKSPACE, message, [&login.workspace], defaults)?;
        }
    }
    Ok(())
}

async fn rounds(context: Context, rounds: usize, requests: usize) -> Checked {
    for _ in 0..rounds {
        let (_, client) = context.newcomer("newcomer").await?;
        let answers = send_together(vec![(client.clone(), session_request()); requests]).await?;
        let login = judge(&context, &answers);
        settled(&client, login.as_ref(), &[]).await?;
    }
    Ok(())
}

async fn mixed(context: Context) -> Checked {
    for _ in 0..6 {
        let (_, client) = context.newcomer("newcomer").await?;
        let requests = (0..9)
            .map(|number| match number % 3 {
                0 => session_request(),
                1 => Request::get(endpoint::LIST_WORKSPACES.path),
                _ => Request::post(endpoint::CREATE_WORKSPACE.path, &json!({"name": format!("created {number}")})),
            })
            .map(|request| (client.clone(), request));
        let answers = send_together(requests.collect()).await?;
        let (mut sessions, mut created) = (Vec::new(), Vec::new());
        for (number, answer) in answers.into_iter().enumerate() {
            match number % 3 {
                0 => sessions.push(answer),
                1 => keep(&context, answer.read::<WorkspacesAnswer>(ALL_SUCCEED).map(drop)),
                _ => match answer.read::<CreatedAnswer>(ALL_SUCCEED) {
                    Ok(answer) => created.push(answer.id),
                    Err(stop) => keep(&context, Err(stop)),
                },
            }
        }
        // Some servers activate what is created: their sessions may then name one of those.
        let strict = sessions.iter().all(|answer| {
            let session = answer.read::<SessionAnswer>(ALL_SUCCEED).ok().and_then(|answer| answer.session);
            session.and_then(|session| session.workspace).is_none_or(|workspace| !created.contains(&workspace.id))
        });
        if strict {
            let login = judge(&context, &sessions);
            settled(&client, login.as_ref(), &created).await?;
        } else {
            for answer in &sessions {
                keep(&context, session_of(answer, ALL_SUCCEED).map(drop));
            }
            let users: BTreeSet<String> = sessions
                .iter()
                .filter_map(|answer| session_of(answer, ALL_SUCCEED).ok())
                .map(|session| session.user.id.to_string())
                .collect();
            if let Some(answer) = sessions.first() {
                let message = "concurrent first sessions of one identity show different users";
                keep(&context, answer.equal(ONE_USER, message, 1, users.len()));
            }
            settled(&client, None, &created).await?;
        }
    }
    Ok(())
}

async fn lists(context: Context) -> Checked {
    for _ in 0..4 {
        let (_, client) = context.newcomer("newcomer").await?;
        let answers = send_together(vec![(client.clone(), Request::get(endpoint::LIST_WORKSPACES.path)); 6]).await?;
        let mut first: Option<Vec<Id>> = None;
        for answer in &answers {
            let list = match answer.read::<WorkspacesAnswer>(ALL_SUCCEED) {
                Ok(answer) => answer.workspaces,
                Err(stop) => {
                    keep(&context, Err(stop));
                    continue;
                }
            };
            let ids: Vec<Id> = list.into_iter().map(|entry| entry.id).collect();
            let message = "a concurrent first list does not hold exactly one workspace";
            keep(&context, answer.equal(ONE_WORKSPACE, message, 1, ids.len()));
            if let Some(first) = &first {
                let message = "concurrent first lists of one identity show different workspaces";
                keep(&context, answer.equal(ONE_WORKSPACE, message, first, &ids));
            } else {
                first = Some(ids);
            }
        }
        let answer = ask_session(&client).await;
        let login = judge(&context, std::slice::from_ref(&answer));
        settled(&client, login.as_ref(), &[]).await?;
        if let (Some(login), Some(first)) = (login, first) {
            let message = "the session after the burst stands in another workspace than the lists showed";
            answer.equal(ONE_WORKSPACE, message, first, [login.workspace])?;
        }
    }
    Ok(())
}

async fn many(context: Context) -> Checked {
    const NEWCOMERS: usize = 30;
    const REQUESTS: usize = 3;
    let mut clients = Vec::with_capacity(NEWCOMERS);
    for _ in 0..NEWCOMERS {
        clients.push(context.newcomer("newcomer").await?.1);
    }
    // By turns, so that the requests of one identity do not all stand side by side.
    let requests = (0..REQUESTS).flat_map(|_| clients.iter().map(|client| (client.clone(), session_request())));
    let answers = send_together(requests.collect()).await?;
    let (mut users, mut workspaces) = (BTreeSet::new(), BTreeSet::new());
    for (index, client) in clients.iter().enumerate() {
        let own: Vec<Answer> = answers.iter().skip(index).step_by(NEWCOMERS).cloned().collect();
        let login = judge(&context, &own);
        settled(client, login.as_ref(), &[]).await?;
        if let (Some(login), Some(answer)) = (login, own.first()) {
            let shared = "two identities that logged in at once share a";
            let new = users.insert(login.user.to_string());
            answer.ensure(ONE_USER, new, format!("{shared} user"), "one each", login.user.to_string())?;
            let new = workspaces.insert(login.workspace.to_string());
            let message = format!("{shared} default workspace");
            answer.ensure(ONE_WORKSPACE, new, message, "one each", login.workspace.to_string())?;
        }
    }
    Ok(())
}

async fn two_providers(context: Context) -> Checked {
    const PAIR: &str = "session.identity-is-a-pair";
    for _ in 0..4 {
        let subject = context.name("twin");
        let mut clients = Vec::new();
        for provider in ["syncproof", "syncproof-other"] {
            let identity = Identity {
                provider: provider.to_owned(),
                email: format!("{subject}@{provider}.test"),
                name: "twin".to_owned(),
                subject: subject.clone(),
            };
            let headers = context.exact_credential(&identity).await?;
            clients.push(context.anonymous().with_credential(provider, &headers));
        }
        let requests =
            (0..8).filter_map(|number| clients.get(number % 2)).map(|client| (client.clone(), session_request()));
        let answers = send_together(requests.collect()).await?;
        let mut logins = Vec::new();
        for (index, client) in clients.iter().enumerate() {
            let own: Vec<Answer> = answers.iter().skip(index).step_by(2).cloned().collect();
            let login = judge(&context, &own);
            settled(client, login.as_ref(), &[]).await?;
            logins.extend(login);
        }
        if let ([one, other], Some(answer)) = (&logins[..], answers.first()) {
            let differ = one.user != other.user && one.workspace != other.workspace;
            let message = "one providerUserId under two providers shares a user or a workspace";
            answer.ensure(PAIR, differ, message, "two of each", format!("user {}", one.user))?;
        }
    }
    Ok(())
}
