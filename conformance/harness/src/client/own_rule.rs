//! Which requirement an answer breaks by itself, whatever the case that sent the request is about: an answer 5xx, a
//! refusal of what the user may do, a field that is missing.

use syncproof_protocol::endpoint::{self, Endpoint};
use syncproof_protocol::exchange::Exchange;

use super::response_monitor::is_server_error;

/// No input brings a 5xx answer, a hang or a dropped connection.
pub(super) const NO_5XX: &str = "http.no-5xx";

/// Whether the server failed to answer: with a 5xx, or not at all.
pub(super) fn breaks_down(exchange: &Exchange) -> bool {
    exchange.status.is_none_or(|status| is_server_error(status, exchange))
}

/// The requirement by which the request of the exchange must be allowed to a user who may call that endpoint.
pub(super) fn that_allows(exchange: &Exchange) -> Option<&'static str> {
    Some(endpoint_of(exchange)?.broken_by_refusal(exchange.status))
}

/// The requirement of a refusal of what the user may do: the one that allows it, unless the caller asks for a more special
/// one of the same subject. A push or a change may be refused for what is in it, which only the caller knows.
pub(super) fn of_refusal(exchange: &Exchange, asked: &'static str) -> &'static str {
    let reads = endpoint_of(exchange).is_some_and(|endpoint| !endpoint.has_body())
        || [endpoint::PULL.path, endpoint::SNAPSHOT.path].contains(&exchange.path.as_str());
    // Not found may also be what is asked for: the log of an empty workspace, for example.
    let names_subject = |path: &str| path.rsplit('/').next().is_some_and(|name| asked.starts_with(name));
    match that_allows(exchange) {
        Some(_) if exchange.status == Some(404) && (names_subject(&exchange.path) || is_of_tenancy(asked)) => asked,
        Some(rule) if reads || matches!(exchange.status, Some(401 | 403 | 404)) => unless_related(rule, asked),
        _ => asked,
    }
}

/// The requirement that says what the body of this success holds; `error` says what could not be read.
pub(super) fn of_body(exchange: &Exchange, error: &str, asked: &'static str) -> &'static str {
    let about = |field: &str| error.contains(&format!("`{field}`"));
    let path = exchange.path.as_str();
    let of_stamp = ["stamp", "deviceId", "opId", "hlc", "clock"];
    match path {
        _ if path == endpoint::PULL.path && about("nextCursor") => "pull.next-cursor",
        _ if path == endpoint::PULL.path && about("hasMore") => "pull.has-more",
        _ if path == endpoint::PULL.path && of_stamp.into_iter().any(about) => "pull.echoes-stamp",
        _ if path == endpoint::PULL.path => "pull.complete",
        _ if path == endpoint::PUSH.path && about("serverVersion") => "push.reports-head",
        _ if path == endpoint::PUSH.path => "push.results-mirror-ops",
        _ if path == endpoint::LIST_WORKSPACES.path && about("isActive") => "workspace.list-active",
        _ if path == endpoint::SESSION.path => "session.provisions-user",
        _ => that_allows(exchange).map_or(asked, |rule| unless_related(rule, asked)),
    }
}

/// The rule, or the requirement that the caller asks for where that is a special case of the same subject: who may do
/// what is in three chapters, and whether all of it outlives a restart is asked in the last one.
#[must_use]
pub fn unless_related(rule: &'static str, asked: &'static str) -> &'static str {
    let (of_rule, of_asked) = (chapter(rule), chapter(asked));
    let related = of_rule == of_asked
        || (is_of_tenancy(rule) && is_of_tenancy(asked))
        || matches!(of_asked, "durable" | "startup");
    if related { asked } else { rule }
}

fn chapter(id: &str) -> &str {
    id.split('.').next().unwrap_or(id)
}

/// Whether the requirement says who may do what.
fn is_of_tenancy(id: &str) -> bool {
    ["session", "workspace", "member", "isolation"].contains(&chapter(id))
}

fn endpoint_of(exchange: &Exchange) -> Option<&'static Endpoint> {
    endpoint::find(&exchange.method, exchange.path.split('?').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(method: &str, path: &str, status: u16) -> Exchange {
        let mut exchange = Exchange::unanswered("anna", method, path, None);
        exchange.status = Some(status);
        exchange
    }

    #[test]
    fn a_refusal_breaks_the_rule_that_allows_the_request() {
        let rule = |method, path, status, asked| of_refusal(&answered(method, path, status), asked);
        assert_eq!(rule("POST", "/api/sync/snapshot", 400, "http.no-5xx"), "snapshot.complete");
        assert_eq!(rule("POST", "/api/sync/pull", 403, "op.reuse-conflicting"), "member.roles");
        assert_eq!(rule("POST", "/api/sync/pull", 404, "op.reuse-conflicting"), "pull.complete");
        assert_eq!(rule("POST", "/api/sync/push", 404, "op.reuse-conflicting"), "push.all-tables");
        assert_eq!(rule("POST", "/api/sync/push", 404, "member.removed-at-once"), "member.removed-at-once");
        assert_eq!(rule("GET", "/api/workspaces", 401, "op.reuse-conflicting"), "session.stable");
        assert_eq!(rule("GET", "/api/workspaces/w1/members", 403, "push.all-tables"), "member.owner-manages");
    }

    #[test]
    fn a_caller_who_asks_for_a_special_case_of_the_rule_keeps_it() {
        let rule = |method, path, status, asked| of_refusal(&answered(method, path, status), asked);
        assert_eq!(rule("POST", "/api/sync/pull", 400, "pull.limit-range"), "pull.limit-range");
        assert_eq!(rule("POST", "/api/sync/pull", 404, "pull.beyond-head"), "pull.beyond-head");
        assert_eq!(rule("POST", "/api/sync/pull", 403, "pull.beyond-head"), "member.roles");
        assert_eq!(rule("POST", "/api/sync/push", 403, "member.role-change-at-once"), "member.role-change-at-once");
        assert_eq!(rule("POST", "/api/sync/push", 400, "push.text-exact"), "push.text-exact");
        assert_eq!(rule("POST", "/api/sync/pull", 404, "durable.graceful-stop"), "durable.graceful-stop");
    }

    #[test]
    fn a_missing_field_breaks_the_rule_about_that_field() {
        let rule = |path, error| of_body(&answered("POST", path, 200), error, "op.reuse-conflicting");
        assert_eq!(rule("/api/sync/pull", "missing field `nextCursor` at line 1 column 15"), "pull.next-cursor");
        assert_eq!(rule("/api/sync/push", "missing field `serverVersion`"), "push.reports-head");
        assert_eq!(rule("/api/sync/snapshot", "missing field `items`"), "snapshot.complete");
    }
}
