//! Sessions: from when and until when a credential counts, and what the session says of it.

use chrono::{DateTime, FixedOffset, TimeDelta};

use crate::prelude::*;
use crate::session::login::{ask_list, ask_session, is_null, list_of, session_of};
use syncproof_harness::credential::Headers;

const BAD: &str = "session.bad-credential";
pub(crate) const BOUNDS: &str = "session.not-before";
const LEEWAY: &str = "session.short-leeway";
pub(crate) const EXPIRES: &str = "session.expires-at";
const STABLE: &str = "session.stable";
const ACTIVATES: &str = "workspace.activate-switches-session";
pub(crate) const WITH_CREDENTIAL: &str = "session.expires-with-credential";

cases! {
    /// A credential that was good, and was used, counts as none once its time is over.
    "session/credential-that-expires-in-use" checks [BAD] needs [BadCredentials] runs Early by expires_in_use;
    /// Credentials that expired minutes ago, or begin in minutes, count as none; those that have begun are valid.
    "session/credential-out-of-its-time" checks [BOUNDS, LEEWAY] needs [BadCredentials] by out_of_time;
    /// Credentials whose times have a fraction, or are written as one, are valid from then and until then (RFC 7519, section 2).
    "session/credential-with-fractions" checks [BOUNDS] needs [BadCredentials] by fractions;
    /// The session of a user, new or known, says in RFC 3339 when it ends, and that has not passed.
    "session/expires-at" checks [EXPIRES] by expires_at;
    /// Sessions of credentials with different ends say the end of their own.
    "session/expires-with-the-credential" checks [WITH_CREDENTIAL] needs [BadCredentials] by expires_with_credential;
    /// Several credentials of one user show one session, wherever and with whichever of them the user has gone.
    "session/stable-with-new-credentials" checks [STABLE, ACTIVATES] needs [BadCredentials] by stable_with_others;
}

/// Checks that a credential counts as none: no session, and no list.
async fn counts_as_none(client: &Client, requirement: &'static str) -> Checked {
    is_null(&ask_session(client).await, requirement)?;
    ask_list(client).await.expect_status(requirement, &[401])
}

async fn stable_with_others(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let second = anna.new_workspace("entered").await?;
    let mut clients = vec![anna.client().clone()];
    for hours in 1..=3 {
        let headers = context.credential_ending_in(&anna.identity, hours * 3600 + 60)?;
        clients.push(context.anonymous().with_credential("anna, with another credential", &headers));
    }
    for (round, client) in clients.iter().enumerate() {
        let place = if round % 2 == 0 { &second } else { &anna.home };
        let enter = Request::post(endpoint::ACTIVATE.path, &json!({"id": place}));
        client.send(enter).await.read::<OkAnswer>(ACTIVATES).in_setup()?;
        for other in clients.iter().cycle().skip(round + 1).take(clients.len()) {
            let answer = ask_session(other).await;
            let session = session_of(&answer, STABLE)?;
            let message = "a user's session is another one with another credential";
            let shown = (session.user.id, session.workspace.map(|workspace| workspace.id));
            answer.equal(STABLE, message, (&anna.id, Some(place)), shown)?;
        }
    }
    Ok(())
}

async fn out_of_time(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let client = |label: &str, headers: Headers| context.anonymous().with_credential(label, &headers);
    for seconds in [-7200, -330, -30] {
        let begun =
            client("anna, whose credential has begun", context.credential_beginning_in(&anna.identity, seconds)?);
        let session = session_of(&ask_session(&begun).await, BOUNDS)?;
        let answer = ask_session(anna.client()).await;
        answer.equal(
            BOUNDS,
            "a credential with an `nbf` that has passed is another user's",
            &anna.id,
            &session.user.id,
        )?;
        list_of(&begun, BOUNDS).await?;
    }
    // Far beyond each bound, so that the clocks of suite and target may differ by some seconds.
    for (requirement, bounds) in [(BOUNDS, [330, 3600]), (LEEWAY, [90, 150])] {
        for seconds in bounds {
            let ended = client("anna, too late", context.credential_ending_in(&anna.identity, -seconds)?);
            let early = client("anna, too early", context.credential_beginning_in(&anna.identity, seconds)?);
            for client in [ended, early] {
                let outcome = counts_as_none(&client, requirement).await;
                match requirement == LEEWAY {
                    true => context.check_should(outcome),
                    false => outcome?,
                }
            }
            session_of(&ask_session(anna.client()).await, BOUNDS)?;
        }
    }
    has_only_home(&anna, BOUNDS, "a credential that counts as none has changed the user's workspaces").await
}

