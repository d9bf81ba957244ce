//! Identities: a bad credential gives none, and two that differ in any way are two users.

use crate::prelude::*;
use crate::session::login::{
    LoggedIn, ask_list, ask_session, has_one_workspace, identity, is_null, list_of, log_in, session_of,
};
use crate::support::endpoint::requests_of_users;
use syncproof_harness::credential::{Forgery, Headers, Identity};
use syncproof_protocol::family::Family;

const BAD: &str = "session.bad-credential";
const PAIR: &str = "session.identity-is-a-pair";
const EXACT: &str = "session.case-and-width";

cases! {
    /// Every kind of bad credential of a user who is logged in counts as none, and the good one goes on.
    "session/bad-credential-of-a-known-user" checks [BAD] needs [BadCredentials] by bad_of_known;
    /// Bad credentials of people whom the target has never seen provision nothing.
    "session/bad-credential-of-an-unknown-user" checks [BAD] needs [BadCredentials] by bad_of_unknown;
    /// On one connection, and at one instant on many, bad credentials between good ones stay bad.
    "session/bad-credential-on-a-used-connection" checks [BAD] needs [BadCredentials] by bad_between_good;
    /// One providerUserId under several providers is several users, also with one e-mail address.
    "session/same-id-at-two-providers" checks [PAIR] needs [Providers] by same_id;
    /// Pairs of provider and id whose plain concatenation is the same text are different users.
    "session/pairs-are-not-glued-together" checks [PAIR] needs [Providers] by concatenated_ids;
    /// A new e-mail address or name makes no new user, and a shared one makes no shared user.
    "session/identity-is-not-the-address" checks ["session.stable", "session.provisions-user"] by address;
    /// Identities that differ in case, accents, width, blanks or digits only are different users.
    "session/identities-that-look-alike" checks [EXACT] by look_alikes;
    /// People whose whole id is `__proto__`, `constructor` or the like are users as any others.
    "session/identities-with-hostile-names" checks [EXACT, "http.hostile-keys"] needs [Providers] by hostile_names;
}

fn bad_client(context: &Context, identity: &Identity, forgery: Forgery) -> Checked<Client> {
    Ok(context.anonymous().with_credential(&format!("{forgery:?}"), &context.forged(identity, forgery)?))
}

/// Fails unless the answer is 401; the message names the kind of bad credential. What is open to everybody breaks another
/// rule.
async fn is_401(context: &Context, answer: &Answer, forgery: Forgery) -> Checked {
    let (method, path) = (&answer.exchange().method, &answer.exchange().path);
    if method == "GET" && !answer.is(&[401]) {
        context.anonymous().send(Request::get(path.clone())).await.expect_status("session.anonymous", &[401])?;
    }
    answer.expect_one_of(BAD, &[401], format!("{method} {path} accepts a bad credential ({forgery:?})"))
}

async fn bad_of_known(context: Context) -> Checked {
    let (anna, mut journal) = Journal::with_user(&context, BAD).await?;
    journal.push_ok(&[anna.put("threads", "pk").clock(1)]).await.in_setup()?;
    let before = anna.place(BAD).await.in_setup()?;
    let planted = anna.put("threads", "planted").clock(9);
    for forgery in Forgery::ALL {
        let client = bad_client(&context, &anna.identity, forgery)?;
        is_null(&ask_session(&client).await, BAD)?;
        let requests = requests_of_users(&context, &anna.home, &anna.id, &planted);
        for answer in send_together(requests.into_iter().map(|request| (client.clone(), request)).collect()).await? {
            is_401(&context, &answer, forgery).await?;
        }
        session_of(&ask_session(anna.client()).await, BAD)?;
    }
    list_is_unchanged(&anna, &before, BAD, "requests with bad credentials changed a user's workspaces").await?;
    journal.holds().await
}

