//! Every command line of the documents, and how the test runs it: as it stands, but for what would be a stranger's.

/// The address that the documents name.
pub(super) const ADDRESS: &str = "127.0.0.1:8787";

/// One line.
#[derive(Debug)]
pub(super) struct Line {
    /// As it stands in the documents, without its comment.
    pub(super) text: &'static str,
    /// How it is run.
    pub(super) how: How,
    /// The exit code.
    pub(super) code: i32,
    /// A part of what it prints, on either stream.
    pub(super) says: &'static str,
    /// The arguments of the specimen that stands in for the server at [`ADDRESS`].
    pub(super) server: Option<&'static [&'static str]>,
    /// What the test replaces, and what by.
    pub(super) changed: Vec<(&'static str, &'static str)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// To its end.
    Runs,
    /// Until it listens, which is at a free port instead of the one that it names. Then it is stopped.
    Serves,
    /// Not at all, for that reason.
    No(&'static str),
}

impl Line {
    fn new(text: &'static str, how: How, code: i32, says: &'static str) -> Self {
        Line { text, how, code, says, server: None, changed: Vec::new() }
    }

    /// A specimen started with these arguments stands in for the server at the address of the documents.
    fn against(self, server: &'static [&'static str]) -> Self {
        Line { server: Some(server), ..self }
    }

    /// With that part replaced.
    fn changed(mut self, from: &'static str, to: &'static str) -> Self {
        self.changed.push((from, to));
        self
    }

    /// With fewer cases than all, which take minutes without optimisation.
    fn shortened(self) -> Self {
        self.changed("syncproof run", "syncproof run --filter 'pull/*' --filter isolation.same-pk")
    }
}

fn runs(text: &'static str, code: i32, says: &'static str) -> Line {
    Line::new(text, How::Runs, code, says)
}

fn serves(text: &'static str) -> Line {
    Line::new(text, How::Serves, 0, "listening on http://")
}

/// A server that trusts `Authorization: Bearer {user}`.
const TRUSTING: &[&str] = &["--trust-header"];
/// The server that the line before starts.
const WITH_BUG: &[&str] = &["--mutant", "global-primary-key"];

/// What the lines before it write on other machines, of fewer cases.
const ALL_SHARDS: &str = "for n in 1 2 3 4; do syncproof run --filter 'cursor/*' --seed 7 --shard $n/4 --report \
    json=shard-$n.json || exit; done; syncproof merge";
/// The same of two shards.
const BOTH_SHARDS: &str = "for n in 1 2; do syncproof run --filter 'cursor/*' --seed 7 --shard $n/2 --report \
    json=shard-$n.json || exit; done; syncproof merge";
/// Two reports of the same run.
const TWO_REPORTS: &str =
    "syncproof run --filter 'cursor/*' --report json=old.json && cp old.json new.json && syncproof compare";

