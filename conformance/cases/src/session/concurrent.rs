//! Concurrent logins: any number of first requests of an identity at one instant make one user and one default
//! workspace, and each request gets the answer that it would get alone.
//!
//! A server that first looks for a user and then inserts one fails only when two requests meet in between, so every case
//! has several rounds, each with new identities.

use std::collections::BTreeSet;

use crate::prelude::*;
use crate::session::login::{ask_session, list_of, session_of};
use syncproof_harness::credential::Identity;

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

/// Reports the first failed check of each requirement and lets the case continue: when concurrent requests go wrong,
/// many answers are wrong.
fn keep(context: &Context, outcome: Checked) {
    if let Err(Stop::Failed(failure)) = &outcome
        && context.broken_shoulds().iter().all(|kept| kept.requirement != failure.requirement)
    {
        context.check_should(outcome);
    }
}

/// What all answers to the concurrent requests of one identity have to agree on.
struct Login {
    user: Id,
    workspace: Id,
}

/// Checks the concurrent sessions of one identity. The case continues after a failed check, so that a report names all
/// three requirements where all three are broken.
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
            let message = "a first session has no workspace";
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

/// Checks what is left after the concurrent requests: the same user, and their default workspace beside `created` ones.
async fn settled(client: &Client, login: Option<&Login>, created: &[Id]) -> Checked {
    for _ in 0..2 {
        let client = client.on_new_connections().map_err(Stop::Skipped)?;
        let answer = ask_session(&client).await;
        let session = session_of(&answer, ALL_SUCCEED)?;
        let active = session.workspace.map(|workspace| workspace.id);
        if let Some(login) = login {
            let message = "a later session shows another user than the concurrent first ones";
            answer.equal(ONE_USER, message, &login.user, &session.user.id)?;
            // A server may activate a workspace when it is created.
            if created.is_empty() {
                let message = "a later session shows another active workspace than the concurrent first ones";
                answer.equal(ONE_WORKSPACE, message, Some(&login.workspace), active.as_ref())?;
            }
        }
        let (list, answer) = list_of(&client, ALL_SUCCEED).await?;
        let defaults: Vec<&Id> = list.iter().map(|entry| &entry.id).filter(|id| !created.contains(id)).collect();
        let message = "after concurrent first requests, the list does not have exactly one default workspace";
        answer.equal(ONE_WORKSPACE, message, 1, defaults.len())?;
        let message = "a workspace that a concurrent request created is missing from the list";
        answer.equal(ALL_SUCCEED, message, created.len() + 1, list.len())?;
        if let Some(login) = login.filter(|login| !created.contains(&login.workspace)) {
            let message = "the default workspace in the list is not the one that the concurrent sessions showed";
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
        // A server may activate a workspace when it is created; then sessions may show it.
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
            let message = "a later session shows another active workspace than the concurrent first lists";
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
    // In turns, so that the requests of one identity are not all next to each other.
    let requests = (0..REQUESTS).flat_map(|_| clients.iter().map(|client| (client.clone(), session_request())));
    let answers = send_together(requests.collect()).await?;
    let (mut users, mut workspaces) = (BTreeSet::new(), BTreeSet::new());
    for (index, client) in clients.iter().enumerate() {
        let own: Vec<Answer> = answers.iter().skip(index).step_by(NEWCOMERS).cloned().collect();
        let login = judge(&context, &own);
        settled(client, login.as_ref(), &[]).await?;
        if let (Some(login), Some(answer)) = (login, own.first()) {
            let (user, workspace) = (login.user.to_string(), login.workspace.to_string());
            let message = "two identities that logged in at the same time share a user";
            answer.ensure(ONE_USER, users.insert(user.clone()), message, "one for each", user)?;
            let message = "two identities that logged in at the same time share a default workspace";
            answer.ensure(ONE_WORKSPACE, workspaces.insert(workspace.clone()), message, "one for each", workspace)?;
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
            let message = "the same providerUserId under two providers gets the same user or workspace";
            answer.ensure(PAIR, differ, message, "a user and a workspace for each", format!("user {}", one.user))?;
        }
    }
    Ok(())
}
