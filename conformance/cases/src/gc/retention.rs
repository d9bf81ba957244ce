//! Garbage collection with very large retentions, which overflow narrow integers.

use crate::gc::collection::{COLLECTS, GAP};
use crate::http::wrong_types::{large_numbers, with_number};
use crate::prelude::*;
use syncproof_harness::world::retention::{CHANGE_LOG, TOMBSTONES, wait_until_old};

const YOUNG: &str = "gc.keeps-young";

/// Just over 32 bits, signed and not, and what overflows as milliseconds, microseconds or nanoseconds: some of it comes
/// round to about a second.
const NARROW: &[u64] = &[
    2_147_483_648,
    2_147_483_649,
    4_294_967_296,
    4_294_967_297,
    9_223_372_037,
    10_000_000_000,
    18_446_744_074,
    9_223_372_036_855,
];

cases! {
    /// Retentions from 2^31 seconds to beyond 1e300, which no narrow integer holds, are refused or taken, and nothing is collected.
    "gc/very-large-retentions" checks ["http.no-5xx", YOUNG] needs [Gc] by very_large;
}

async fn very_large(context: Context) -> Checked {
    let mut home = Journal::open(&context, "push.all-tables").await?;
    let ops = [home.put("threads", "row"), home.delete("threads", "never was"), home.put("kv", "row")];
    home.push_ok(&ops).await.in_setup()?;
    home.have_read(&[("laptop", 3)]).await?;
    // Seen and over a second old, so that nothing but the retention holds it.
    wait_until_old(&context).await?;
    let body = json!({"scope": {"workspaceId": home.workspace}, "retentionSeconds": 1});
    for number in NARROW.iter().map(u64::to_string).chain(large_numbers()) {
        for path in [CHANGE_LOG, TOMBSTONES] {
            let body = with_number(&body, "/retentionSeconds", &number);
            let answer = home.user.send(Request::raw(reqwest::Method::POST, path, Some(body))).await;
            answer.expect_status("http.no-5xx", &[200, 204, 400])?;
        }
    }
    home.remains(GAP).await?.keeps(1, YOUNG, "no entry is as old as the retentions that were asked for")?;
    home.checks(YOUNG).shows().await?;
    home.collect_log_through_ok(3, COLLECTS).await
}
