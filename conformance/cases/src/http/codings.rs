//! HTTP: answers in a coding that the client accepts, as browsers and other HTTP libraries always do.

use crate::http::wrong_requests::errors;
use crate::prelude::*;

const CODING: &str = "http.content-coding";
const ACCEPTED: &str = "http.accept-encoding";
const COMPLETE: &str = "pull.complete";

/// How clients accept gzip, and how they accept nothing.
const GZIP: [&str; 4] = ["gzip", "GZIP", "gzip;q=0.5, identity;q=0.1", "identity, gzip"];
const NONE: [&str; 4] = ["identity", "gzip;q=0", "identity, gzip;q=0.0", "*;q=0, identity"];
/// Records of so many bytes: more than a buffer holds.
const RECORDS: usize = 3;
const BYTES: usize = 40_000;

cases! {
    /// A log of large and small records, a list and refusals are read by clients that accept gzip and by others: all alike.
    "http/answers-in-codings" checks [CODING, ACCEPTED] by alike;
    /// Clients that accept gzip, and others, read in turns while records are written: each sees all, whoever asked before.
    "http/answers-in-codings-after-writes" checks [CODING, "pull.reads-own-writes"] by afresh;
}

/// The user, accepting these codings.
fn accepting(user: &User, codings: &str) -> User {
    user.with_header("accept-encoding", codings)
}

/// The list, as it is shown, and the user of the session.
async fn shown(user: &User) -> Checked<(Vec<Workspace>, Id, [Answer; 2])> {
    let (list, of_list) = user.workspaces(CODING).await?;
    let (session, of_session) = user.session(CODING).await?;
    Ok((list, session.user.id, [of_list, of_session]))
}

/// The client takes the coding off: where the head still names one, the body is not in it.
fn check_unpacked(answer: &Answer) -> Checked {
    let coding = answer.exchange().header("content-encoding").unwrap_or("identity").to_owned();
    let message = "the body of an answer is not in the coding that its head names";
    answer.ensure(CODING, coding == "identity", message, "a body in that coding", coding)
}

/// Checks that the log is read by that client as without a coding: the first page, and all of it.
async fn is_read_alike(journal: &Journal, reader: &User) -> Checked {
    let changes = |answer: &Answer| answer.json().and_then(|mut page| page.get_mut("changes").map(Value::take));
    let plain = journal.pull(0, 1000).await?;
    let answer = reader.pull(&journal.workspace, 0, 1000).await?;
    check_unpacked(&answer)?;
    let message = "to a client that accepts gzip a page of the log is not what it is to others";
    answer.equal(CODING, message, changes(&plain), changes(&answer))?;
    journal.holds_for(reader).await
}

async fn alike(context: Context) -> Checked {
    let (anna, mut journal) = Journal::with_user(&context, COMPLETE).await?;
    for number in 0..RECORDS {
        let text: String = (0..BYTES / 8).map(|place| format!("{:06x}\u{e9}", place * place * (number + 1))).collect();
        let op = journal.put("posts", &format!("large {number}")).field("content", json!(text));
        journal.push_ok(&[op, journal.put("threads", &format!("small {number}"))]).await?;
    }
    // What is wrong without any coding is another rule's affair.
    journal.holds().await?;
    journal.checks(CODING);
    let (list, id, plain) = shown(&anna).await?;
    let plain_errors = errors(&context, &anna).await?;
    let mut unasked = plain.to_vec();
    for codings in GZIP {
        let reader = accepting(&anna, codings);
        is_read_alike(&journal, &reader).await?;
        let (read, user, [answer, session]) = shown(&reader).await?;
        check_unpacked(&answer)?;
        check_unpacked(&session)?;
        let message = format!("with `Accept-Encoding: {codings}` the list is not what it is without");
        answer.equal(CODING, message, &list, &read)?;
        let message = format!("with `Accept-Encoding: {codings}` the session is not that of the same user");
        session.equal(CODING, message, &id, &user)?;
        for ((_, plain), (_, answer)) in plain_errors.iter().zip(errors(&context, &reader).await?) {
            // Some are asked for by nobody, who says nothing of codings.
            if answer.exchange().actor == anna.identity.name {
                check_unpacked(&answer)?;
            }
            let message = format!("with `Accept-Encoding: {codings}` an error is not what it is without");
            let shape = |answer: &Answer| (answer.status(), answer.json().is_some());
            answer.equal(CODING, message, shape(plain), shape(&answer))?;
        }
    }
    for codings in NONE {
        let reader = accepting(&anna, codings);
        journal.holds_for(&reader).await?;
        unasked.extend(shown(&reader).await?.2);
        unasked.push(reader.pull(&journal.workspace, 0, 1000).await?);
    }
    for answer in unasked {
        let coding = answer.exchange().header("content-encoding").unwrap_or("identity").to_owned();
        let message = "an answer is in a coding that the request does not accept";
        context.check_should(answer.ensure(ACCEPTED, coding == "identity", message, "none", coding));
    }
    Ok(())
}

async fn afresh(context: Context) -> Checked {
    let (anna, mut journal) = Journal::with_user(&context, CODING).await?;
    let packed = accepting(&anna, GZIP[0]);
    for round in 0..4 {
        let readers = if round % 2 == 0 { [&anna, &packed] } else { [&packed, &anna] };
        let (label, large) = (format!("round {round}"), "large ".repeat(1000));
        journal.push_ok(&[journal.put("posts", &label).field("content", json!(large))]).await?;
        for reader in readers {
            is_read_alike(&journal, reader).await?;
            let (list, _) = reader.workspaces(CODING).await?;
            let (now, answer) = anna.workspaces(CODING).await?;
            answer.equal(CODING, "two clients, of which one accepts gzip, see different lists", &now, &list)?;
        }
        anna.rename_ok(&anna.home, &json!({"name": label}), "workspace.rename").await?;
    }
    Ok(())
}
