//! Sessions: none without a credential, and one user with one workspace for each identity.

use crate::prelude::*;
use crate::support::endpoint::requests_of_users;
use syncproof_harness::credential::Identity;

const ANONYMOUS: &str = "session.anonymous";
const PROVISIONS: &str = "session.provisions-user";
const STABLE: &str = "session.stable";

cases! {
    /// Without a credential the session is null, every other endpoint answers 401, and nothing changes.
    "session/anonymous-gets-null-and-401" checks [ANONYMOUS] by anonymous;
    /// A connection that carried a credential is anonymous again as soon as a request comes without one.
    "session/anonymous-on-a-used-connection" checks [ANONYMOUS] by anonymous_in_between;
    /// The first session of an identity shows a user, a default workspace and the owner's role.
    "session/first-session-provisions" checks [PROVISIONS, "workspace.list-active"] by first_session;
    /// Whatever endpoint the first request of an identity goes to, it ends in one user and one default workspace.
    "session/first-request-elsewhere-provisions" checks [PROVISIONS, STABLE] by first_elsewhere;
    /// The default workspace of a newcomer is empty, and its owner can write, read and rename it.
    "session/default-workspace-is-usable" checks [PROVISIONS] by default_usable;
    /// Many sessions of one identity, over one connection and many, show the same user and workspace.
    "session/stable-over-time-and-connections" checks [STABLE] by stable;
    /// Several people who log in by turns keep users and workspaces of their own.
    "session/two-people-are-two-users" checks [STABLE, PROVISIONS] by two_people;
}

/// The session in an answer.
pub(crate) fn session_of(answer: &Answer, requirement: &'static str) -> Checked<Session> {
    match answer.read::<SessionAnswer>(requirement)?.session {
        Some(session) => Ok(session),
        None => Err(answer.fails(requirement, "a valid credential gets no session", "a session", answer.outcome())),
    }
}

/// Asks for the session.
pub(crate) async fn ask_session(client: &Client) -> Answer {
    client.send(Request::get(endpoint::SESSION.path)).await
}

/// A session with its active workspace, and the answer that shows it.
pub(crate) struct LoggedIn {
    pub(crate) answer: Answer,
    pub(crate) session: Session,
    pub(crate) home: Id,
}

impl LoggedIn {
    /// The session in that answer.
    pub(crate) fn of(answer: Answer, requirement: &'static str) -> Checked<Self> {
        let session = session_of(&answer, requirement)?;
        let Some(home) = session.workspace.as_ref().map(|workspace| workspace.id.clone()) else {
            let message = "the session of a user has no workspace, and should have the default one";
            return Err(answer.fails(requirement, message, "the default workspace", answer.outcome()));
        };
        Ok(LoggedIn { answer, session, home })
    }
}

/// Asks for the session, which has to be there and to have an active workspace.
pub(crate) async fn log_in(client: &Client, requirement: &'static str) -> Checked<LoggedIn> {
    LoggedIn::of(ask_session(client).await, requirement)
}

/// Asks for the list of workspaces.
pub(crate) async fn ask_list(client: &Client) -> Answer {
    client.send(Request::get(endpoint::LIST_WORKSPACES.path)).await
}

/// Asks for the list of workspaces, which has to be given.
pub(crate) async fn list_of(client: &Client, requirement: &'static str) -> Checked<(Vec<Workspace>, Answer)> {
    let answer = ask_list(client).await;
    Ok((answer.read::<WorkspacesAnswer>(requirement)?.workspaces, answer))
}

/// An identity of the suite's choice.
pub(crate) fn identity(provider: &str, subject: &str, email: String) -> Identity {
    Identity { provider: provider.to_owned(), subject: subject.to_owned(), email, name: "anna".to_owned() }
}

/// Fails unless the session is null.
pub(crate) fn is_null(answer: &Answer, requirement: &'static str) -> Checked {
    let session = answer.read::<SessionAnswer>(requirement)?.session;
    answer.check(
        requirement,
        session.is_none(),
        "a request without a valid credential gets a session, and should get session: null",
        "session: null",
    )
}

async fn anonymous(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let mut journal = Journal::beside(&anna, "other", ANONYMOUS).await?;
    journal.push_ok(&[anna.put("threads", "pk").clock(1), anna.put("kv", "pk").clock(2)]).await.in_setup()?;
    let other = &journal.workspace;
    let before = anna.place(ANONYMOUS).await.in_setup()?;
    let anonymous = context.anonymous();
    is_null(&ask_session(anonymous).await, ANONYMOUS)?;
    let planted = anna.put("threads", "planted").clock(100);
    for workspace in [other, &anna.home, &other.unknown_alike()] {
        for request in requests_of_users(&context, workspace, &anna.id, &planted) {
            anonymous.send(request).await.expect_status(ANONYMOUS, &[401])?;
        }
    }
    // There is still no session, neither by a cookie nor by the connection.
    is_null(&ask_session(anonymous).await, ANONYMOUS)?;
    let message = "requests without a credential changed a user's workspaces";
    let after = list_is_unchanged(&anna, &before, ANONYMOUS, message).await?;
    let message = "requests without a credential changed a user's active workspace";
    after.answer.equal(ANONYMOUS, message, before.workspace(), after.workspace())?;
    journal.holds().await?;
    anna.holds(&anna.home, &[], ANONYMOUS).await
}

