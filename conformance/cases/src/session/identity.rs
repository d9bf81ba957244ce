//! Who an identity is: bad credentials are nobody's, and good ones are told apart exactly.

use serde_json::json;

use crate::session::login::{ask_session, has_one_workspace, is_null, session_of, workspace_of};
use crate::support::endpoint::requests_of_users;
use syncproof_harness::cases;
use syncproof_harness::client::{Answer, Client, Request};
use syncproof_harness::credential::{Forgery, Headers, Identity};
use syncproof_harness::world::sync::push_body;
use syncproof_harness::world::{Context, send_together};
use syncproof_protocol::capability::Capability;
use syncproof_protocol::endpoint;
use syncproof_protocol::failure::{Checked, Setup as _, Stop};
use syncproof_protocol::hostile_text::{Group, hostile_texts};
use syncproof_protocol::wire::{Id, SessionAnswer, WorkspacesAnswer};

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

/// Fails with the name of the forgery in the message.
fn refuses(answer: &Answer, forgery: Forgery) -> Checked {
    let message =
        format!("{} {} takes a bad credential ({forgery:?})", answer.exchange().method, answer.exchange().path);
    answer.ensure(BAD, answer.is(&[401]), message, "status 401", answer.outcome())
}

async fn bad_of_known(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let ops = [anna.put("threads", "pk").clock(1)];
    anna.push_ok(&anna.home, &ops, BAD).await.in_setup()?;
    let before = anna.place(BAD).await.in_setup()?;
    let planted = anna.put("threads", "planted").clock(9);
    for forgery in Forgery::ALL {
        let client = bad_client(&context, &anna.identity, forgery)?;
        is_null(&ask_session(&client).await, BAD)?;
        let requests = requests_of_users(&context, &anna.home, &anna.id, &planted);
        for answer in send_together(requests.into_iter().map(|request| (client.clone(), request)).collect()).await? {
            refuses(&answer, forgery)?;
        }
        session_of(&ask_session(anna.client()).await, BAD)?;
    }
    let after = anna.place(BAD).await?;
    after.answer.equal(BAD, "bad credentials changed a user's workspaces", before.entries(), after.entries())?;
    anna.holds(&anna.home, &ops, BAD).await
}

