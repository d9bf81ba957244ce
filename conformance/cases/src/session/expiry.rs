//! Sessions: a credential that expires while it is in use.

use crate::prelude::*;
use crate::session::login::{ask_list, ask_session, is_null, list_of, session_of};

const BAD: &str = "session.bad-credential";

cases! {
    /// A credential that was good, and was used, counts as none once its time is over.
    "session/credential-that-expires-in-use" checks [BAD] needs [BadCredentials] by expires_in_use;
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
        is_null(&ask_session(client).await, BAD)?;
        let push = push_body(&anna.home, &[anna.put("threads", "planted")]);
        for request in [Request::get(endpoint::LIST_WORKSPACES.path), Request::post(endpoint::PUSH.path, &push)] {
            client.send(request).await.expect_status(BAD, &[401])?;
        }
        session_of(&ask_session(anna.client()).await, BAD)?;
        list_of(anna.client(), BAD).await?;
    }
    journal.holds().await
}