async fn bad_of_unknown(context: Context) -> Checked {
    let stranger = context.user("stranger").await?;
    for forgery in Forgery::ALL {
        let identity = context.identity("unknown");
        let client = bad_client(&context, &identity, forgery)?;
        let creation = Request::post(endpoint::CREATE_WORKSPACE.path, &json!({"name": "planted"}));
        is_401(&context, &client.send(creation).await, forgery).await?;
        is_null(&ask_session(&client).await, BAD)?;
        is_401(&context, &ask_list(&client).await, forgery).await?;
        let push = push_body(&stranger.home, &[stranger.put("threads", "planted")]);
        is_401(&context, &client.send(Request::post(endpoint::PUSH.path, &push)).await, forgery).await?;
        let pull = json!({"scope": {"workspaceId": stranger.home}, "cursor": 0, "limit": 10});
        is_401(&context, &client.send(Request::post(endpoint::PULL.path, &pull)).await, forgery).await?;
        // The one that is named by the claims that were changed after signing.
        let other = Identity { subject: format!("{}-2", identity.subject), ..identity.clone() };
        for identity in [identity, other] {
            let headers = context.exact_credential(&identity).await?;
            let client = context.anonymous().with_credential("good", &headers);
            let LoggedIn { session, home, .. } = log_in(&client, BAD).await?;
            has_one_workspace(&client, &session, &home, BAD).await?;
            is_null(&ask_session(&bad_client(&context, &identity, forgery)?).await, BAD)?;
        }
    }
    Ok(())
}

async fn bad_between_good(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let good = anna.client().on_new_connections().map_err(Stop::Skipped)?;
    let mut requests = Vec::new();
    for forgery in Forgery::ALL {
        let bad = good.with_credential(&format!("{forgery:?}"), &context.forged(&anna.identity, forgery)?);
        for _ in 0..2 {
            let session = session_of(&ask_session(&good).await, BAD)?;
            let answer = ask_session(&bad).await;
            is_null(&answer, BAD)?;
            let message = "a good credential gets another user after a bad one was used";
            answer.equal(BAD, message, &anna.id, &session.user.id)?;
            list_of(&good, BAD).await?;
            is_401(&context, &ask_list(&bad).await, forgery).await?;
        }
        requests.push((good.clone(), Request::get(endpoint::SESSION.path)));
        requests.push((bad, Request::get(endpoint::SESSION.path)));
    }
    for (number, answer) in send_together(requests).await?.iter().enumerate() {
        match number % 2 {
            0 => drop(session_of(answer, BAD)?),
            _ => is_null(answer, BAD)?,
        }
    }
    Ok(())
}

/// A user who has logged in under an identity.
struct SeenIdentity {
    identity: Identity,
    headers: Headers,
    client: Client,
    user: Id,
    home: Id,
}

/// Logs in under exactly that identity, who has to be a new user. None when no credential can express it, or the same
/// credential expresses a known one; and, where the target may refuse it, when it does.
async fn log_in_as_new(
    context: &Context,
    identity: Identity,
    known: &[SeenIdentity],
    may_refuse: bool,
    requirement: &'static str,
) -> Checked<Option<SeenIdentity>> {
    let headers = match context.exact_credential(&identity).await {
        Ok(headers) => headers,
        Err(Stop::Skipped(_)) => return Ok(None),
        Err(stop) => return Err(stop),
    };
    if known.iter().any(|known| known.headers == headers) {
        return Ok(None);
    }
    let client = context.anonymous().with_credential(&identity.subject, &headers);
    let answer = ask_session(&client).await;
    let refused = answer.is(&[400, 401, 403])
        || answer.read::<SessionAnswer>(requirement).is_ok_and(|answer| answer.session.is_none());
    if may_refuse && refused {
        return Ok(None);
    }
    let LoggedIn { answer, session, home } = LoggedIn::of(answer, requirement)?;
    if context.has(Capability::BadCredentials) {
        let expected = (&identity.provider, &identity.subject);
        let actual = (&session.provider, &session.provider_user_id);
        answer.equal(requirement, "the session shows another identity than the credential", expected, actual)?;
    }
    if let Some(same) = known.iter().find(|known| known.user == session.user.id || known.home == home) {
        let name = |identity: &Identity| format!("{:?} at {:?}", identity.subject, identity.provider);
        let message = format!(
            "{} should get a user and a workspace of their own, and gets one of {}",
            name(&identity),
            name(&same.identity)
        );
        let actual = format!("user {}, workspace {home}", session.user.id);
        return Err(answer.fails(requirement, message, "a user and a workspace of their own", actual));
    }
    has_one_workspace(&client, &session, &home, requirement).await?;
    Ok(Some(SeenIdentity { identity, headers, client, user: session.user.id, home }))
}

