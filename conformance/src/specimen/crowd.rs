//! The scenes of the script in which several ask at once.

use super::script::Script;
use futures_util::future::join_all;
use serde_json::{Value, json};

/// The scenes in which several ask at once; only what does not depend on the order of arrival is noted.
pub(super) async fn play(s: &Script) {
    let sessions = join_all((0..4).map(|_| s.raw("new", "GET /api/auth/session", vec![]))).await;
    let same = sessions.iter().all(|answer| *answer == sessions[0]);
    s.note(format!("{same} {}", sessions.iter().all(|(head, _)| head.starts_with("200"))));
    let created = join_all((0..4).map(|_| s.raw("new", "POST /api/workspaces", br#"{"name":"c"}"#.to_vec()))).await;
    s.note(format!("{}", created.iter().all(|(head, _)| head.starts_with("201"))));
    let (_, home) = s.session("new").await;
    let body = |ops: Vec<Value>| json!({"scope": {"workspaceId": home}, "ops": ops}).to_string().into_bytes();
    let batches = join_all((0..4).map(|n| {
        let ops = (0..3).map(|_| s.put("r", n)).collect();
        s.raw("new", "POST /api/sync/push", body(ops))
    }))
    .await;
    let mut firsts = vec![];
    for (_, answer) in batches {
        let versions: Vec<u64> =
            answer["results"].as_array().unwrap().iter().filter_map(|r| r["serverVersion"].as_u64()).collect();
        s.note(format!("{}", versions.windows(2).all(|pair| pair[0] + 1 == pair[1])));
        firsts.push(versions[0]);
    }
    firsts.sort_unstable();
    s.note(format!("{firsts:?}"));
    let op = s.put("same", 1);
    let replays = join_all((0..4).map(|_| s.raw("new", "POST /api/sync/push", body(vec![op.clone()])))).await;
    s.note(format!("{}", replays.iter().all(|(_, answer)| answer["results"][0]["serverVersion"] == 13)));
    gaps(s, &home).await;
    let doomed = s.create("new", "doomed").await;
    let activation = s.raw("new", "POST /api/workspaces/active", json!({"id": doomed}).to_string().into());
    let deletion = async {
        tokio::time::sleep(std::time::Duration::from_millis(8)).await;
        s.raw("new", &format!("DELETE /api/workspaces/{doomed}"), vec![]).await
    };
    let _ = tokio::join!(activation, deletion);
    let (_, stands) = s.session("new").await;
    s.note(format!("{}", stands == doomed));
}

/// Whether a reader ever sees a version whose predecessor is still to come.
async fn gaps(s: &Script, home: &str) {
    let push = |n: u64| {
        let body = json!({"scope": {"workspaceId": home}, "ops": [s.put("g", n)]});
        s.raw("new", "POST /api/sync/push", body.to_string().into())
    };
    let mut gapless = true;
    for n in 0..4 {
        let later = async {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            push(n + 10).await;
            let body = json!({"scope": {"workspaceId": home}, "cursor": 0, "limit": 1000});
            s.raw("new", "POST /api/sync/pull", body.to_string().into()).await.1
        };
        let (_, page) = tokio::join!(push(n), later);
        let versions = page["changes"].as_array().unwrap().iter().filter_map(|change| change["serverVersion"].as_u64());
        gapless &= versions.zip(1..).all(|(version, place)| version == place);
    }
    s.note(format!("{gapless}"));
}
