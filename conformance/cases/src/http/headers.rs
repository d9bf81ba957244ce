//! HTTP: what answers say about themselves in their headers.

use crate::http::wrong_requests::{errors, paths};
use crate::prelude::*;
use syncproof_harness::client::json_that_is_not_named;
use syncproof_harness::world::filled_path;
use syncproof_protocol::endpoint::Method;

const CONTENT_TYPE: &str = "http.content-type";
const ALLOW: &str = "http.allow";

cases! {
    /// Gets answers of every endpoint and errors of every kind, and looks at their Content-Type.
    "http/json-is-named" checks [CONTENT_TYPE] by json_is_named;
    /// Asks known routes with a method that they do not have, and looks for those that they have in Allow.
    "http/refused-methods-name-the-others" checks [ALLOW] by others_are_named;
}

async fn json_is_named(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let ops = [anna.put("threads", "pk")];
    let filling = Filling { ops: &ops, ..Filling::of(&anna.home, &anna.id) };
    let errors = errors(&context, &anna).await?;
    let mut answers: Vec<Answer> = errors.into_iter().map(|(_, answer)| answer).collect();
    for endpoint in context.endpoints().filter(|endpoint| endpoint.is_sync() || endpoint.method == Method::Get) {
        answers.push(anna.send(EndpointCall::new(endpoint, &filling).request()).await);
    }
    for answer in answers {
        let unnamed = json_that_is_not_named(answer.exchange());
        let message = format!(
            "the body of the answer to {} is JSON, and its Content-Type says nothing of it",
            answer.exchange().path
        );
        let actual = unnamed.clone().unwrap_or_default();
        context.check_should(answer.ensure(CONTENT_TYPE, unnamed.is_none(), message, "application/json", actual));
    }
    Ok(())
}

async fn others_are_named(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    for path in paths(context.endpoints()) {
        // Of a path that another one with an id in it covers, too, only the methods of its own are certain.
        let own: Vec<&str> = context.endpoints().filter(|one| one.path == path).map(|one| one.method.name()).collect();
        let any: Vec<&str> = endpoint::methods_of(path).into_iter().map(Method::name).collect();
        let Some(wrong) = ["PUT", "DELETE", "PATCH"].into_iter().find(|method| !any.contains(method)) else { continue };
        let method = reqwest::Method::from_bytes(wrong.as_bytes()).unwrap_or_default();
        let path = filled_path(path, &anna.home, &anna.id);
        let answer = anna.send(Request::raw(method, path.as_str(), None)).await;
        answer.expect_status("http.method-and-route", &[405])?;
        let allowed = answer.exchange().header("allow").unwrap_or_default().to_owned();
        let named: Vec<&str> = allowed.split(',').map(str::trim).collect();
        let is_told = own.iter().all(|method| named.contains(method)) && !named.contains(&wrong);
        let message = format!("a 405 for {wrong} {path} does not name the methods of the route in Allow");
        context.check_should(answer.ensure(ALLOW, is_told, message, own.join(", "), allowed));
    }
    Ok(())
}
