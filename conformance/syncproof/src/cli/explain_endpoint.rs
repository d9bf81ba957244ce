//! `syncproof explain push`: an endpoint with a recorded request and answer, its requirements and their levels.

use std::fmt::Write as _;

use serde_json::Value;

use syncproof_protocol::endpoint::{ENDPOINTS, Endpoint, Filling};
use syncproof_protocol::milestone::Milestone;
use syncproof_protocol::requirement::{LEDGER, Requirement};
use syncproof_protocol::wire::Id;

/// The traffic of a deployed implementation, one exchange a line.
const RECORDED: &str = include_str!("../../tests/all/data/wire-samples.jsonl");

/// Where the example of an endpoint comes from.
enum Example {
    /// The recorded exchange with that label.
    Recorded(&'static str),
    /// The answer of the reference server, from a snapshot of its tests, to the request of the suite.
    Snapshot(&'static str),
}

/// What is shown of an endpoint.
struct Page {
    /// Its name in the table of endpoints.
    endpoint: &'static str,
    example: Example,
    /// How the ids of its requirements begin.
    requirements: &'static [&'static str],
}

const fn recorded(endpoint: &'static str, label: &'static str, requirements: &'static [&'static str]) -> Page {
    Page { endpoint, example: Example::Recorded(label), requirements }
}

const fn snapshot(endpoint: &'static str, text: &'static str, requirements: &'static [&'static str]) -> Page {
    Page { endpoint, example: Example::Snapshot(text), requirements }
}

macro_rules! answer {
    ($name:literal) => {
        include_str!(concat!("../../../../snapshots/server__", $name, ".snap"))
    };
}

const PAGES: &[Page] = &[
    recorded("session", "session", &["session."]),
    recorded("list workspaces", "list", &["workspace.list-"]),
    recorded(
        "create workspace",
        "create ok",
        &["workspace.create-", "workspace.name", "workspace.ids-", "workspace.list-"],
    ),
    recorded(
        "rename workspace",
        "patch ok",
        &["workspace.rename", "workspace.name-", "workspace.unknown-", "workspace.stranger"],
    ),
    snapshot("activate workspace", answer!("workspace_activate"), &["workspace.activate-", "workspace.unknown-"]),
    recorded("push", "threads put", &["push.", "op.", "lww.", "tombstone.", "concurrent."]),
    recorded("pull", "pull", &["pull.", "isolation.pull", "gc.gap-"]),
    recorded("update-cursor", "cursor 10 ", &["cursor.", "isolation.cursor"]),
    recorded("snapshot", "page1", &["snapshot.", "isolation.snapshot-"]),
    snapshot("gc-change-log", answer!("gc_change_log"), &["gc.", "op.replay-after-gc"]),
    snapshot("gc-tombstones", answer!("gc_tombstones"), &["gc.", "op.replay-after-gc"]),
    snapshot("list members", answer!("member_list"), &["member.owner-"]),
    snapshot("add member", answer!("member_add"), &["member."]),
    snapshot("change member", answer!("member_change"), &["member."]),
    snapshot("remove member", answer!("member_remove"), &["member."]),
    snapshot("delete workspace", answer!("workspace_delete"), &["workspace.delete-", "workspace.activate-deleted"]),
];

/// The endpoints of that name: the last word of a path, a path, or a method and a path.
pub(super) fn endpoints(name: &str) -> Vec<&'static Endpoint> {
    let name = name.trim();
    let called = |endpoint: &&&Endpoint| {
        let word = endpoint.path.rsplit('/').find(|word| !word.starts_with('{'));
        let line = format!("{} {}", endpoint.method.name(), endpoint.path);
        word == Some(name) || endpoint.path == name || line.eq_ignore_ascii_case(name)
    };
    ENDPOINTS.iter().filter(called).copied().collect()
}

/// The names by which endpoints can be called, for suggestions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ENDPOINTS.iter().filter_map(|endpoint| endpoint.path.rsplit('/').find(|word| !word.starts_with('{')))
}

