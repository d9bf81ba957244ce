//! The rules for every answer of a run. They are checked as the answers arrive, whatever case sent the request.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use aho_corasick::AhoCorasick;
use memchr::memmem;
use serde::Deserialize;
use serde_json::Value;

use syncproof_protocol::endpoint;
use syncproof_protocol::exchange::Exchange;
use syncproof_protocol::symptom::endpoint_of;

/// The answers that broke a rule: the first of them, and how many there were of each endpoint.
#[derive(Debug, Clone)]
pub struct RuleViolation {
    /// The case that sent the request.
    pub case: String,
    /// What was wrong.
    pub what: String,
    /// The answer.
    pub exchange: Arc<Exchange>,
    /// The number of such answers of each endpoint (method and path), with their status.
    pub counts: BTreeMap<(String, u16), u64>,
}

const NO_SERVER_ERROR: &str = "http.no-5xx";
/// Far more than the endpoints of the protocol. Unknown paths beyond these are not counted.
const MAX_COUNTED: usize = 60;

impl RuleViolation {
    /// The endpoints with their statuses and counts, such as `500 from POST /api/sync/push (3 times)`.
    #[must_use]
    pub fn endpoints(&self) -> String {
        self.counted().join(", ")
    }

    /// The first of these endpoints, and how many more there are: for a sentence.
    #[must_use]
    pub fn first_endpoints(&self) -> String {
        const NAMED: usize = 3;
        let mut named = self.counted();
        let more = named.len().saturating_sub(NAMED);
        if more > 1 {
            named.truncate(NAMED);
            named.push(format!("and {more} more kinds of answers"));
        }
        named.join(", ")
    }

    fn counted(&self) -> Vec<String> {
        let counted = |((endpoint, status), count): (&(String, u16), &u64)| match count {
            1 => format!("{status} from {endpoint} (once)"),
            count => format!("{status} from {endpoint} ({count} times)"),
        };
        self.counts.iter().map(counted).collect()
    }
}

/// Checks every exchange of a run, counts the violations of each rule and keeps the first.
#[derive(Debug, Default)]
pub struct ResponseMonitor {
    seen: AtomicU64,
    errors_seen: AtomicU64,
    violations: Mutex<BTreeMap<&'static str, RuleViolation>>,
}

impl ResponseMonitor {
    /// Checks an exchange of the case with that id. With `may_fail`, the answer may say that the server failed.
    pub(super) fn observe(&self, case: &str, exchange: &Arc<Exchange>, may_fail: bool) {
        let Some(status) = exchange.status else { return };
        self.seen.fetch_add(1, Ordering::Relaxed);
        if status >= 400 {
            self.errors_seen.fetch_add(1, Ordering::Relaxed);
        }
        for (requirement, what) in broken_rules(exchange) {
            if may_fail && requirement == NO_SERVER_ERROR {
                continue;
            }
            let mut violations = self.violations.lock().unwrap_or_else(PoisonError::into_inner);
            let violation = violations.entry(requirement).or_insert_with(|| RuleViolation {
                case: case.to_owned(),
                what,
                exchange: Arc::clone(exchange),
                counts: BTreeMap::new(),
            });
            let answer = (endpoint_of(exchange), status);
            if violation.counts.len() < MAX_COUNTED || violation.counts.contains_key(&answer) {
                *violation.counts.entry(answer).or_default() += 1;
            }
        }
    }

    /// Answers seen so far.
    pub fn seen(&self) -> u64 {
        self.seen.load(Ordering::Relaxed)
    }

    /// Error answers seen so far.
    pub fn errors_seen(&self) -> u64 {
        self.errors_seen.load(Ordering::Relaxed)
    }

    /// The violations of the requirement.
    pub fn offence(&self, requirement: &str) -> Option<RuleViolation> {
        self.violations.lock().unwrap_or_else(PoisonError::into_inner).get(requirement).cloned()
    }
}

/// The rules that this answer breaks, and how.
#[must_use]
pub fn broken_rules(exchange: &Exchange) -> Vec<(&'static str, String)> {
    let Some(status) = exchange.status else { return Vec::new() };
    let rules = [
        (NO_SERVER_ERROR, server_error(status, exchange)),
        ("http.json-errors", error_that_is_no_json(status, exchange)),
        ("http.no-internals", internals(exchange)),
        ("http.no-store", cacheable(exchange)),
        ("http.content-type", json_that_is_not_named(exchange)),
        ("http.allow", refusal_without_methods(status, exchange)),
    ];
    rules.into_iter().filter_map(|(rule, what)| Some((rule, what?))).collect()
}

