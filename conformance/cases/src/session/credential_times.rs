//! Sessions: credentials whose times lie at edges: just begun, far ahead, and beyond what calendars hold.

use chrono::DateTime;

use crate::prelude::*;
use crate::session::expiry::{BOUNDS, EXPIRES, WITH_CREDENTIAL, check_not_past, end_of};
use crate::session::login::{ask_list, ask_session, session_of};

const NO_5XX: &str = "http.no-5xx";
const STABLE: &str = "session.stable";

cases! {
    /// Credentials that began a second to a minute ago, by the target's own clock, are valid.
    "session/credential-that-just-began" checks [BOUNDS] needs [BadCredentials] by just_began;
    /// Credentials that end in 2038, in 2106 and in 9999 are valid, and their sessions end then.
    "session/credential-that-ends-late" checks [EXPIRES, WITH_CREDENTIAL, BOUNDS] needs [BadCredentials] by ends_late;
    /// Credentials whose times are in milliseconds, before the year 0 or after 9999 are valid or count as none, and break nothing.
    "session/credential-beyond-calendars" checks [NO_5XX, STABLE] needs [BadCredentials] by beyond_calendars;
}

/// The client of a user with a credential that has these claims.
fn with_claims(user: &User, claims: &Value) -> Checked<Client> {
    let headers = user.context().credential_with_claims(&user.identity, claims)?;
    Ok(user.context().anonymous().with_credential(&format!("anna, with {claims}"), &headers))
}

async fn just_began(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    for back in [1, 2, 3, 5, 10, 20, 29, 31, 45, 59] {
        let answer = ask_session(anna.client()).await;
        let date = answer.exchange().header("date").and_then(|date| DateTime::parse_from_rfc2822(date).ok());
        let Some(date) = date else {
            return Err(Stop::Skipped("the target does not tell the time in `Date`".to_owned()));
        };
        // That answer is past, so its time is, too.
        let begins = date.timestamp() - back;
        for claims in [json!({"nbf": begins}), json!({"nbf": begins, "iat": begins})] {
            let answer = ask_session(&with_claims(&anna, &claims)?).await;
            let session = session_of(&answer, BOUNDS)?;
            let message = "a credential with an `nbf` that has passed is another user's";
            answer.equal(BOUNDS, message, &anna.id, &session.user.id)?;
        }
    }
    Ok(())
}

async fn ends_late(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    for end in [
        2_147_483_647_i64,
        2_147_483_648,
        2_147_500_000,
        4_294_967_295,
        4_294_967_296,
        4_300_000_000,
        32_503_680_000,
        253_402_200_000,
    ] {
        let answer = ask_session(&with_claims(&anna, &json!({"exp": end}))?).await;
        let session = session_of(&answer, BOUNDS)?;
        let said = end_of(&session, &answer, EXPIRES)?;
        check_not_past(&answer, said)?;
        let expected = DateTime::from_timestamp(end, 0).map_or_else(String::new, |end| end.to_rfc3339());
        let message = "the session of a credential that ends late does not end with it";
        let agrees = said.timestamp() == end;
        context.check_should(answer.ensure(WITH_CREDENTIAL, agrees, message, expected, said.to_rfc3339()));
    }
    Ok(())
}

/// Whether such a credential counts is not said, but nothing breaks.
fn breaks_nothing(answer: &Answer) -> Checked {
    let is_answered = answer.status().is_some_and(|status| status < 500);
    let message = "a credential with a time beyond calendars breaks the server";
    answer.ensure(NO_5XX, is_answered, message, "a session, or none", answer.outcome())
}

async fn beyond_calendars(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let ends = [
        json!(253_402_300_800_i64),
        json!(1_900_000_000_000_i64),
        json!(8_640_000_000_001_i64),
        json!(9_007_199_254_740_993_i64),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1e19),
        json!(1e300),
    ];
    let beginnings = [json!(-1), json!(-62_135_596_801_i64), json!(i64::MIN), json!(-1e300)];
    let claims = ends.iter().map(|end| json!({"exp": end}));
    let claims = claims.chain(beginnings.iter().map(|begins| json!({"nbf": begins, "iat": begins})));
    for claims in claims {
        let client = with_claims(&anna, &claims)?;
        let answer = ask_session(&client).await;
        breaks_nothing(&answer)?;
        if answer.is_success()
            && let Some(session) = answer.read::<SessionAnswer>(STABLE)?.session
        {
            let message = "a credential with a time beyond calendars is another user's";
            answer.equal(STABLE, message, &anna.id, &session.user.id)?;
        }
        breaks_nothing(&ask_list(&client).await)?;
    }
    session_of(&ask_session(anna.client()).await, NO_5XX).map(drop)
}
