//! HTTP: requests that break off, and requests that come drop by drop.

use std::time::Duration;

use futures_util::future::join_all;

use crate::http::wrong_requests::still_serves;
use crate::support::raw_http::{Probe, RawFixture, Validity};
use syncproof_harness::cases;
use syncproof_harness::client::{AfterSending, RawExchange, Step};
use syncproof_harness::world::Context;
use syncproof_protocol::endpoint;
use syncproof_protocol::failure::{Checked, Failure};
use syncproof_protocol::op::Op;

const BROKEN: &str = "http.no-5xx";
const UNCHANGED: &str = "push.bad-batch-changes-nothing";
const WHOLE: &str = "push.results-mirror-ops";
const PUSH: &str = endpoint::PUSH.path;
/// Between two bytes of a slow client.
const DROP: Duration = Duration::from_millis(50);
/// How long a user's few requests may take while slow clients are connected.
const UNHINDERED: Duration = Duration::from_secs(25);

cases! {
    /// Pushes that break off in their head and in many places of their body: nothing of the batch is applied.
    "http/raw-early-close" checks [UNCHANGED, BROKEN, "http.no-internals"] by early_close;
    /// Requests that come byte by byte are served once they are whole, or refused.
    "http/raw-slow-requests" checks [BROKEN, "http.json-errors", UNCHANGED, WHOLE] by slow_requests;
    /// While 20 clients send a byte every 50 ms, and 10 say nothing, a user is served.
    "http/raw-slow-clients-hold-up-nobody" checks [BROKEN] by slow_clients;
}

async fn early_close(context: Context) -> Checked {
    let mut fixture = RawFixture::open(&context).await?;
    let mut probes = Vec::new();
    for ending in [AfterSending::Close, AfterSending::HalfClose] {
        for framing in ["length", "chunks"] {
            for place in
                ["after the head", "1/4", "1/2", "3/4", "after an op", "after two ops", "a byte before its end"]
            {
                let ops: Vec<Op> =
                    (0..3).map(|number| fixture.op(&format!("{number} of {place}, {framing}, {ending:?}"))).collect();
                let body = fixture.body(&ops);
                // The end of an op, with and without the comma after it, is where a greedy reader would be content.
                let ends: Vec<usize> =
                    body.windows(3).enumerate().filter(|(_, w)| w == b"},{").map(|(at, _)| at).collect();
                let at = match place {
                    "after the head" => 0,
                    "1/4" => body.len() / 4,
                    "1/2" => body.len() / 2,
                    "3/4" => body.len() * 3 / 4,
                    "after an op" => ends.first().map_or(1, |at| at + 1),
                    "after two ops" => ends.last().map_or(2, |at| at + 2),
                    _ => body.len() - 1,
                };
                let head = fixture.raw.head("POST", PUSH);
                let bytes = if framing == "length" {
                    head.json(body.len()).with(&body[..at])
                } else {
                    let sent = &body[..at];
                    let chunk = [format!("{:x}\r\n", sent.len()).as_bytes(), sent, b"\r\n"].concat();
                    head.chunked().with(if sent.is_empty() { b"" } else { &chunk })
                };
                let what = format!("a push ({framing}) that breaks off ({ending:?}), {place}");
                let talk = RawExchange::ask("POST", PUSH, bytes).ending(ending);
                probes.push(Probe::new(what, Validity::Wrong, talk).forbidden(&ops));
            }
        }
        let head = fixture.raw.anonymous().head("POST", PUSH).bytes();
        for at in [1, head.len() / 2, head.len() - 2] {
            let talk = RawExchange::ask("POST", PUSH, head[..at].to_vec()).ending(ending);
            probes.push(Probe::new(
                format!("a head that breaks off ({ending:?}) after {at} bytes"),
                Validity::Wrong,
                talk,
            ));
        }
    }
    fixture.run(probes).await?;
    // Nothing of it comes in later, either.
    let op = fixture.op("after all");
    fixture.journal.push_ok(&[op]).await?;
    fixture.journal.holds().await
}