fn server_error(status: u16, exchange: &Exchange) -> Option<String> {
    is_server_error(status, exchange).then(|| format!("the answer is a {status}"))
}

/// Whether that status says that the server failed.
pub(super) fn is_server_error(status: u16, exchange: &Exchange) -> bool {
    // 501 is the answer to a method that the server does not know (RFC 9110, section 15.6.2).
    let unknown_method = status == 501 && !PLAIN_METHODS.contains(&exchange.method.as_str());
    status >= 500 && !unknown_method
}

/// The methods of the protocol, and others that a client may use on a known route by mistake. The answer to HEAD has no
/// body, and a method that the HTTP library of a server does not know is answered by the library.
const PLAIN_METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE"];

fn error_that_is_no_json(status: u16, exchange: &Exchange) -> Option<String> {
    if status < 400 || !PLAIN_METHODS.contains(&exchange.method.as_str()) {
        return None;
    }
    // A target that is not a URI is answered by the HTTP library, too.
    if !is_percent_encoded(&exchange.path) {
        return None;
    }
    match serde_json::from_slice::<Value>(&exchange.response) {
        Ok(Value::Object(fields)) => match fields.get("statusCode").and_then(Value::as_u64) {
            Some(code) if code != u64::from(status) => {
                Some(format!("the body says statusCode {code}, the status line {status}"))
            }
            _ => None,
        },
        Ok(_) => Some("the body is JSON, but not an object".to_owned()),
        Err(error) => Some(format!("the body is not JSON: {error}")),
    }
}

/// Whether every percent sign begins a percent-encoded byte, as a URI requires (RFC 3986, section 2.1).
fn is_percent_encoded(path: &str) -> bool {
    let is_code = |rest: &str| rest.len() >= 2 && rest.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
    path.split('%').skip(1).all(is_code)
}

/// Texts that come from the internals of a server. Each is long enough not to appear in a proper message by chance.
const INTERNALS: &[&str] = &[
    "UNIQUE constraint",
    "FOREIGN KEY constraint",
    "NOT NULL constraint",
    "CHECK constraint failed",
    "constraint failed:",
    "SQLITE_",
    "sqlite3.",
    "no such table: ",
    "no such column: ",
    "syntax error at or near",
    "duplicate key value violates",
    "SQLSTATE",
    "INSERT INTO ",
    "DELETE FROM ",
    "ON CONFLICT",
    "Traceback (most recent call last)",
    "\\n    at ",
    "\n    at ",
    "goroutine ",
    "panicked at",
    "stack backtrace",
    "node_modules",
    "node:internal",
    ".py\\\", line",
    ".cs:line ",
    ".php on line ",
    "/home/",
    "/usr/",
    "/var/",
    "/srv/",
    "/tmp/",
    "/root/",
    "C:\\\\",
];

/// Two parts of a statement. In this order they appear only in SQL.
const STATEMENTS: &[(&str, &str)] =
    &[("SELECT ", " FROM "), ("UPDATE ", " SET "), ("INSERT ", " VALUES"), ("CREATE ", " TABLE ")];

/// Extensions of source files, in a position such as `name.java:12`.
const SOURCES: &[&str] = &[
    ".java:", ".kt:", ".scala:", ".clj:", ".cs:", ".php:", ".rb:", ".py:", ".rs:", ".go:", ".ts:", ".tsx:", ".js:",
    ".mjs:", ".cjs:", ".ex:", ".exs:", ".erl:", ".swift:", ".cpp:", ".zig:", ".dart:", ".lua:",
];

/// Which internals of the server an answer shows (`http.no-internals`), in an error or in the result of an op that failed.
#[must_use]
pub fn internals(exchange: &Exchange) -> Option<String> {
    let text = if exchange.status? < 400 {
        errors_of_ops(exchange)?
    } else {
        // Some JSON writers escape slashes (RFC 8259, section 7), also in paths.
        String::from_utf8_lossy(&exchange.response).replace("\\/", "/")
    };
    if !hints().is_match(&text) {
        return None;
    }
    let sent = exchange.request.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
    // Text from the request is an echo, not a leak.
    let own = |trace: &str| sent.contains(trace) || exchange.path.contains(trace);
    let trace = INTERNALS.iter().find(|trace| text.contains(**trace) && !own(trace)).map(|trace| (*trace).to_owned());
    let statement = || {
        let (verb, _) = STATEMENTS.iter().find(|(verb, rest)| {
            let after = text.find(verb).map(|at| &text[at + verb.len() - 1..]);
            after.is_some_and(|after| after.contains(rest)) && !own(verb)
        })?;
        Some((*verb).to_owned())
    };
    let place = || places(&text).find(|place| !own(place)).map(str::to_owned);
    let leak = trace.or_else(statement).or_else(place)?;
    let what = if exchange.status? < 400 { "the error of an op" } else { "the error answer" };
    Some(format!("{what} shows `{}`", leak.escape_debug()))
}

