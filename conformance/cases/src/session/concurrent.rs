//! Concurrent logins: any number of first requests of an identity at one instant make one user and one default
//! workspace, and each request gets the answer that it would get alone.
//!
//! A server that first looks for a user and then inserts one fails only when two requests meet in between, so every case
//! has several rounds, each with new identities.

use std::collections::BTreeSet;

use crate::prelude::*;
use crate::session::login::{ask_session, identity, list_of, session_of};

const ONE_USER: &str = "session.concurrent-one-user";
const ONE_WORKSPACE: &str = "session.concurrent-one-workspace";
const PAIR: &str = "session.identity-is-a-pair";
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
        checks [PAIR, ONE_USER, ONE_WORKSPACE, ALL_SUCCEED] needs [Providers] by two_providers;
}

fn session_request() -> Request {
    Request::get(endpoint::SESSION.path)
}

/// Reports a failed check and lets the case continue, so that a report names all three requirements where all three are
/// broken. Of each requirement it reports the first failure: when concurrent requests go wrong, many answers are wrong.
fn keep<T>(context: &Context, outcome: Checked<T>) -> Option<T> {
    match outcome {
        Ok(value) => Some(value),
        Err(stop) => {
            let is_new =
                |failure: &Failure| context.broken_shoulds().iter().all(|kept| kept.requirement != failure.requirement);
            if matches!(&stop, Stop::Failed(failure) if is_new(failure)) {
                context.check_should(Err(stop));
            }
            None
        }
    }
}

/// What all answers to the concurrent requests of one identity have to agree on.
struct Login {
    user: Id,
    workspace: Id,
}

impl Login {
    /// The user and the workspace of a first session.
    fn of(answer: &Answer) -> Checked<Self> {
        let session = session_of(answer, ALL_SUCCEED)?;
        let Some(workspace) = session.workspace.map(|workspace| workspace.id) else {
            let message = "the first session of an identity has no workspace, and should have the default one";
            return Err(answer.fails(ONE_WORKSPACE, message, "the default workspace", answer.outcome()));
        };
        Ok(Login { user: session.user.id, workspace })
    }
}