/// Every line.
pub(super) fn lines() -> Vec<Line> {
    // The shortened runs are of a part of the cases.
    let passed = "Not a verdict. Selected by --filter";
    vec![
        // The built command is run, since cargo would compile all of it with optimisation. Which one cargo runs is a test
        // of its own.
        runs("cargo run --release -- run", 0, passed).changed("cargo run --release --", "syncproof").shortened(),
        Line::new("cargo test", How::No("this test is a part of it"), 0, ""),
        runs("syncproof run --target http://127.0.0.1:8787 --header 'Authorization: Bearer {user}'", 0, passed)
            .against(TRUSTING)
            .shortened(),
        Line::new(
            "syncproof run --target https://sync.example.org --ca-file ca.pem --header 'Authorization: Bearer {user}'",
            How::No("the tests of targets with TLS run it"),
            0,
            "",
        ),
        // A `node` in PATH stands in for the server of the line.
        runs("syncproof run --exec 'node server.js --port {port}' --jwt-secret-file secret.txt", 0, passed)
            .shortened(),
        container(),
        // The file is empty.
        runs("syncproof run --baseline known-failures.toml", 0, "known-failures.toml excuses nothing").shortened(),
        runs(
            "syncproof fuzz --target http://127.0.0.1:8787 --header 'Authorization: Bearer {user}' --time 300",
            0,
            "nothing found: ",
        )
        .against(TRUSTING)
        .changed("--time 300", "--time 6"),
        runs(
            "syncproof exhaust --scope members --target http://127.0.0.1:8787 --header 'Authorization: Bearer {user}' --pairs",
            0,
            "scope members: every pair of transitions",
        )
        .against(TRUSTING)
        .changed("--pairs", "--pairs --time 3"),
        Line::new(
            "syncproof power-loss --seed 1 --points 500",
            How::No("it takes FUSE, and the tests of losses of power run it"),
            0,
            "",
        ),
        runs(
            "syncproof soak --target http://127.0.0.1:8787 --header 'Authorization: Bearer {user}' --time 60",
            0,
            "0 requirements broken",
        )
        .against(TRUSTING)
        .changed("--time 60", "--time 4"),
        runs(
            "syncproof soak --seed 1 --fail-fast --in-process specimen --mutant commits-out-of-order",
            1,
            "pull.no-skip-under-writes (MUST), once",
        ),
        runs(
            "syncproof judge syncproof-1-0.jsonl --html contradictions.html",
            1,
            "pull.no-skip-under-writes (MUST), once",
        ),
        runs("syncproof export syncproof-1-0.jsonl --to elle", 0, ":f :txn, :value [[:append 0 1]]"),
        // What is made up is 44 characters long.
        runs("export SYNCPROOF_JWT_SECRET=$(head -c 32 /dev/urandom | base64)", 0, "44")
            .changed("| base64)", "| base64); printf %s \"$SYNCPROOF_JWT_SECRET\" | wc -c"),
        serves("syncproof serve --specimen --mutant global-primary-key &"),
        runs("syncproof run --target http://127.0.0.1:8787", 1, "MUST isolation.same-pk").against(WITH_BUG).shortened(),
        runs("syncproof run --shard 1/4", 0, passed).shortened(),
        runs("syncproof run --shard 1/4 --seed 7 --report json=shard-1.json", 0, passed).shortened(),
        runs(
            "syncproof merge shard-1.json shard-2.json shard-3.json shard-4.json --report html=report.html",
            0,
            "Not a verdict. Selected by --filter 'cursor/*'.",
        )
        .changed("syncproof merge", ALL_SHARDS),
        runs("syncproof compare old.json new.json", 0, "Nothing broke.").changed("syncproof compare", TWO_REPORTS),
        runs("syncproof run --fail-fast", 0, passed).shortened(),
        runs("syncproof run --level should", 0, passed).shortened(),
        serves("syncproof serve --specimen --trust-header &"),
        runs(
            "syncproof doctor --target http://127.0.0.1:8787 --header 'Authorization: Bearer {user:percent}'",
            0,
            "credentials   taken",
        )
        .against(TRUSTING),
        // The trace is one of the regressions, under the name that the line gives.
        runs(
            "syncproof replay syncproof-7-854.json --target http://127.0.0.1:8787 --header 'Authorization: Bearer {user}'",
            0,
            "fixed syncproof-7-854.json: ",
        )
        .against(TRUSTING),
        runs(
            "syncproof diff reference http://127.0.0.1:8787 --header 'Authorization: Bearer {user}' --cases 1000",
            0,
            "no difference: ",
        )
        .against(TRUSTING)
        .changed("--cases 1000", "--cases 10"),
        // All of them take many minutes; the tests of mutants and variants run those that they are about.
        runs("syncproof mutants", 0, "global-primary-key\n").changed("mutants", "mutants --list"),
        runs("syncproof variants", 0, "on 1 server: 1 passed")
            .changed("variants", "variants --filter names-in-a-header --cases 'pull/*'"),
        serves("SYNCPROOF_JWT_SECRET=… OR3_SQLITE_DB_PATH=data.sqlite syncproof serve --listen 127.0.0.1:8787"),
        runs(
            "syncproof run --report html=report.html --report junit=report.xml --report json=report.json --repro failures/",
            0,
            passed,
        )
        .shortened(),
        runs("syncproof run --report github=-", 0, passed).shortened(),
        runs("syncproof explain push", 0, "POST /api/sync/push\n  level 3 of 7: push and pull\n"),
        runs("syncproof explain op.replay-same-version", 0, "level 4 of 7: conflicts and idempotency"),
        // The server is one that has reached the first level.
        runs(
            "syncproof init --target http://127.0.0.1:8787 --header 'Authorization: Bearer {user}'",
            0,
            "Aim for level 2 of 7: workspaces",
        )
        .against(&["--trust-header", "--mutant", "session-cached"]),
        runs("syncproof run --up-to 3", 0, "Reached level 3 of 7: push and pull"),
        runs("syncproof explain pull.has-more", 0, "level 3 of 7: push and pull"),
        runs("syncproof explain pull", 0, "POST /api/sync/pull\n  level 3 of 7: push and pull\n"),
        runs(
            "syncproof run --up-to 3 --baseline known-failures.toml --update-baseline",
            0,
            "known-failures.toml written: 0 added, 0 dropped, 0 kept",
        )
        .shortened(),
        runs(
            "syncproof run --up-to 3 --baseline known-failures.toml --report github=- --report junit=syncproof.xml \
             --report json=new.json",
            0,
            passed,
        )
        .changed("--up-to 3", "--filter 'cursor/*'"),
        runs(
            "syncproof run --up-to 3 --baseline known-failures.toml --seed 1 --shard 1/2 --report json=shard-1.json",
            0,
            "Not a verdict. Selected by --up-to 3 --filter 'pull/*'",
        )
        .shortened(),
        runs(
            "syncproof merge shard-1.json shard-2.json --report html=report.html",
            0,
            "Not a verdict. Selected by --filter 'cursor/*'.",
        )
        .changed("syncproof merge", BOTH_SHARDS),
        serves("syncproof serve --specimen --trust-header --mutant global-primary-key --mutant replay-is-new &"),
        // The server of these two has no bugs.
        runs(
            "syncproof fuzz --target http://127.0.0.1:8787 --header 'Authorization: Bearer {user}' --time 28800 \
             --report html=night.html --report junit=night.xml",
            0,
            "nothing found: ",
        )
        .against(TRUSTING)
        .changed("--time 28800", "--time 6"),
        runs(
            "syncproof fuzz --target http://127.0.0.1:8787 --header 'Authorization: Bearer {user}' --time 28800 \
             --known known-failures.toml",
            0,
            "nothing found: ",
        )
        .against(TRUSTING)
        .changed("--time 28800", "--time 6"),
        runs(
            "syncproof replay traces/*.json --target http://127.0.0.1:8787 --header 'Authorization: Bearer {user}'",
            0,
            "fixed traces/syncproof-7-854.json: ",
        )
        .against(TRUSTING)
        .changed("syncproof replay", "mkdir traces && cp *.json traces && syncproof replay"),
    ]
}

/// The line about containers. There is no such image; the test in `container.rs` builds one and runs it.
fn container() -> Line {
    runs("syncproof run --image my/server:1.2 --port 8080 --env MODE=test", 3, "the image my/server:1.2: ")
}