async fn anonymous_in_between(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let client = anna.client().on_new_connections().map_err(Stop::Skipped)?;
    let bare = client.with_credential("anonymous", &[]);
    for _ in 0..3 {
        let session = session_of(&ask_session(&client).await, STABLE)?;
        let message = "a request without a credential changed the user of the next session";
        ask_session(&client).await.equal(STABLE, message, &anna.id, &session.user.id)?;
        is_null(&ask_session(&bare).await, ANONYMOUS)?;
        list_of(&client, STABLE).await?;
        ask_list(&bare).await.expect_status(ANONYMOUS, &[401])?;
        let body = json!({"scope": {"workspaceId": anna.home}, "cursor": 0, "limit": 10});
        bare.send(Request::post(endpoint::PULL.path, &body)).await.expect_status(ANONYMOUS, &[401])?;
    }
    Ok(())
}

/// Checks that the session shows the identity in the credential, where the suite knows what the target makes of it.
fn shows_identity(context: &Context, LoggedIn { answer, session, .. }: &LoggedIn, identity: &Identity) -> Checked {
    // The suite knows that of tokens that it made itself.
    if !context.has(Capability::BadCredentials) {
        return Ok(());
    }
    let expected = (&identity.provider, &identity.subject);
    let actual = (&session.provider, &session.provider_user_id);
    answer.equal(PROVISIONS, "the session shows another identity than the credential", expected, actual)?;
    if let Some(email) = session.user.email.as_deref().filter(|email| !email.is_empty()) {
        let same = email.eq_ignore_ascii_case(&identity.email);
        answer.ensure(
            PROVISIONS,
            same,
            "the session shows another e-mail address than the credential",
            &identity.email,
            email,
        )?;
    }
    if let Some(name) = session.user.display_name.as_deref().filter(|name| !name.is_empty()) {
        // A display name may also be made from the rest of the identity.
        let own = [&identity.name, &identity.subject, &identity.email].into_iter().any(|part| part.contains(name));
        answer.ensure(
            PROVISIONS,
            own,
            "the session shows a display name that is not made from the credential",
            &identity.name,
            name,
        )?;
    }
    Ok(())
}

/// Checks that the client's user has exactly that default workspace, owned and active.
pub(crate) async fn has_one_workspace(
    client: &Client,
    session: &Session,
    home: &Id,
    requirement: &'static str,
) -> Checked {
    let (list, answer) = list_of(client, requirement).await?;
    let shown = |id: &Id, role, is_active| json!({"id": id, "role": role, "isActive": is_active});
    let actual: Vec<_> = list.iter().map(|entry| shown(&entry.id, entry.role, entry.is_active)).collect();
    let message = "the list of a new user is not the default workspace alone, owned and active";
    answer.equal(requirement, message, [shown(home, Role::Owner, true)], actual)?;
    answer.equal(requirement, "the session shows another role than owner", Some(Role::Owner), session.role)
}

async fn first_session(context: Context) -> Checked {
    for label in ["anna", "ben"] {
        let (identity, client) = context.newcomer(label).await?;
        let login = log_in(&client, PROVISIONS).await?;
        let LoggedIn { answer, session, home } = &login;
        answer.ensure(
            PROVISIONS,
            session.authenticated,
            "the session of a valid credential says authenticated: false, and should say true",
            "true",
            "false",
        )?;
        let blank = session.workspace.as_ref().is_none_or(|workspace| workspace.name.trim().is_empty());
        answer.check(PROVISIONS, !blank, "the default workspace of a new user has no name", "a name")?;
        shows_identity(&context, &login, &identity)?;
        has_one_workspace(&client, session, home, PROVISIONS).await?;
        if context.has(Capability::Members) {
            let members = client.send(Request::get(members_path(home))).await;
            let message = "a new user is not the only member of their default workspace";
            is_only_member(&members, &session.user.id, PROVISIONS, message)?;
        }
    }
    Ok(())
}