async fn bad_of_unknown(context: Context) -> Checked {
    let stranger = context.user("stranger").await?;
    for forgery in Forgery::ALL {
        let identity = context.identity("unknown");
        let client = bad_client(&context, &identity, forgery)?;
        refuses(
            &client.send(Request::post(endpoint::CREATE_WORKSPACE.path, &json!({"name": "planted"}))).await,
            forgery,
        )?;
        is_null(&ask_session(&client).await, BAD)?;
        refuses(&client.send(Request::get(endpoint::LIST_WORKSPACES.path)).await, forgery)?;
        let push = push_body(&stranger.home, &[stranger.put("threads", "planted")]);
        refuses(&client.send(Request::post(endpoint::PUSH.path, &push)).await, forgery)?;
        let pull = json!({"scope": {"workspaceId": stranger.home}, "cursor": 0, "limit": 10});
        refuses(&client.send(Request::post(endpoint::PULL.path, &pull)).await, forgery)?;
        // The claims that were put in after signing name this one.
        let other = Identity { subject: format!("{}-2", identity.subject), ..identity.clone() };
        for identity in [identity, other] {
            let headers = context.exact_credential(&identity).await?;
            let client = context.anonymous().with_credential("good", &headers);
            let answer = ask_session(&client).await;
            let session = session_of(&answer, BAD)?;
            let home = workspace_of(&answer, &session, BAD)?;
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
        let headers = context.forged(&anna.identity, forgery)?;
        let bad = good.with_credential(&format!("{forgery:?}"), &headers);
        for _ in 0..2 {
            let session = session_of(&ask_session(&good).await, BAD)?;
            let answer = ask_session(&bad).await;
            is_null(&answer, BAD)?;
            answer.equal(BAD, "a good credential shows another user", &anna.id, &session.user.id)?;
            good.send(Request::get(endpoint::LIST_WORKSPACES.path)).await.read::<WorkspacesAnswer>(BAD)?;
            refuses(&bad.send(Request::get(endpoint::LIST_WORKSPACES.path)).await, forgery)?;
        }
        requests.push((good.clone(), Request::get(endpoint::SESSION.path)));
        requests.push((bad, Request::get(endpoint::SESSION.path)));
    }
    for (number, answer) in send_together(requests).await?.iter().enumerate() {
        if number % 2 == 0 {
            session_of(answer, BAD)?;
        } else {
            is_null(answer, BAD)?;
        }
    }
    Ok(())
}

/// Somebody who logged in under an identity.
struct SeenIdentity {
    identity: Identity,
    headers: Headers,
    client: Client,
    user: Id,
    home: Id,
}

/// Logs in under exactly that identity. None when the credentials cannot express it, or when they express it just as
/// one that is known already; and, where the target may refuse it, when it does.
async fn log_in(
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
    let session = session_of(&answer, requirement)?;
    let home = workspace_of(&answer, &session, requirement)?;
    if context.has(Capability::BadCredentials) {
        let expected = (&identity.provider, &identity.subject);
        let actual = (&session.provider, &session.provider_user_id);
        answer.equal(requirement, "the session names another identity than the credential", expected, actual)?;
    }
    if let Some(same) = known.iter().find(|known| known.user == session.user.id || known.home == home) {
        let name = |identity: &Identity| format!("{:?} at {:?}", identity.subject, identity.provider);
        return Err(answer.fails(
            requirement,
            format!("{} is taken for {}", name(&identity), name(&same.identity)),
            "a user and a workspace of their own",
            format!("user {}, workspace {home}", session.user.id),
        ));
    }
    has_one_workspace(&client, &session, &home, requirement).await?;
    Ok(Some(SeenIdentity { identity, headers, client, user: session.user.id, home }))
}

/// Checks that everybody still is who they were, now that all others are known, too.
async fn still_themselves(known: &[SeenIdentity], requirement: &'static str) -> Checked {
    for person in known {
        let answer = ask_session(&person.client).await;
        let session = session_of(&answer, requirement)?;
        let home = workspace_of(&answer, &session, requirement)?;
        let message = format!("{:?} is another after others have logged in", person.identity.subject);
        answer.equal(requirement, message, (&person.user, &person.home), (&session.user.id, &home))?;
    }
    Ok(())
}

async fn same_id(context: Context) -> Checked {
    let subject = context.name("anna");
    let mut known = Vec::new();
    for (provider, may_refuse) in
        [("syncproof", false), ("syncproof-other", false), ("Syncproof", true), ("syncproof ", true), ("", true)]
    {
        let identity = Identity {
            provider: provider.to_owned(),
            subject: subject.clone(),
            email: format!("{subject}@example.test"),
            name: "anna".to_owned(),
        };
        known.extend(log_in(&context, identity, &known, may_refuse, PAIR).await?);
    }
    if known.len() < 2 {
        return Err(Stop::Skipped("the credentials do not express two providers".to_owned()));
    }
    still_themselves(&known, PAIR).await
}

async fn concatenated_ids(context: Context) -> Checked {
    let mut pairs = 0_usize;
    for separator in ["", ":", "/", "|", " ", "-", "_", ".", "#", "::", "\u{1f}"] {
        let run = context.name("pair");
        let identity = |provider: String, subject: String| Identity {
            email: format!("{}@example.test", context.name("pair")),
            name: "pair".to_owned(),
            provider,
            subject,
        };
        // `run` + separator + `b` + separator + `c` both times.
        let one = identity(run.clone(), format!("b{separator}c"));
        let other = identity(format!("{run}{separator}b"), "c".to_owned());
        let mut known = Vec::new();
        known.extend(log_in(&context, one, &known, true, PAIR).await?);
        known.extend(log_in(&context, other, &known, true, PAIR).await?);
        still_themselves(&known, PAIR).await?;
        pairs += usize::from(known.len() == 2);
    }
    if pairs == 0 {
        return Err(Stop::Skipped("the credentials express no provider of the suite's choice".to_owned()));
    }
    Ok(())
}

async fn address(context: Context) -> Checked {
    const STABLE: &str = "session.stable";
    let identity = context.identity("anna");
    let Some(anna) = log_in(&context, identity.clone(), &[], false, STABLE).await? else {
        return Err(Stop::Skipped("the credentials cannot express a name of the suite's choice".to_owned()));
    };
    let changed = [
        Identity { email: format!("{}@elsewhere.test", context.name("moved")), ..identity.clone() },
        Identity { name: "Anna Married".to_owned(), ..identity.clone() },
        identity.clone(),
    ];
    for changed in changed {
        let headers = context.exact_credential(&changed).await?;
        let client = context.anonymous().with_credential("anna, changed", &headers);
        let answer = ask_session(&client).await;
        let session = session_of(&answer, STABLE)?;
        let home = workspace_of(&answer, &session, STABLE)?;
        let message = "another address or name in the credential makes another user";
        answer.equal(STABLE, message, (&anna.user, &anna.home), (&session.user.id, &home))?;
        has_one_workspace(&client, &session, &home, STABLE).await?;
    }
    let mut known = vec![anna];
    for label in ["ben", "cleo"] {
        let same_address = Identity { email: identity.email.clone(), ..context.identity(label) };
        known.extend(log_in(&context, same_address, &known, false, "session.provisions-user").await?);
    }
    still_themselves(&known, STABLE).await
}

/// Groups of names that differ in one respect, and whether the requirement names that respect: what it does not name
/// may be refused, but never confused.
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
            let identity = Identity {
                provider: "syncproof".to_owned(),
                email: format!("{}-{group}-{number}@example.test", context.name("alike")),
                name: "alike".to_owned(),
                subject,
            };
            known.extend(log_in(&context, identity, &known, !named, EXACT).await?);
        }
        still_themselves(&known, EXACT).await?;
        pairs += usize::from(known.len() > 1);
    }
    if pairs == 0 {
        return Err(Stop::Skipped("the credentials cannot express names of the suite's choice".to_owned()));
    }
    Ok(())
}

async fn hostile_names(context: Context) -> Checked {
    let provider = context.name("provider");
    let subjects = hostile_texts(&[Group::Prototypes]).map(str::to_owned);
    let mut pairs: Vec<(String, String)> = subjects.map(|subject| (provider.clone(), subject)).collect();
    for _ in 0..2 {
        pairs.push((context.name("provider"), "__proto__".to_owned()));
        pairs.push((context.name("provider"), "constructor".to_owned()));
    }
    let mut known: Vec<SeenIdentity> = Vec::new();
    for (provider, subject) in pairs {
        let email = format!("{}@example.test", context.name("hostile"));
        let identity = Identity { email, name: "hostile".to_owned(), provider, subject };
        known.extend(log_in(&context, identity, &known, true, EXACT).await?);
    }
    if known.is_empty() {
        return Err(Stop::Skipped("the credentials express no provider of the suite's choice".to_owned()));
    }
    still_themselves(&known, EXACT).await
}
