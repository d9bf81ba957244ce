//! The JUnit report of a campaign: one test case for each finding, and one for the sequences that found nothing. Its form
//! is that of the report of a run.

use quick_xml::se::Serializer;
use serde::Serialize;

use syncproof_campaign::{CampaignReport, FindingEntry};
use syncproof_protocol::visible::visible;

#[derive(Serialize)]
struct Root {
    testsuite: Suite,
}

/// The suite, with its fields in the order that Ant's schema requires.
#[derive(Serialize)]
struct Suite {
    #[serde(rename = "@package")]
    package: &'static str,
    #[serde(rename = "@id")]
    id: usize,
    #[serde(rename = "@name")]
    name: &'static str,
    #[serde(rename = "@timestamp")]
    timestamp: String,
    #[serde(rename = "@hostname")]
    hostname: &'static str,
    #[serde(rename = "@tests")]
    tests: usize,
    #[serde(rename = "@failures")]
    failures: usize,
    #[serde(rename = "@errors")]
    errors: usize,
    #[serde(rename = "@skipped")]
    skipped: usize,
    #[serde(rename = "@time")]
    time: String,
    properties: Properties,
    testcase: Vec<TestCase>,
    #[serde(rename = "system-out")]
    system_out: &'static str,
    #[serde(rename = "system-err")]
    system_err: &'static str,
}

#[derive(Serialize)]
struct Properties {
    property: Vec<Property>,
}

#[derive(Serialize)]
struct Property {
    #[serde(rename = "@name")]
    name: &'static str,
    #[serde(rename = "@value")]
    value: String,
}

#[derive(Serialize)]
struct TestCase {
    #[serde(rename = "@name")]
    name: String,
    #[serde(rename = "@classname")]
    classname: &'static str,
    #[serde(rename = "@time")]
    time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Text>,
}

#[derive(Serialize)]
struct Text {
    #[serde(rename = "@type")]
    kind: String,
    #[serde(rename = "@message")]
    message: String,
    #[serde(rename = "$text")]
    text: String,
}

/// The whole report as XML.
///
/// # Errors
/// When it cannot be written as XML, which would be a fault of the suite.
pub(super) fn junit(report: &CampaignReport) -> Result<String, String> {
    let interrupted = (report.verdict == "interrupted").then(|| Text {
        kind: "interrupted".to_owned(),
        message: "the campaign did not end by itself".to_owned(),
        text: String::new(),
    });
    let errors = usize::from(interrupted.is_some());
    let sequences = TestCase {
        name: "fuzz/sequences".to_owned(),
        classname: "syncproof.fuzz",
        time: seconds(report.totals.seconds),
        failure: None,
        error: interrupted,
    };
    let testcase: Vec<TestCase> = std::iter::once(sequences).chain(report.findings.iter().map(of_finding)).collect();
    let property = |name, value: &str| Property { name, value: visible(value) };
    let suite = Suite {
        package: "syncproof",
        id: 0,
        name: "fuzz",
        // Without a time zone.
        timestamp: report.started.chars().take("YYYY-MM-DDThh:mm:ss".len()).collect(),
        hostname: "localhost",
        tests: testcase.len(),
        failures: report.findings.len(),
        errors,
        skipped: 0,
        time: seconds(report.totals.seconds),
        properties: Properties {
            property: vec![
                property("syncproof", report.suite),
                property("target", &report.target),
                property("seed", &report.seed.to_string()),
                property("verdict", report.verdict),
            ],
        },
        testcase,
        system_out: "",
        system_err: "",
    };
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let mut serializer = Serializer::with_root(&mut xml, Some("testsuites")).map_err(|error| error.to_string())?;
    serializer.indent(' ', 4).expand_empty_elements(false);
    Root { testsuite: suite }.serialize(serializer).map_err(|error| error.to_string())?;
    xml.push('\n');
    Ok(xml)
}

fn of_finding(finding: &FindingEntry) -> TestCase {
    let repeat = finding.repeat.as_deref().unwrap_or_default();
    let text = format!("{}\nrepeat  {repeat}\n", finding.text());
    TestCase {
        name: format!("fuzz/{}-{}", finding.requirement, finding.id),
        classname: "syncproof.fuzz",
        time: seconds(finding.shrinking_seconds),
        failure: Some(Text {
            kind: finding.requirement.to_owned(),
            message: visible(&finding.summary),
            text: visible(&text),
        }),
        error: None,
    }
}

fn seconds(seconds: f64) -> String {
    format!("{seconds:.3}")
}