/// Checks that the concurrent sessions of one identity show one user and one workspace.
fn agree(context: &Context, answers: &[Answer]) -> Option<Login> {
    let mut logins = answers.iter().filter_map(|answer| Some((answer, keep(context, Login::of(answer))?)));
    let (_, first) = logins.next()?;
    for (answer, login) in logins {
        let message = "concurrent first sessions of one identity show different users";
        keep(context, answer.equal(ONE_USER, message, &first.user, &login.user));
        let message = "concurrent first sessions of one identity show different workspaces";
        keep(context, answer.equal(ONE_WORKSPACE, message, &first.workspace, &login.workspace));
    }
    Some(first)
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

/// Sends so many first sessions of each client at one instant, and checks the logins, client by client.
async fn log_in_at_once(context: &Context, clients: &[Client], requests: usize) -> Checked<Vec<(Login, Answer)>> {
    // In turns, so that the requests of one identity are not all next to each other.
    let sessions = (0..requests).flat_map(|_| clients.iter().map(|client| (client.clone(), session_request())));
    let answers = send_together(sessions.collect()).await?;
    let mut logins = Vec::new();
    for (index, client) in clients.iter().enumerate() {
        let own: Vec<Answer> = answers.iter().skip(index).step_by(clients.len()).cloned().collect();
        let login = agree(context, &own);
        settled(client, login.as_ref(), &[]).await?;
        logins.extend(login.zip(own.into_iter().next()));
    }
    Ok(logins)
}

async fn rounds(context: Context, rounds: usize, requests: usize) -> Checked {
    for _ in 0..rounds {
        let (_, client) = context.newcomer("newcomer").await?;
        log_in_at_once(&context, &[client], requests).await?;
    }
    Ok(())
}

async fn mixed(context: Context) -> Checked {
    for _ in 0..6 {
        let (_, client) = context.newcomer("newcomer").await?;
        let requests = (0..9).map(|number| match number % 3 {
            0 => session_request(),
            1 => Request::get(endpoint::LIST_WORKSPACES.path),
            _ => Request::post(endpoint::CREATE_WORKSPACE.path, &json!({"name": format!("created {number}")})),
        });
        let answers = send_together(requests.map(|request| (client.clone(), request)).collect()).await?;
        let (mut sessions, mut created) = (Vec::new(), Vec::new());
        for (number, answer) in answers.into_iter().enumerate() {
            match number % 3 {
                0 => sessions.push(answer),
                1 => drop(keep(&context, answer.read::<WorkspacesAnswer>(ALL_SUCCEED))),
                _ => created.extend(keep(&context, answer.read::<CreatedAnswer>(ALL_SUCCEED)).map(|answer| answer.id)),
            }
        }
        // A server may activate a workspace when it is created; then sessions may show it.
        let moved = sessions.iter().any(|answer| {
            let session = answer.read::<SessionAnswer>(ALL_SUCCEED).ok().and_then(|answer| answer.session);
            session.and_then(|session| session.workspace).is_some_and(|workspace| created.contains(&workspace.id))
        });
        if !moved {
            let login = agree(&context, &sessions);
            settled(&client, login.as_ref(), &created).await?;
            continue;
        }
        let read = sessions.iter().filter_map(|answer| keep(&context, session_of(answer, ALL_SUCCEED)));
        let users: BTreeSet<String> = read.map(|session| session.user.id.to_string()).collect();
        if let Some(answer) = sessions.first() {
            let message = "concurrent first sessions of one identity show different users";
            keep(&context, answer.equal(ONE_USER, message, 1, users.len()));
        }
        settled(&client, None, &created).await?;
    }
    Ok(())
}

async fn lists(context: Context) -> Checked {
    for _ in 0..4 {
        let (_, client) = context.newcomer("newcomer").await?;
        let answers = send_together(vec![(client.clone(), Request::get(endpoint::LIST_WORKSPACES.path)); 6]).await?;
        let mut first: Option<Vec<Id>> = None;
        for answer in &answers {
            let Some(list) = keep(&context, answer.read::<WorkspacesAnswer>(ALL_SUCCEED)) else { continue };
            let ids: Vec<Id> = list.workspaces.into_iter().map(|entry| entry.id).collect();
            let message = "a concurrent first list does not have exactly one workspace";
            keep(&context, answer.equal(ONE_WORKSPACE, message, 1, ids.len()));
            let message = "concurrent first lists of one identity show different workspaces";
            keep(&context, answer.equal(ONE_WORKSPACE, message, first.as_ref().unwrap_or(&ids), &ids));
            first.get_or_insert(ids);
        }
        let answer = ask_session(&client).await;
        let login = agree(&context, std::slice::from_ref(&answer));
        settled(&client, login.as_ref(), &[]).await?;
        if let (Some(login), Some(first)) = (login, first) {
            let message = "a later session shows another active workspace than the concurrent first lists";
            answer.equal(ONE_WORKSPACE, message, first, [login.workspace])?;
        }
    }
    Ok(())
}

async fn many(context: Context) -> Checked {
    let mut clients = Vec::new();
    for _ in 0..30 {
        clients.push(context.newcomer("newcomer").await?.1);
    }
    let (mut users, mut workspaces) = (BTreeSet::new(), BTreeSet::new());
    for (login, answer) in log_in_at_once(&context, &clients, 3).await? {
        let (user, workspace) = (login.user.to_string(), login.workspace.to_string());
        let message = "two identities that logged in at the same time got one user, and should get one each";
        answer.ensure(ONE_USER, users.insert(user.clone()), message, "one for each", user)?;
        let message =
            "two identities that logged in at the same time got one default workspace, and should get one each";
        answer.ensure(ONE_WORKSPACE, workspaces.insert(workspace.clone()), message, "one for each", workspace)?;
    }
    Ok(())
}

async fn two_providers(context: Context) -> Checked {
    for _ in 0..4 {
        let subject = context.name("twin");
        let mut clients = Vec::new();
        for provider in ["syncproof", "syncproof-other"] {
            let twin = identity(provider, &subject, format!("{subject}@{provider}.test"));
            let headers = context.exact_credential(&twin).await?;
            clients.push(context.anonymous().with_credential(provider, &headers));
        }
        if let [(one, answer), (other, _)] = &log_in_at_once(&context, &clients, 4).await?[..] {
            let differ = one.user != other.user && one.workspace != other.workspace;
            let message = "one providerUserId under two providers got one user or workspace, and should get one for each provider";
            answer.ensure(
                PAIR,
                differ,
                message,
                "a user and a workspace for each",
                format!("users {} and {}, workspaces {} and {}", one.user, other.user, one.workspace, other.workspace),
            )?;
        }
    }
    Ok(())
}