async fn slow_requests(context: Context) -> Checked {
    let mut fixture = RawFixture::open(&context).await?;
    let mut probes = Vec::new();
    for (what, from, count) in
        [("its first bytes", 0, 60), ("the middle of its head", 60, 60), ("its last bytes", usize::MAX, 80)]
    {
        let op = fixture.op(what);
        let request = fixture.request(std::slice::from_ref(&op));
        let from = from.min(request.len() - count);
        let mut talk = RawExchange::ask("POST", PUSH, Vec::new());
        talk.steps = vec![
            Step::Send(request[..from].to_vec()),
            Step::Trickle(request[from..from + count].to_vec(), DROP),
            Step::Send(request[from + count..].to_vec()),
        ];
        probes.push(Probe::new(format!("a push that is slow in {what}"), Validity::Unusual, talk).permitted(&[op]));
    }
    fixture.run(probes).await?;
    // In pieces, but not slow: that is how a network works, and no reason to refuse.
    let mut probes = Vec::new();
    // Head and body begin with single bytes, as fast as they go.
    let op = fixture.op("single bytes");
    let body = fixture.body(std::slice::from_ref(&op));
    let head = fixture.raw.head("POST", PUSH).json(body.len()).bytes();
    let mut talk = RawExchange::ask("POST", PUSH, Vec::new());
    talk.steps = Vec::new();
    for part in [head, body] {
        let (single, rest) = part.split_at(part.len().min(100));
        talk.steps.extend([Step::Trickle(single.to_vec(), Duration::from_millis(1)), Step::Send(rest.to_vec())]);
    }
    probes.push(Probe::new("a push in single bytes", Validity::Right, talk).permitted(&[op]));
    let op = fixture.op("two parts");
    let body = fixture.body(std::slice::from_ref(&op));
    let mut talk = RawExchange::ask("POST", PUSH, Vec::new());
    let head = fixture.raw.head("POST", PUSH).json(body.len()).bytes();
    talk.steps = vec![Step::Trickle(head[..1].to_vec(), DROP * 4), Step::Send(head[1..].to_vec())];
    talk.steps.extend([Step::Trickle(body[..1].to_vec(), DROP * 4), Step::Send(body[1..].to_vec())]);
    probes.push(Probe::new("a push in four parts", Validity::Right, talk).permitted(&[op]));
    for heard in fixture.run(probes).await? {
        // On a busy machine it may have been slow after all.
        heard.first.expect_status(WHOLE, &[200, 408, 429])?;
    }
    Ok(())
}

async fn slow_clients(context: Context) -> Checked {
    let mut fixture = RawFixture::open(&context).await?;
    let op = fixture.op("never whole");
    let request = fixture.request(&[op]);
    let head_length = request.windows(4).position(|window| window == b"\r\n\r\n").map_or(0, |at| at + 4);
    let crowd = (0..30).map(|number| {
        // Slow in the head, slow in the body, and silent ones.
        let mut talk = RawExchange::ask("POST", PUSH, Vec::new());
        let from = if number % 3 == 0 { 0 } else { head_length };
        let slow = request[from..request.len() - 1].iter().copied().cycle().take(600).collect();
        talk.steps = vec![Step::Send(request[..from].to_vec())];
        if number < 20 {
            talk.steps.push(Step::Trickle(if from == 0 { b"X".repeat(600) } else { slow }, DROP));
        }
        (fixture.raw.clone(), talk.ending(AfterSending::Answers(1)))
    });
    let crowd = join_all(crowd.map(|(raw, talk)| async move { raw.exchange(&talk).await }));
    let puts: Vec<Op> = (0..5).map(|number| fixture.op(&format!("served {number}"))).collect();
    let serving = async {
        for op in &puts {
            // A connection that was there before the crowd would see nothing of it.
            let user = fixture.user.on_new_connections()?;
            fixture.journal.push_by_ok(&user, std::slice::from_ref(op)).await?;
            still_serves(&user, BROKEN).await?;
        }
        Checked::Ok(())
    };
    let served = tokio::time::timeout(UNHINDERED, serving);
    // The crowd goes on as long as the user is being served, and ends with it.
    let served = tokio::select! {
        served = served => served,
        _ = async { crowd.await; std::future::pending::<()>().await } => return Ok(()),
    };
    match served {
        Ok(outcome) => outcome?,
        Err(_) => {
            let expected = format!("15 requests within {} s", UNHINDERED.as_secs());
            let message = "slow clients hold up a user who is not slow";
            return Err(Failure::new(BROKEN, message, expected, "more").into());
        }
    }
    fixture.journal.holds().await
}
