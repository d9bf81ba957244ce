//! HTTP: requests that break off, and requests that arrive slowly.

use std::time::Duration;

use futures_util::future::join_all;

use crate::prelude::*;
use crate::support::raw_http::{Probe, RawFixture, Validity};
use syncproof_harness::client::{AfterSending, RawExchange, Step};

const BROKEN: &str = "http.no-5xx";
const UNCHANGED: &str = "push.bad-batch-changes-nothing";
const WHOLE: &str = "push.results-mirror-ops";
const PUSH: &str = endpoint::PUSH.path;
/// The pause of a slow client between two bytes.
const PAUSE: Duration = Duration::from_millis(50);
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

/// Where the body of a push of three ops breaks off.
fn end_of_part(body: &[u8], place: &str) -> usize {
    // A careless reader may accept a body that ends after an op, with or without the comma.
    let ends: Vec<usize> = body.windows(3).enumerate().filter(|(_, w)| w == b"},{").map(|(at, _)| at).collect();
    match place {
        "after the head" => 0,
        "1/4" => body.len() / 4,
        "1/2" => body.len() / 2,
        "3/4" => body.len() * 3 / 4,
        "after an op" => ends.first().map_or(1, |at| at + 1),
        "after two ops" => ends.last().map_or(2, |at| at + 2),
        _ => body.len() - 1,
    }
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
                let bytes = |body: &[u8]| {
                    let sent = &body[..end_of_part(body, place)];
                    if framing == "length" {
                        return fixture.push_head().json(body.len()).with(sent);
                    }
                    let chunk = [format!("{:x}\r\n", sent.len()).as_bytes(), sent, b"\r\n"].concat();
                    fixture.push_head().chunked().with(if sent.is_empty() { b"" } else { &chunk })
                };
                let what = format!("a push ({framing}) that breaks off ({ending:?}), {place}");
                probes.push(fixture.push_of(what, Validity::Wrong, &ops, bytes).ending(ending).forbidden());
            }
        }
        let head = fixture.raw.anonymous().head("POST", PUSH).bytes();
        for at in [1, head.len() / 2, head.len() - 2] {
            let what = format!("a head that breaks off ({ending:?}) after {at} bytes");
            probes.push(Probe::ask(what, Validity::Wrong, "POST", PUSH, head[..at].to_vec()).ending(ending));
        }
    }
    fixture.run(probes).await?;
    // Nothing of it is applied later.
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
        let request = fixture.request(op.as_ref());
        let from = from.min(request.len() - count);
        let steps = vec![
            Step::Send(request[..from].to_vec()),
            Step::Trickle(request[from..from + count].to_vec(), PAUSE),
            Step::Send(request[from + count..].to_vec()),
        ];
        let exchange = RawExchange { steps, ..RawExchange::ask("POST", PUSH, Vec::new()) };
        let what = format!("a push that is slow in {what}");
        probes.push(Probe::new(what, Validity::Unusual, exchange).permitted(&[op]));
    }
    fixture.run(probes).await?;
    // In pieces, but not slow: networks do that, so it is no reason to refuse.
    let mut probes = Vec::new();
    for (what, count, pause) in
        [("a push that begins in single bytes", 100, Duration::from_millis(1)), ("a push in four parts", 1, PAUSE * 4)]
    {
        let op = fixture.op(what);
        let body = fixture.body(op.as_ref());
        let head = fixture.push_head().json(body.len()).bytes();
        let steps = [head, body].into_iter().flat_map(|part| {
            let (slow, rest) = part.split_at(part.len().min(count));
            [Step::Trickle(slow.to_vec(), pause), Step::Send(rest.to_vec())]
        });
        let exchange = RawExchange { steps: steps.collect(), ..RawExchange::ask("POST", PUSH, Vec::new()) };
        probes.push(Probe::new(what, Validity::Right, exchange).permitted(&[op]));
    }
    for outcome in fixture.run(probes).await? {
        // On a busy machine it may have been slow enough for a refusal.
        outcome.first.expect_status(WHOLE, &[200, 408, 429])?;
    }
    Ok(())
}

async fn slow_clients(context: Context) -> Checked {
    let mut fixture = RawFixture::open(&context).await?;
    let op = fixture.op("never whole");
    let request = fixture.request(&[op]);
    let head_length = request.windows(4).position(|window| window == b"\r\n\r\n").map_or(0, |at| at + 4);
    let crowd = (0..30).map(|number| {
        // Some are slow in the head, some in the body, and some stop sending.
        let mut exchange = RawExchange::ask("POST", PUSH, Vec::new());
        let from = if number % 3 == 0 { 0 } else { head_length };
        let slow = request[from..request.len() - 1].iter().copied().cycle().take(600).collect();
        exchange.steps = vec![Step::Send(request[..from].to_vec())];
        if number < 20 {
            exchange.steps.push(Step::Trickle(if from == 0 { b"X".repeat(600) } else { slow }, PAUSE));
        }
        (fixture.raw.clone(), exchange.ending(AfterSending::Answers(1)))
    });
    let crowd = join_all(crowd.map(|(raw, exchange)| async move { raw.exchange(&exchange).await }));
    let puts: Vec<Op> = (0..5).map(|number| fixture.op(&format!("served {number}"))).collect();
    let serving = async {
        for op in &puts {
            // A connection that was open before might not be affected.
            let user = fixture.user.on_new_connections()?;
            fixture.journal.push_by_ok(&user, op).await?;
            still_serves(&user, BROKEN).await?;
        }
        Checked::Ok(())
    };
    let served = tokio::time::timeout(UNHINDERED, serving);
    // The slow clients stay connected as long as the user is being served.
    let served = tokio::select! {
        served = served => served,
        _ = async { crowd.await; std::future::pending::<()>().await } => return Ok(()),
    };
    match served {
        Ok(outcome) => outcome?,
        Err(_) => {
            let expected = format!("15 requests within {} s", UNHINDERED.as_secs());
            let message =
                "while slow clients send their requests, the requests of another user are not answered in time";
            let actual = format!("not all of them answered after {} s", UNHINDERED.as_secs());
            return Err(Failure::new(BROKEN, message, expected, actual).into());
        }
    }
    fixture.journal.holds().await
}