async fn first_elsewhere(context: Context) -> Checked {
    let stranger = context.user("stranger").await?;
    let unknown = stranger.home.unknown_alike();
    let op = stranger.put("threads", "pk");
    let scope = json!({"workspaceId": stranger.home});
    let pull = json!({"scope": scope, "cursor": 0, "limit": 10});
    let requests = [
        ("list", Request::get(endpoint::LIST_WORKSPACES.path), &[200][..]),
        ("push to an unknown workspace", Request::post(endpoint::PUSH.path, &push_body(&unknown, &[op])), &[403, 404]),
        ("pull from another's workspace", Request::post(endpoint::PULL.path, &pull), &[403, 404]),
        ("activate", Request::post(endpoint::ACTIVATE.path, &json!({"id": unknown})), &[403, 404]),
        ("rename", Request::patch(workspace_path(&unknown), &json!({"name": "seized"})), &[403, 404]),
        ("delete", Request::delete(workspace_path(&stranger.home)), &[403, 404]),
        ("create without a name", Request::post(endpoint::CREATE_WORKSPACE.path, &json!({})), &[400]),
    ];
    for (label, request, statuses) in requests {
        let (identity, client) = context.newcomer("newcomer").await?;
        client.send(request).await.expect_status(PROVISIONS, statuses)?;
        let login = log_in(&client, PROVISIONS).await?;
        shows_identity(&context, &login, &identity)?;
        let LoggedIn { answer, session, home } = login;
        let message = format!(
            "after a first request ({label}), a new user stands in the workspace of another user, and not in their own"
        );
        answer.ensure(PROVISIONS, home != stranger.home, message, "a workspace of their own", home.to_string())?;
        has_one_workspace(&client, &session, &home, PROVISIONS).await?;
        let again = ask_session(&client).await;
        let later = session_of(&again, STABLE)?;
        again.equal(STABLE, "the second session has another user", &session.user.id, &later.user.id)?;
    }
    let (_, client) = context.newcomer("creator").await?;
    let answer = client.send(Request::post(endpoint::CREATE_WORKSPACE.path, &json!({"name": "first of all"}))).await;
    let created = answer.read::<CreatedAnswer>(PROVISIONS)?.id;
    let (list, answer) = list_of(&client, PROVISIONS).await?;
    let owned = list.iter().filter(|entry| entry.role == Role::Owner).count();
    let whole = list.len() == 2 && owned == 2 && list.iter().any(|entry| entry.id == created);
    let message =
        "after a first request that creates a workspace, the list should be this one and a default one, and is not";
    answer.check(PROVISIONS, whole, message, "two owned workspaces, the created one among them")
}

async fn default_usable(context: Context) -> Checked {
    let (anna, mut journal) = Journal::with_user(&context, PROVISIONS).await?;
    journal.holds().await?;
    journal.push_ok(&[anna.put("threads", "pk").clock(1), anna.delete("threads", "pk").clock(2)]).await?;
    journal.holds().await?;
    journal.update_cursor_ok(&context.name("device"), 2, PROVISIONS).await?;
    anna.rename(&anna.home, &json!({"name": "mine"})).await.expect_status(PROVISIONS, &[200])?;
    let place = anna.is_active_in(&anna.home, Role::Owner, PROVISIONS).await?;
    let name = place.entry(&anna.home).map(|entry| entry.name.as_str());
    place.answer.equal(PROVISIONS, "the list does not show the new name of the default workspace", Some("mine"), name)
}

/// What has to stay the same from session to session.
fn stable_fields(session: &Session) -> Value {
    let workspace = session.workspace.as_ref().map(|workspace| &workspace.id);
    let user = &session.user;
    json!([session.provider, session.provider_user_id, user.id, user.email, user.display_name, workspace, session.role])
}

async fn stable(context: Context) -> Checked {
    let anna = context.new_user("anna").await?;
    let (first, _) = anna.session(STABLE).await?;
    let expected = stable_fields(&first);
    for round in 0..10 {
        let anna = if round % 2 == 0 { anna.clone() } else { anna.on_new_connections()? };
        let (session, answer) = anna.session(STABLE).await?;
        answer.equal(STABLE, "a later session differs from the first", &expected, stable_fields(&session))?;
    }
    let sessions = vec![(anna.client().clone(), Request::get(endpoint::SESSION.path)); 20];
    for answer in send_together(sessions).await? {
        let session = session_of(&answer, STABLE)?;
        answer.equal(STABLE, "a concurrent session differs from the first", &expected, stable_fields(&session))?;
    }
    // A push and another user's login change nothing about the session.
    context.new_user("ben").await?;
    anna.push_ok(&anna.home, &[anna.put("threads", "pk")], STABLE).await?;
    let (session, answer) = anna.session(STABLE).await?;
    answer.equal(STABLE, "a push or another user's login changed the session", &expected, stable_fields(&session))?;
    has_one_workspace(anna.client(), &session, &anna.home, STABLE).await
}

async fn two_people(context: Context) -> Checked {
    let mut people = Vec::new();
    for label in ["anna", "ben", "cleo", "dana", "emil"] {
        let person = context.new_user(label).await?;
        let (session, _) = person.session(STABLE).await?;
        people.push((person, stable_fields(&session)));
    }
    for (index, (person, _)) in people.iter().enumerate() {
        for (other, _) in &people[..index] {
            let (_, answer) = person.session(PROVISIONS).await?;
            let differs = person.id != other.id && person.home != other.home;
            let message = "two identities got one user or default workspace, and should get one each";
            let actual = format!("users {} and {}, workspaces {} and {}", person.id, other.id, person.home, other.home);
            answer.ensure(PROVISIONS, differs, message, "a user and a workspace for each", actual)?;
        }
    }
    for _ in 0..3 {
        for (person, expected) in &people {
            let (session, answer) = person.session(STABLE).await?;
            answer.equal(STABLE, "another user's login changed the session", expected, stable_fields(&session))?;
            has_one_workspace(person.client(), &session, &person.home, STABLE).await?;
        }
    }
    Ok(())
}