/// What there is to know about an endpoint.
pub(super) fn about(endpoint: &Endpoint) -> String {
    let mut text = format!("{} {}\n  {}\n", endpoint.method.name(), endpoint.path, Milestone::of_endpoint(endpoint));
    if let Some(capability) = endpoint.capability {
        let _ = writeln!(text, "  only with {capability}");
    }
    let Some(page) = PAGES.iter().find(|page| page.endpoint == endpoint.name) else { return text };
    if let Some(example) = example(endpoint, &page.example) {
        text.push_str(&example);
    }
    text.push_str(&requirements(page.requirements));
    text
}

/// The request and the answer, and where they come from.
fn example(endpoint: &Endpoint, example: &Example) -> Option<String> {
    let (source, path, request, answer) = match example {
        Example::Recorded(label) => {
            let samples = RECORDED.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            let sample = samples.into_iter().find(|sample| sample["label"] == *label && sample["status"] == 200)?;
            let path = sample["path"].as_str()?.to_owned();
            ("recorded from a deployed server", path, sample["request"].clone(), sample)
        }
        Example::Snapshot(text) => {
            let id = Id::text("559c1a9a-8b98-403f-bd73-52d7f79d1367");
            let request = endpoint.filled_body(&Filling::of(&id, &id)).unwrap_or_default();
            // The head of a snapshot ends with the second line of dashes.
            let mut answer: Value = serde_json::from_str(text.splitn(3, "---\n").nth(2)?).ok()?;
            answer["response"] = answer["body"].take();
            (
                "the request of the suite, and the answer of the reference server",
                endpoint.path.to_owned(),
                request,
                answer,
            )
        }
    };
    let mut text = format!("\nExample ({source}):\n  > {} {path}\n", endpoint.method.name());
    for (mark, body) in [('>', &request), ('<', &answer["response"])] {
        if mark == '<' {
            let _ = writeln!(text, "  < {}", answer["status"]);
        }
        if !body.is_null() {
            format!("{body:#}").lines().for_each(|line| {
                let _ = writeln!(text, "  {mark} {line}");
            });
        }
    }
    Some(text)
}

/// The requirements whose ids begin so, by level.
fn requirements(prefixes: &[&str]) -> String {
    let mut text = "\nRequirements:\n".to_owned();
    for milestone in Milestone::ALL {
        let is_asked = |requirement: &&Requirement| {
            requirement.milestone == milestone && prefixes.iter().any(|prefix| requirement.id.starts_with(prefix))
        };
        let here: Vec<&Requirement> = LEDGER.iter().filter(is_asked).collect();
        if !here.is_empty() {
            let _ = writeln!(text, "  {milestone}");
        }
        for Requirement { id, level, text: sentence, .. } in here {
            let _ = writeln!(text, "    {level:6} {id}\n           {sentence}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_has_an_example_and_requirements() {
        for endpoint in ENDPOINTS {
            let text = about(endpoint);
            assert!(text.contains("\nExample (") && text.contains("  < 200\n  < {"), "{text}");
            assert_eq!(text.contains("  > {"), endpoint.has_body(), "{text}");
            let (_, requirements) = text.split_once("\nRequirements:\n").expect("requirements");
            assert!(requirements.contains(" MUST "), "{text}");
        }
        assert_eq!(PAGES.len(), ENDPOINTS.len());
        for prefix in PAGES.iter().flat_map(|page| page.requirements) {
            assert!(LEDGER.iter().any(|requirement| requirement.id.starts_with(prefix)), "{prefix}");
        }
    }

    #[test]
    fn an_endpoint_is_called_by_its_last_word_its_path_or_its_line() {
        let names = |name| endpoints(name).into_iter().map(|endpoint| endpoint.name).collect::<Vec<_>>();
        assert_eq!(names("push"), ["push"]);
        assert_eq!(names("/api/sync/pull"), ["pull"]);
        assert_eq!(names("post /api/workspaces"), ["create workspace"]);
        assert_eq!(names("members"), ["list members", "add member", "change member", "remove member"]);
        assert_eq!(names("{id}"), [""; 0]);
        assert_eq!(names("pul"), [""; 0]);
    }
}
