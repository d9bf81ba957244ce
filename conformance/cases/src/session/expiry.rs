//! Sessions: a credential that comes to its end while it is in use.

use crate::session::login::{ask_session, is_null, session_of};
use syncproof_harness::cases;
use syncproof_harness::client::Request;
use syncproof_harness::world::Context;
use syncproof_harness::world::sync::push_body;
use syncproof_protocol::endpoint;
use syncproof_protocol::failure::{Checked, Setup as _, Stop};
use syncproof_protocol::wire::{SessionAnswer, WorkspacesAnswer};

const BAD: &str = "session.bad-credential";

cases! {
    /// A credential that was good, and was used, counts as none once its time is over.
    "session/credential-that-expires-in-use" checks [BAD] needs [BadCredentials] by expires_in_use;
}

async fn expires_in_use(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let ops = [anna.put("threads", "pk").clock(1)];
    anna.push_ok(&anna.home, &ops, BAD).await.in_setup()?;

    // Long enough that a slow machine gets to use it.
    let headers = context.credential_ending_in(&anna.identity, 4)?;
    let short = anna.client().on_new_connections().map_err(Stop::Skipped)?.with_credential("anna, briefly", &headers);
    let answer = ask_session(&short).await;
    if answer.read::<SessionAnswer>(BAD).in_setup()?.session.is_none() {
        return Err(Stop::Skipped("the target does not take a credential that ends in four seconds".to_owned()));
    }
    // Used for more than the session, too; what comes of it is a matter of how fast the target is.
    short.send(Request::get(endpoint::LIST_WORKSPACES.path)).await;
    for _ in 0..6 {
        context.next_second().await;
    }

    // A target may forgive some seconds, for clocks that differ. Then it takes this one, which ended later.
    let control =
        context.anonymous().with_credential("anna, too late", &context.credential_ending_in(&anna.identity, -1)?);
    if ask_session(&control).await.read::<SessionAnswer>(BAD)?.session.is_some() {
        return Err(Stop::Skipped("the target forgives a credential some seconds after its end".to_owned()));
    }
    let elsewhere = short.on_new_connections().map_err(Stop::Skipped)?;
    for client in [&short, &elsewhere] {
        is_null(&ask_session(client).await, BAD)?;
        let push = push_body(&anna.home, &[anna.put("threads", "planted")]);
        for request in [Request::get(endpoint::LIST_WORKSPACES.path), Request::post(endpoint::PUSH.path, &push)] {
            client.send(request).await.expect_status(BAD, &[401])?;
        }
        session_of(&ask_session(anna.client()).await, BAD)?;
        anna.client().send(Request::get(endpoint::LIST_WORKSPACES.path)).await.read::<WorkspacesAnswer>(BAD)?;
    }
    anna.holds(&anna.home, &ops, BAD).await
}
