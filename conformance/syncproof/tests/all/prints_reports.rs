//! What the reports in files look like: JUnit, GitHub, and the structure of the HTML page.

use std::fs;

use crate::command::Specimen;
use roxmltree::Document;

fn assert_prints(name: &str, text: &str) {
    let further = [
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "[time]"),
        (r"\b[0-9a-f]{64}\b", "[digest]"),
        (r"requirements [0-9a-f]{12}\b", "requirements [digest]"),
        (r"\b\d+ cases selected", "[all] cases selected"),
        (r#""all": \d+"#, r#""all": "[all]""#),
        (r#"time="\d+\.\d+""#, r#"time="[time]""#),
        (r#"timestamp="[^"]+""#, r#"timestamp="[time]""#),
        (r"date: [A-Z][^\n]+ GMT", "date: [time]"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "[time]"),
        (r"dd [0-9a-f]{12}\b", "dd [digest]"),
        (r"\d+\.\d s, ", "[time] s, "),
        // The ledger grows; the one chapter that the cases are of shows the form.
        (r"(?m)^\| (?:[^PC]|P[^u]|Pus|C[^h]).*\|\n", ""),
        (r"\b\d+ ms", "[time] ms"),
    ];
    crate::command::printed::assert_prints(name, text, &further);
}

#[test]
fn junit_github_and_html_of_a_failing_run() {
    let specimen = Specimen::start(&["--mutant", "cursor-inclusive"]);
    let folder = tempfile::tempdir().expect("a folder");
    let path = |file: &str| folder.path().join(file).display().to_string();
    let (xml, md, page) = (path("r.xml"), path("r.md"), path("r.html"));
    let output = specimen.run(&[
        "--seed",
        "7",
        "--jobs",
        "1",
        "--filter",
        "pull/empty-workspace",
        "--filter",
        "pull/from-every-cursor",
        "--filter",
        "startup/needs-a-path",
        "--report",
        &format!("junit={xml}"),
        "--report",
        &format!("github={md}"),
        "--report",
        &format!("html={page}"),
        "--report",
        "github=-",
    ]);
    let annotations: Vec<&str> = output.stdout.lines().filter(|line| line.starts_with("::")).collect();
    assert_prints("report_github_annotations", &annotations.join("\n"));
    let read = |path: &str| fs::read_to_string(path).expect("a report");
    assert_prints("report_junit", &read(&xml));
    assert_prints("report_github_summary", &read(&md));
    assert_prints("report_html_structure", &structure(&read(&page)));
}

/// Landmarks, headings, tables and what they say, without what only styles them. The page is read leniently: only its
/// body, and its few void elements closed.
fn structure(page: &str) -> String {
    let body = page.split("<body>").nth(1).and_then(|rest| rest.split("<script>").next()).expect("a body");
    let mut body = format!("<body>{body}</body>").replace(" hidden>", ">").replace(" data-group", "");
    for void in ["<input ", "<meta "] {
        let mut closed = String::new();
        for (at, part) in body.split(void).enumerate() {
            closed.push_str(&if at == 0 { part.to_owned() } else { format!("{void}{}", part.replacen('>', "/>", 1)) });
        }
        body = closed;
    }
    let body = body.replace(" open>", " open=\"\">");
    let document = Document::parse(&body).unwrap_or_else(|error| panic!("{error} in {body}"));
    let mut lines = String::new();
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let name = node.tag_name().name();
        let is_other = |id: &str| id.starts_with("chapter-") && id != "chapter-pull";
        let other_chapter = node.ancestors().any(|node| node.attribute("id").is_some_and(is_other));
        let plain = [
            "svg", "rect", "b", "i", "span", "div", "dl", "dt", "tbody", "thead", "th", "td", "code", "line", "circle",
        ];
        // The bodies of a timeline have names and times of this run: of its rows, only the first lines are shown.
        let is_timeline = |node: roxmltree::Node<'_, '_>| node.attribute("class") == Some("timeline");
        let in_timeline = node.ancestors().any(is_timeline);
        let folded_body = in_timeline && name == "pre";
        if plain.contains(&name) || other_chapter || folded_body {
            continue;
        }
        let depth = node.ancestors().count() - 2;
        let mark: String = ["id", "class", "role", "aria-label", "href", "open"]
            .iter()
            .filter_map(|attribute| Some(format!(" {attribute}={}", node.attribute(*attribute)?)))
            .collect();
        let row = if in_timeline { "summary" } else { "li" };
        let inner = ["h1", "h2", "h3", "h4", "h5", "p", row, "dd", "tr", "label", "mark", "pre"].contains(&name);
        let text: String = if inner {
            node.descendants().filter_map(|node| node.is_text().then(|| node.text()).flatten()).collect()
        } else {
            String::new()
        };
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        lines.push_str(format!("{}{name}{mark} {text}", "  ".repeat(depth)).trim_end());
        lines.push('\n');
    }
    lines
}