async fn fractions(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let now = now().timestamp();
    let at = |seconds: i64, fraction: f64| {
        #[allow(clippy::cast_precision_loss, reason = "exact below 2^53")]
        let whole = now.saturating_add(seconds) as f64;
        json!(whole + fraction)
    };
    for claims in [
        json!({"nbf": at(-330, 0.5)}),
        json!({"nbf": at(-330, 0.0)}),
        json!({"nbf": 0}),
        json!({"exp": at(7200, 0.25)}),
        json!({"exp": at(7200, 0.0)}),
        json!({"iat": at(-330, 0.75)}),
        json!({"iat": at(-330, 0.125), "nbf": at(-330, 0.125), "exp": at(7200, 0.125)}),
    ] {
        let headers = context.credential_with_claims(&anna.identity, &claims)?;
        let client = context.anonymous().with_credential("anna, whose times have fractions", &headers);
        let answer = ask_session(&client).await;
        let session = session_of(&answer, BOUNDS)?;
        let message = format!("a credential with {claims} is another user's");
        answer.equal(BOUNDS, message, &anna.id, &session.user.id)?;
        list_of(&client, BOUNDS).await?;
    }
    Ok(())
}

/// When the session says that it ends.
pub(crate) fn end_of(session: &Session, answer: &Answer, requirement: &'static str) -> Checked<DateTime<FixedOffset>> {
    let said = session.expires_at.as_ref();
    let end = said.and_then(Value::as_str).and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    let actual = said.map_or_else(|| "no such field".to_owned(), Value::to_string);
    let message = "`expiresAt` of a session is no time in the form of RFC 3339";
    end.ok_or_else(|| answer.fails(requirement, message, "such as \"2026-11-22T10:17:25Z\"", actual))
}

/// The time now, by the clock of the suite.
fn now() -> DateTime<FixedOffset> {
    DateTime::<chrono::Utc>::from(std::time::SystemTime::now()).fixed_offset()
}

/// Checks that the end of a session, as that answer tells it, has not passed.
pub(crate) fn check_not_past(answer: &Answer, end: DateTime<FixedOffset>) -> Checked {
    // The clocks of suite and target may differ.
    let earliest = now() - TimeDelta::minutes(5);
    let message = "the session of a valid credential says that it has ended";
    answer.ensure(EXPIRES, end > earliest, message, format!("a time after {earliest}"), end.to_rfc3339())
}

async fn expires_at(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    for _ in 0..3 {
        let answer = ask_session(anna.client()).await;
        check_not_past(&answer, end_of(&session_of(&answer, EXPIRES)?, &answer, EXPIRES)?)?;
    }
    Ok(())
}

async fn expires_with_credential(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    for lasts in [3600, 7261, 100_000, 3600] {
        // The credential ends at a whole second, counted from the one in which it was made.
        let made_after = now().timestamp() + lasts;
        let headers = context.credential_ending_in(&anna.identity, lasts)?;
        let ends = made_after..=now().timestamp() + lasts;
        let client = context.anonymous().with_credential("anna", &headers);
        let answer = ask_session(&client).await;
        let end = end_of(&session_of(&answer, EXPIRES)?, &answer, EXPIRES)?;
        let message = format!("the session of a credential that lasts {lasts} s does not end with it");
        let expected = DateTime::from_timestamp(*ends.end(), 0).map_or_else(String::new, |end| end.to_rfc3339());
        let agrees = ends.contains(&end.timestamp());
        context.check_should(answer.ensure(WITH_CREDENTIAL, agrees, message, expected, end.to_rfc3339()));
    }
    Ok(())
}

async fn expires_in_use(context: Context) -> Checked {
    let (anna, mut journal) = Journal::with_user(&context, BAD).await?;
    journal.push_ok(&[anna.put("threads", "pk").clock(1)]).await.in_setup()?;

    // Long enough to be used on a slow machine.
    let headers = context.credential_ending_in(&anna.identity, 4)?;
    let short = anna.client().on_new_connections().map_err(Stop::Skipped)?.with_credential("anna, briefly", &headers);
    let answer = ask_session(&short).await;
    if answer.read::<SessionAnswer>(BAD).in_setup()?.session.is_none() {
        return Err(Stop::Skipped("the target does not accept a credential that expires in four seconds".to_owned()));
    }
    // Used for a list too. The answer is not checked, since the credential may have expired on a slow target.
    ask_list(&short).await;
    for _ in 0..6 {
        context.next_second().await;
    }

    // A target may accept a credential for some seconds longer, as clocks differ. Then it accepts this one, which expired
    // later.
    let control =
        context.anonymous().with_credential("anna, too late", &context.credential_ending_in(&anna.identity, -1)?);
    if ask_session(&control).await.read::<SessionAnswer>(BAD)?.session.is_some() {
        return Err(Stop::Skipped("the target accepts a credential some seconds after it has expired".to_owned()));
    }
    let elsewhere = short.on_new_connections().map_err(Stop::Skipped)?;
    for client in [&short, &elsewhere] {
        counts_as_none(client, BAD).await?;
        let push = push_body(&anna.home, &[anna.put("threads", "planted")]);
        client.send(Request::post(endpoint::PUSH.path, &push)).await.expect_status(BAD, &[401])?;
        session_of(&ask_session(anna.client()).await, BAD)?;
        list_of(anna.client(), BAD).await?;
    }
    journal.holds().await
}
