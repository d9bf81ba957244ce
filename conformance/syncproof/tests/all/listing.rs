//! `list` and `explain` from outside.

use crate::command::syncproof;
use serde_json::Value;

fn json(arguments: &[&str]) -> Value {
    let output = syncproof(arguments);
    assert_eq!(output.code, 0, "{output:?}");
    serde_json::from_str(&output.stdout).expect("JSON")
}

#[test]
fn each_case_has_its_requirements_and_each_requirement_its_cases() {
    let list = json(&["list", "--format", "json"]);
    let (cases, requirements) =
        (list["cases"].as_array().expect("cases"), list["requirements"].as_array().expect("requirements"));
    assert_eq!(requirements.len(), syncproof_protocol::requirement::LEDGER.len());
    for requirement in requirements {
        let id = &requirement["id"];
        let of_cases = cases.iter().filter(|case| case["requirements"].as_array().expect("ids").contains(id));
        let of_cases: Vec<&Value> = of_cases.map(|case| &case["id"]).collect();
        let of_requirement: Vec<&Value> = requirement["cases"].as_array().expect("ids").iter().collect();
        assert_eq!(of_cases, of_requirement, "{id}");
    }
}

#[test]
fn the_list_ends_with_the_coverage_of_every_chapter() {
    let output = syncproof(&["list"]);
    for chapter in syncproof_harness::coverage::Chapter::all(syncproof::cases::all()) {
        let line = output.stdout.lines().find(|line| line.starts_with(&format!("{} ", chapter.chapter)));
        let words = format!("{}/{}", chapter.musts_covered, chapter.musts);
        assert!(line.is_some_and(|line| line.contains(&words)), "{}: {}", chapter.chapter, output.stdout);
    }
}

#[test]
fn requirements_are_listed_with_the_number_of_their_cases() {
    let output = syncproof(&["list", "--requirements"]);
    let cases = syncproof::cases::all().iter().filter(|case| case.requirements.contains(&"isolation.same-pk")).count();
    let line = output.stdout.lines().find(|line| line.contains("isolation.same-pk ")).expect("a line");
    assert!(line.starts_with("MUST") && line.ends_with(&format!(" {cases} cases")), "{line}");
    let filtered = syncproof(&["list", "--requirements", "--filter", "isolation.same-pk"]);
    assert!(filtered.stdout.contains("isolation.same-pk") && !filtered.stdout.contains("lww."), "{filtered:?}");
}

#[test]
fn a_misspelt_id_is_recognised() {
    for (wrong, right) in
        [("isolation.same-pkk", "isolation.same-pk"), ("pull/from-evry-cursor", "pull/from-every-cursor")]
    {
        let output = syncproof(&["explain", wrong]);
        assert!(output.code == 2 && output.stderr.contains(&format!("did you mean {right}?")), "{output:?}");
    }
    let output = syncproof(&["explain", "no.such-thing"]);
    assert!(!output.stderr.contains("did you mean"), "{output:?}");
}