/// Checks that each identity still has its user and workspace, after all others have logged in.
async fn are_the_same_users(known: &[SeenIdentity], requirement: &'static str) -> Checked {
    for person in known {
        let LoggedIn { answer, session, home } = log_in(&person.client, requirement).await?;
        let message = format!("{:?} has another user or workspace after others logged in", person.identity.subject);
        let known = user_and_workspace(&person.user, Some(&person.home));
        answer.equal(requirement, message, known, user_and_workspace(&session.user.id, Some(&home)))?;
    }
    Ok(())
}

/// Skips the case unless the credentials could express what it is about.
fn can_express(expressed: bool, what: &str) -> Checked {
    if expressed { Ok(()) } else { Err(Stop::Skipped(format!("the credentials cannot express {what}"))) }
}

async fn same_id(context: Context) -> Checked {
    let subject = context.name("anna");
    let mut known = Vec::new();
    for (provider, may_refuse) in
        [("syncproof", false), ("syncproof-other", false), ("Syncproof", true), ("syncproof ", true), ("", true)]
    {
        let anna = identity(provider, &subject, format!("{subject}@example.test"));
        known.extend(log_in_as_new(&context, anna, &known, may_refuse, PAIR).await?);
    }
    can_express(known.len() > 1, "two providers")?;
    are_the_same_users(&known, PAIR).await
}

async fn concatenated_ids(context: Context) -> Checked {
    let mut pairs = 0_usize;
    for separator in ["", ":", "/", "|", " ", "-", "_", ".", "#", "::", "\u{1f}"] {
        let run = context.name("pair");
        let mut known = Vec::new();
        // `run` + separator + `b` + separator + `c` both times.
        for (provider, subject) in
            [(run.clone(), format!("b{separator}c")), (format!("{run}{separator}b"), "c".to_owned())]
        {
            let email = format!("{}@example.test", context.name("pair"));
            known.extend(log_in_as_new(&context, identity(&provider, &subject, email), &known, true, PAIR).await?);
        }
        are_the_same_users(&known, PAIR).await?;
        pairs += usize::from(known.len() == 2);
    }
    can_express(pairs > 0, "a provider of the suite's choice")
}

async fn address(context: Context) -> Checked {
    const STABLE: &str = "session.stable";
    let identity = context.identity("anna");
    let Some(anna) = log_in_as_new(&context, identity.clone(), &[], false, STABLE).await? else {
        return can_express(false, "a name of the suite's choice");
    };
    let changed = [
        Identity { email: format!("{}@elsewhere.test", context.name("moved")), ..identity.clone() },
        Identity { name: "Anna Married".to_owned(), ..identity.clone() },
        identity.clone(),
    ];
    for changed in changed {
        let headers = context.exact_credential(&changed).await?;
        let client = context.anonymous().with_credential("anna, changed", &headers);
        let LoggedIn { answer, session, home } = log_in(&client, STABLE).await?;
        let message = "a credential with another address or name gets another user";
        let known = user_and_workspace(&anna.user, Some(&anna.home));
        answer.equal(STABLE, message, known, user_and_workspace(&session.user.id, Some(&home)))?;
        has_one_workspace(&client, &session, &home, STABLE).await?;
    }
    let mut known = vec![anna];
    for label in ["ben", "cleo"] {
        let same_address = Identity { email: identity.email.clone(), ..context.identity(label) };
        known.extend(log_in_as_new(&context, same_address, &known, false, "session.provisions-user").await?);
    }
    are_the_same_users(&known, STABLE).await
}

