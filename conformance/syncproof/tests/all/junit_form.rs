//! What a JUnit report has to be: the elements and attributes on which Ant's and Jenkins's schemas agree, and the numbers of
//! the run.

use std::collections::BTreeMap;

use roxmltree::{Document, Node};
use serde_json::Value;

/// What the schemas of Ant (windyroad/JUnit-Schema) and of Jenkins (`junit-10.xsd`) both allow, no more, and counts that
/// agree with the elements. The schemas are others' and are not kept here.
pub(crate) fn assert_junit(xml: &str, report: &Value) {
    let document = Document::parse(xml).expect("well-formed XML");
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "testsuites");
    assert_attributes(root, &[]);
    let mut outcomes = BTreeMap::new();
    for (place, suite) in elements(root).enumerate() {
        assert_eq!(suite.tag_name().name(), "testsuite");
        let named =
            ["package", "id", "name", "timestamp", "hostname", "tests", "failures", "errors", "skipped", "time"];
        assert_attributes(suite, &named);
        assert_eq!(attribute(suite, "id"), place.to_string());
        let started = chrono::NaiveDateTime::parse_from_str(attribute(suite, "timestamp"), "%Y-%m-%dT%H:%M:%S");
        assert!(started.is_ok(), "{suite:?}");
        assert_seconds(suite);
        for (count, element) in
            [("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]
        {
            let found = suite.descendants().filter(|node| node.has_tag_name(element)).count();
            assert_eq!(attribute(suite, count), found.to_string(), "{count} of {suite:?}");
        }
        let order: Vec<_> = elements(suite).map(|node| node.tag_name().name()).collect();
        let (first, rest) = order.split_first().expect("children");
        let (cases, last) = rest.split_at(rest.len() - 2);
        assert_eq!((*first, last), ("properties", &["system-out", "system-err"][..]));
        assert!(cases.iter().all(|name| *name == "testcase"), "{order:?}");
        let mut names = Vec::new();
        for property in elements(suite).flat_map(elements).filter(|node| node.has_tag_name("property")) {
            assert_attributes(property, &["name", "value"]);
            names.push(attribute(property, "name"));
        }
        let about =
            ["syncproof", "target", "seed", "requirements", "settings", "started", "ended", "capabilities", "verdict"];
        let (named, causes) = names.split_at(about.len());
        assert_eq!(named, about);
        assert!(causes.iter().all(|name| *name == "cause"), "{names:?}");
        for case in elements(suite).filter(|node| node.has_tag_name("testcase")) {
            assert_attributes(case, &["name", "classname", "time"]);
            assert_seconds(case);
            let id = attribute(case, "name");
            assert_eq!(id.split('/').next(), suite.attribute("name"), "a suite per chapter");
            let found: Vec<_> = elements(case).collect();
            assert!(found.len() <= 1, "{id} has several outcomes");
            if let Some(outcome) = found.first() {
                assert!(["failure", "error", "skipped"].contains(&outcome.tag_name().name()), "{id}: {outcome:?}");
                assert_attributes(*outcome, &["type", "message"]);
                assert!(!attribute(*outcome, "type").is_empty() && !attribute(*outcome, "message").is_empty(), "{id}");
                assert_eq!(elements(*outcome).count(), 0, "{id}: {outcome:?}");
                if outcome.has_tag_name("failure") {
                    assert!(outcome.text().is_some_and(|text| text.contains("\nrepeat  syncproof run ")), "{id}");
                }
            }
            outcomes.insert(id.to_owned(), found.first().map(|node| node.tag_name().name().to_owned()));
        }
    }
    let cases = report["cases"].as_array().expect("cases");
    assert_eq!(outcomes.len(), cases.len());
    for case in cases {
        let expected = match case["status"].as_str().expect("a status") {
            "failed" => Some("failure"),
            "skipped" | "not_applicable" => Some("skipped"),
            "not_run" => Some("error"),
            _ => None,
        };
        let id = case["id"].as_str().expect("an id");
        assert_eq!(outcomes[id].as_deref(), expected, "{id}");
    }
}

fn elements<'a, 'input>(node: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(Node::is_element)
}

pub(crate) fn attribute<'a>(node: Node<'a, '_>, name: &str) -> &'a str {
    node.attribute(name).unwrap_or_default()
}

fn assert_attributes(node: Node<'_, '_>, expected: &[&str]) {
    let named: Vec<_> = node.attributes().map(|attribute| attribute.name()).collect();
    assert_eq!(named, expected, "{node:?}");
}

fn assert_seconds(node: Node<'_, '_>) {
    let time = attribute(node, "time");
    let (whole, fraction) = time.split_once('.').unwrap_or((time, "0"));
    assert!([whole, fraction].iter().all(|part| part.parse::<u64>().is_ok()), "{node:?}");
}