/// The error texts of failed ops in a successful push. The rest of such an answer is what clients wrote.
fn errors_of_ops(exchange: &Exchange) -> Option<String> {
    // Most pushes have none and need not be parsed.
    let has_errors = || memmem::find(&exchange.response, b"\"error\"").is_some();
    if !exchange.path.starts_with(endpoint::PUSH.path) || !has_errors() {
        return None;
    }
    let body: Results = serde_json::from_slice(&exchange.response).ok()?;
    let errors = body.results.iter().filter_map(|result| result.error.as_ref()?.as_str());
    Some(errors.collect::<Vec<_>>().join("\n"))
}

/// The part of the answer to a push that contains errors.
#[derive(Deserialize)]
struct Results {
    results: Vec<ErrorText>,
}

#[derive(Deserialize)]
struct ErrorText {
    error: Option<Value>,
}

/// How every leak begins, to search for all of them in one pass: nearly all answers contain none.
fn hints() -> &'static AhoCorasick {
    static HINTS: LazyLock<AhoCorasick> = LazyLock::new(|| {
        let verbs = STATEMENTS.iter().map(|(verb, _)| verb);
        let hints = AhoCorasick::new(INTERNALS.iter().chain(verbs).chain(SOURCES));
        hints.unwrap_or_else(|error| unreachable!("the list is short, and fixed: {error}"))
    });
    &HINTS
}

/// Words that name a line of a source file.
fn places(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| c.is_whitespace() || "\"'`()[]{}<>,;\\".contains(c));
    words.filter(|word| {
        // An address may look the same: some top-level domains are also extensions.
        !word.contains("//")
            && SOURCES.iter().any(|source| {
                word.split_once(source).is_some_and(|(_, line)| line.starts_with(|c: char| c.is_ascii_digit()))
            })
    })
}

/// Why a cache could keep a private answer (`http.no-store`): a successful answer about a session or sync. An error
/// contains nothing private.
#[must_use]
pub fn cacheable(exchange: &Exchange) -> Option<String> {
    let status = exchange.status?;
    let private = exchange.path.starts_with(endpoint::SESSION.path) || exchange.path.starts_with("/api/sync/");
    if !private || !(200..300).contains(&status) {
        return None;
    }
    match exchange.header("cache-control") {
        Some(value) if value.to_ascii_lowercase().contains("no-store") => None,
        Some(value) => Some(format!("Cache-Control is `{value}`")),
        None => Some("there is no Cache-Control header".to_owned()),
    }
}

/// What an answer whose body is JSON says that it is (`http.content-type`).
#[must_use]
pub fn json_that_is_not_named(exchange: &Exchange) -> Option<String> {
    // Every answer of the protocol that has a body is an object.
    if exchange.response.first() != Some(&b'{') {
        return None;
    }
    let Some(value) = exchange.header("content-type") else {
        return Some("there is no Content-Type header".to_owned());
    };
    let media_type = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = media_type == "application/json" || media_type.ends_with("+json");
    (!is_json).then(|| format!("Content-Type is `{value}`, and the body is JSON"))
}