/// Groups of names that differ in one respect, and whether the requirement names that respect: if not, the target may
/// refuse such names, but must not treat two as the same.
fn groups(context: &Context) -> Vec<(bool, Vec<String>)> {
    let name = context.name("x");
    let with = |endings: &[&str]| endings.iter().map(|ending| format!("{name}{ending}")).collect::<Vec<_>>();
    let digits = 100_000_000_000_000_000 + uuid::Uuid::new_v4().as_u128() % 800_000_000_000_000_000;
    vec![
        (true, with(&["-anna", "-Anna", "-ANNA", "-annA"])),
        (true, vec![name.clone(), name.to_uppercase()]),
        (true, with(&["-caf\u{e9}", "-cafe\u{301}", "-cafe", "-CAF\u{c9}"])),
        (true, with(&["-a1", "-\u{ff41}1", "-a\u{ff11}", "-\u{ff21}1"])),
        (true, with(&["-b", "-b ", "-b  "])),
        (true, with(&["-stra\u{df}e", "-strasse", "-STRASSE", "-stra\u{1e9e}e"])),
        (true, with(&["-i", "-\u{131}", "-I", "-\u{130}", "-i\u{307}"])),
        (true, with(&["-o", "-\u{f6}", "-o\u{308}", "-\u{f8}"])),
        (false, with(&["-\u{3c3}", "-\u{3c2}", "-\u{3a3}"])),
        (false, with(&["-k", "-K", "-\u{212a}"])),
        (false, with(&["-fi", "-\u{fb01}"])),
        (false, with(&["-2", "-\u{b2}", "-\u{662}"])),
        (false, with(&["-z", "-z\u{200b}", "-z\u{200d}", "-z\u{feff}", "-\u{ad}z"])),
        (false, with(&["-n", "-n\u{a0}", "-n\t"])),
        (false, vec![format!("{name}-l"), format!(" {name}-l"), format!("\u{a0}{name}-l")]),
        (true, with(&["-axb", "-a_b", "-a%b", "-a*b", "-a?b", "-a.b"])),
        (false, with(&["-q", "-q'", "-q\"", "-q\\", "-q\\\\"])),
        // As numbers these are equal, or equal once they have been doubles.
        (true, vec![format!("{digits}"), format!("0{digits}"), format!("{digits}.0"), format!("{}", digits + 1)]),
        // OpenID Connect allows ids of 255 characters.
        (true, vec![format!("{name:-<250}"), format!("{name:-<249}a"), format!("{name:-<251}")]),
        (false, with(&["-\u{1f600}", "-\u{1f601}", "-\u{fffd}"])),
    ]
}

async fn look_alikes(context: Context) -> Checked {
    let mut pairs = 0_usize;
    for (group, (named, subjects)) in groups(&context).into_iter().enumerate() {
        let mut known: Vec<SeenIdentity> = Vec::new();
        for (number, subject) in subjects.into_iter().enumerate() {
            let email = format!("{}-{group}-{number}@example.test", context.name("alike"));
            let alike = identity("syncproof", &subject, email);
            known.extend(log_in_as_new(&context, alike, &known, !named, EXACT).await?);
        }
        are_the_same_users(&known, EXACT).await?;
        pairs += usize::from(known.len() > 1);
    }
    can_express(pairs > 0, "names of the suite's choice")
}

async fn hostile_names(context: Context) -> Checked {
    let provider = context.name("provider");
    let subjects = Family::Prototypes.texts().map(str::to_owned);
    let mut pairs: Vec<(String, String)> = subjects.map(|subject| (provider.clone(), subject)).collect();
    for _ in 0..2 {
        pairs.push((context.name("provider"), "__proto__".to_owned()));
        pairs.push((context.name("provider"), "constructor".to_owned()));
    }
    let mut known: Vec<SeenIdentity> = Vec::new();
    for (provider, subject) in pairs {
        let email = format!("{}@example.test", context.name("hostile"));
        known.extend(log_in_as_new(&context, identity(&provider, &subject, email), &known, true, EXACT).await?);
    }
    can_express(!known.is_empty(), "a provider of the suite's choice")?;
    are_the_same_users(&known, EXACT).await
}
