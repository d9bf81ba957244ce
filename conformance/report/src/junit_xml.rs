//! The elements of a JUnit report, and how they are written. Runs and campaigns share them.
//!
//! They use only what the two common schemas both allow, Ant's (windyroad/JUnit-Schema) and Jenkins's (`junit-10.xsd`): a root
//! without attributes, no properties of test cases, a timestamp without a time zone. Crates that write JUnit differ from that,
//! so the elements are structs of this file.

use quick_xml::se::Serializer;
use serde::Serialize;

use syncproof_protocol::visible::visible;

#[derive(Serialize)]
struct Root {
    testsuite: Vec<Suite>,
}

/// A suite, with its fields in the order that Ant's schema requires.
#[derive(Serialize)]
pub(super) struct Suite {
    #[serde(rename = "@package")]
    package: &'static str,
    #[serde(rename = "@id")]
    id: usize,
    #[serde(rename = "@name")]
    name: String,
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
    system_out: String,
    #[serde(rename = "system-err")]
    system_err: &'static str,
}

#[derive(Serialize)]
struct Properties {
    property: Vec<Property>,
}

/// A name with a value.
#[derive(Serialize)]
pub(super) struct Property {
    #[serde(rename = "@name")]
    name: &'static str,
    #[serde(rename = "@value")]
    value: String,
}

/// A test case.
#[derive(Serialize)]
pub(super) struct TestCase {
    #[serde(rename = "@name")]
    pub(super) name: String,
    #[serde(rename = "@classname")]
    pub(super) classname: String,
    #[serde(rename = "@time")]
    pub(super) time: String,
    #[serde(flatten)]
    pub(super) outcome: Option<Outcome>,
}

/// The outcome of a case that did not pass.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    Failure(Text),
    Error(Text),
    Skipped(Text),
}

/// What an outcome says.
#[derive(Serialize)]
pub(super) struct Text {
    #[serde(rename = "@type")]
    kind: String,
    #[serde(rename = "@message")]
    message: String,
    #[serde(rename = "$text")]
    text: String,
}

impl Text {
    pub(super) fn new(kind: &str, message: &str, text: &str) -> Self {
        Text { kind: kind.to_owned(), message: visible(message), text: visible(text) }
    }
}

impl Property {
    pub(super) fn new(name: &'static str, value: &str) -> Self {
        Property { name, value: visible(value) }
    }
}

impl Suite {
    /// A suite that started at that time (RFC 3339, UTC) and took so many seconds.
    pub(super) fn new(
        (id, name): (usize, &str),
        (started, took): (&str, f64),
        property: Vec<Property>,
        testcase: Vec<TestCase>,
        system_out: String,
    ) -> Self {
        let count = |counts: fn(&Outcome) -> bool| {
            testcase.iter().filter(|case| case.outcome.as_ref().is_some_and(counts)).count()
        };
        Suite {
            package: "syncproof",
            id,
            name: name.to_owned(),
            // Without a time zone.
            timestamp: started.chars().take("YYYY-MM-DDThh:mm:ss".len()).collect(),
            hostname: "localhost",
            tests: testcase.len(),
            failures: count(|outcome| matches!(outcome, Outcome::Failure(_))),
            errors: count(|outcome| matches!(outcome, Outcome::Error(_))),
            skipped: count(|outcome| matches!(outcome, Outcome::Skipped(_))),
            time: seconds(took),
            properties: Properties { property },
            testcase,
            system_out,
            system_err: "",
        }
    }
}

/// A time as JUnit writes it.
pub(super) fn seconds(seconds: f64) -> String {
    format!("{seconds:.3}")
}

/// The report of these suites as XML.
///
/// # Errors
/// When it cannot be written as XML, which would be a fault of the suite.
pub(super) fn written(testsuite: Vec<Suite>) -> Result<String, String> {
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let mut serializer = Serializer::with_root(&mut xml, Some("testsuites")).map_err(|error| error.to_string())?;
    serializer.indent(' ', 4).expand_empty_elements(false);
    Root { testsuite }.serialize(serializer).map_err(|error| error.to_string())?;
    xml.push('\n');
    Ok(xml)
}