/// A 405 that does not say which methods there are (`http.allow`).
fn refusal_without_methods(status: u16, exchange: &Exchange) -> Option<String> {
    if status != 405 || !PLAIN_METHODS.contains(&exchange.method.as_str()) {
        return None;
    }
    let Some(allowed) = exchange.header("allow") else { return Some("there is no Allow header".to_owned()) };
    let is_refused = allowed.split(',').any(|named| named.trim() == exchange.method);
    is_refused.then(|| format!("Allow is `{allowed}`, and {} was refused", exchange.method))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(status: u16, request: &str, response: &str) -> ResponseMonitor {
        let watch = ResponseMonitor::default();
        let exchange = Exchange {
            status: Some(status),
            response: response.into(),
            ..Exchange::unanswered("anna", "POST", endpoint::PUSH.path, Some(request.into()))
        };
        watch.observe("a/case", &Arc::new(exchange), false);
        watch
    }

    #[test]
    fn all_answers_that_break_a_rule_are_counted_by_endpoint() {
        let watch = seen(500, "{}", "{}");
        for (path, status) in [(endpoint::PUSH.path, 500), (endpoint::PULL.path, 503), (endpoint::PULL.path, 200)] {
            let mut exchange = Exchange::unanswered("anna", "POST", path, None);
            exchange.status = Some(status);
            watch.observe("b/case", &Arc::new(exchange), false);
        }
        let broken = watch.offence("http.no-5xx").expect("a violation");
        assert_eq!(broken.case, "a/case");
        assert_eq!(broken.endpoints(), "503 from POST /api/sync/pull (once), 500 from POST /api/sync/push (2 times)");
    }

    #[test]
    fn json_is_named_and_a_refused_method_names_the_others() {
        let broken = |method: &str, status: u16, headers: &[(&str, &str)]| -> Vec<&str> {
            let mut exchange = Exchange::unanswered("anna", method, "/api/workspaces", None);
            (exchange.status, exchange.response) = (Some(status), br#"{"statusCode": 405}"#.to_vec());
            exchange.headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            broken_rules(&exchange).into_iter().map(|(rule, _)| rule).collect()
        };
        for json in ["application/json", "Application/JSON; charset=utf-8", "application/problem+json"] {
            assert_eq!(broken("GET", 200, &[("content-type", json)]), [""; 0]);
        }
        assert_eq!(broken("GET", 200, &[("content-type", "text/plain")]), ["http.content-type"]);
        assert_eq!(broken("GET", 200, &[]), ["http.content-type"]);
        let json = ("content-type", "application/json");
        assert_eq!(broken("PUT", 405, &[json, ("allow", "GET,HEAD, POST")]), [""; 0]);
        assert_eq!(broken("PUT", 405, &[json, ("allow", "PUT, GET")]), ["http.allow"]);
        assert_eq!(broken("PUT", 405, &[json]), ["http.allow"]);
    }

    #[test]
    fn an_error_with_sql_in_it_breaks_the_rule() {
        let watch = seen(500, "{}", r#"{"statusCode": 500, "message": "UNIQUE constraint failed: s_threads.id"}"#);
        assert!(watch.offence("http.no-internals").is_some());
        assert!(watch.offence("http.no-5xx").is_some());
        assert!(watch.offence("http.json-errors").is_none());
    }

    #[test]
    fn an_echo_of_the_request_is_no_leak() {
        let watch = seen(400, r#"{"name": "DELETE FROM x"}"#, r#"{"message": "no such name: DELETE FROM x"}"#);
        assert!(watch.offence("http.no-internals").is_none());
    }

    #[test]
    fn statements_and_places_in_a_source_are_leaks() {
        for message in [
            "no rows: SELECT id FROM workspaces",
            "end at Json.parse(Json.java:12)",
            "at app.rs:7:3",
            "x.php:9",
            r"in \/srv\/www\/sync.inc",
        ] {
            let response = format!(r#"{{"statusCode": 404, "message": "{message}"}}"#);
            assert!(seen(404, "{}", &response).offence("http.no-internals").is_some(), "{message}");
        }
        for message in
            ["SELECT one of them", "no host https://sync.example.rs:8080/api", "see notes.java: none", "12:30"]
        {
            let response = format!(r#"{{"statusCode": 404, "message": "{message}"}}"#);
            assert!(seen(404, "{}", &response).offence("http.no-internals").is_none(), "{message}");
        }
    }

    #[test]
    fn an_op_that_failed_shows_no_sql_and_a_payload_may() {
        let failed = r#"{"results": [{"success": false, "error": "UNIQUE constraint failed: ops.id"}]}"#;
        assert!(seen(200, "{}", failed).offence("http.no-internals").is_some());
        let won = r#"{"results": [{"success": true, "payload": {"title": "DELETE FROM x"}}]}"#;
        assert!(seen(200, "{}", won).offence("http.no-internals").is_none());
    }

    #[test]
    fn errors_must_be_json_objects_that_agree_with_the_status_line() {
        assert!(seen(404, "{}", "<html>").offence("http.json-errors").is_some());
        assert!(seen(404, "{}", "[]").offence("http.json-errors").is_some());
        assert!(seen(404, "{}", r#"{"statusCode": 200}"#).offence("http.json-errors").is_some());
        assert!(seen(404, "{}", r#"{"statusCode": 404}"#).offence("http.json-errors").is_none());
        assert!(seen(200, "{}", "<html>").offence("http.json-errors").is_none());
    }
}
