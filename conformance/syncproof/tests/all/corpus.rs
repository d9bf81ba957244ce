//! What the fuzzers in `fuzz/` keep: every input of a corpus, and every one that once broke something, goes through its
//! check, on any toolchain; and bugs that are put in are reported.
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use syncproof::in_process;
use syncproof_campaign::CampaignTarget;
use syncproof_campaign::byte_fuzz::Surface;

/// As many as a CI machine has.
const THREADS: usize = 2;

fn folder(kind: &str, surface: Surface) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz").join(kind).join(surface.name())
}

/// The inputs in a folder, which may be missing.
fn inputs(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let hidden = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let mut paths: Vec<PathBuf> = paths.filter(|path| !hidden(path)).collect();
    paths.sort();
    paths
}

#[test]
fn what_the_fuzzers_have_found_is_in_order() {
    let mut all = Vec::new();
    for surface in Surface::ALL {
        let corpus = inputs(&folder("corpus", surface));
        assert!(!corpus.is_empty(), "no corpus for {}", surface.name());
        let crashes = inputs(&folder("crashes", surface));
        all.extend(corpus.into_iter().chain(crashes).map(|path| (surface, path)));
    }
    let (queue, wrong) = (Mutex::new(all), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let target = in_process::reference();
                let next = || queue.lock().unwrap().pop();
                while let Some((surface, path)) = next() {
                    if let Err(reason) = surface.check(&target, &fs::read(&path).unwrap()) {
                        wrong.lock().unwrap().push(format!("{}: {reason}", path.display()));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A bug that shows when a text stands in the credential or in the body.
#[derive(Debug, Clone, Copy)]
enum Bug {
    Panic,
    /// Waits for ever.
    Hang,
    Status500,
    /// Never lets go of its thread, for longer than a check waits.
    Spin,
}

impl Bug {
    async fn strike(self) -> Response {
        match self {
            Bug::Panic => panic!("a planted panic"),
            Bug::Hang => std::future::pending().await,
            Bug::Status500 => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            Bug::Spin => {
                std::thread::park_timeout(std::time::Duration::from_secs(60));
                StatusCode::OK.into_response()
            }
        }
    }
}

fn with(bug: Bug, sign: &'static str) -> CampaignTarget {
    in_process::reference_behind(move |router| {
        router.layer(from_fn(move |request: Request, next: Next| async move {
            let (parts, body) = request.into_parts();
            let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
            let credential =
                parts.headers.get("authorization").map(|value| value.as_bytes().to_vec()).unwrap_or_default();
            let holds = |bytes: &[u8]| bytes.windows(sign.len()).any(|window| window == sign.as_bytes());
            if holds(&bytes) || holds(&credential) {
                return bug.strike().await;
            }
            next.run(Request::from_parts(parts, Body::from(bytes))).await
        }))
    })
}

/// Bytes for each surface that meet the condition, and the condition.
const MET: [(Surface, &str, &[u8]); 4] = [
    (Surface::Body, "\"clock\":77", b"\0{\"scope\":{\"workspaceId\":\"$W\"},\"ops\":[{\"stamp\":{\"clock\":77}}]}"),
    (Surface::PageToken, "not a token", b"\x01not a token"),
    (Surface::Jwt, "Bearer x.y.z", b"\x01x.y.z"),
    (
        Surface::Sequence,
        "\"ops\":[{",
        b"\0\0\0\0\x01\0\0\0\x01\0\0\x01\x01\0\0\x02\x01\0\0\x03\x01\0\0\x04\x01\0\0\x05\x01\0\0\x06",
    ),
];

#[test]
fn planted_bugs_are_reported() {
    std::thread::scope(|scope| {
        for (surface, sign, bytes) in MET {
            scope.spawn(move || {
                surface.check(&in_process::reference(), bytes).unwrap();
                for (bug, words) in [(Bug::Panic, "planted panic"), (Bug::Status500, "500"), (Bug::Hang, "within")] {
                    let finding = surface.check(&with(bug, sign), bytes).unwrap_err();
                    assert!(
                        finding.contains("http.no-5xx") && finding.contains(words),
                        "{surface:?} {bug:?}: {finding}"
                    );
                }
            });
        }
        scope.spawn(|| {
            let (surface, sign, bytes) = MET[0];
            let finding = surface.check(&with(Bug::Spin, sign), bytes).unwrap_err();
            assert!(finding.contains("holds on to its thread"), "{finding}");
        });
    });
}
