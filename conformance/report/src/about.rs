//! What a report is of: suite, requirements, target, seed, settings and times. Every format takes it from here, for runs
//! and for campaigns.

use super::finished::Finished;
use super::junit_xml::Property;
use super::subject::{Subject, requirements_digest};
use syncproof_protocol::counted::counted;
use syncproof_protocol::visible::visible;

/// How many digits of the digest are shown to readers.
const SHOWN_DIGITS: usize = 12;

/// The first digits of the digest of the requirements.
pub(super) fn short_digest() -> String {
    requirements_digest()[..SHOWN_DIGITS].to_owned()
}

/// What a report is of.
pub(super) struct About {
    /// The version of the suite.
    pub(super) suite: &'static str,
    /// The digest of the requirements.
    pub(super) requirements: String,
    /// The target as it names itself.
    pub(super) target: String,
    pub(super) seed: u64,
    /// The settings in one line.
    pub(super) settings: String,
    /// The names of the capabilities; None for a campaign, which says what it left out.
    pub(super) capabilities: Option<Vec<&'static str>>,
    /// When the first request was sent, and when it was over (RFC 3339, UTC).
    pub(super) started: String,
    pub(super) ended: String,
    /// How long it took, and what was done.
    pub(super) extent: String,
}

/// A fact for the head of a page.
pub(super) struct Fact {
    pub(super) label: &'static str,
    pub(super) value: String,
    /// The whole text of a value that is shortened, or nothing.
    pub(super) whole: String,
    /// Whether it needs a line of its own.
    pub(super) is_long: bool,
    /// Whether it is shown at once; the others are folded, so that what is wrong comes into view.
    pub(super) is_first: bool,
}

impl About {
    /// What the report of a run is of.
    pub(super) fn run(subject: &Subject, finished: &Finished) -> Self {
        let seconds = finished.duration.as_secs_f64();
        About {
            started: finished.started_at(),
            ended: finished.ended_at(),
            extent: format!("{seconds:.1} s, {}", counted(finished.requests(), "request")),
            ..About::begun(subject)
        }
    }

    /// The same at the start of a run, when the times are not known yet.
    pub(super) fn begun(subject: &Subject) -> Self {
        let none = String::new;
        About {
            suite: env!("CARGO_PKG_VERSION"),
            requirements: requirements_digest(),
            target: subject.target.clone(),
            seed: subject.seed,
            settings: subject.settings.text(),
            capabilities: Some(subject.capabilities.clone()),
            started: none(),
            ended: none(),
            extent: none(),
        }
    }

    /// The capabilities for readers.
    pub(super) fn capabilities_in_words(&self) -> Option<String> {
        let names = self.capabilities.as_ref()?;
        Some(if names.is_empty() { "none".to_owned() } else { names.join(", ") })
    }

    /// For JUnit.
    pub(super) fn properties(&self) -> Vec<Property> {
        let capabilities = self.capabilities.iter().map(|names| Property::new("capabilities", &names.join(",")));
        let mut properties = vec![
            Property::new("syncproof", self.suite),
            Property::new("target", &self.target),
            Property::new("seed", &self.seed.to_string()),
            Property::new("requirements", &self.requirements),
            Property::new("settings", &self.settings),
            Property::new("started", &self.started),
            Property::new("ended", &self.ended),
        ];
        properties.extend(capabilities);
        properties
    }

    /// For the head of a page.
    pub(super) fn facts(&self) -> Vec<Fact> {
        let time = |time: &str| time.replace('T', " ").replace('Z', " UTC");
        let fact = |label, value: &str| {
            let (value, whole) = (visible(value), String::new());
            Fact { label, value, whole, is_long: false, is_first: false }
        };
        let first = |label, value: &str| Fact { is_first: true, ..fact(label, value) };
        let long = |label, value: &str| Fact { is_long: true, ..fact(label, value) };
        let whole = format!("SHA-256 {}", self.requirements);
        let mut facts = vec![
            first("Target", &self.target),
            first("Started", &time(&self.started)),
            first("Took", &self.extent),
            fact("Ended", &time(&self.ended)),
            fact("Seed", &self.seed.to_string()),
            fact("Suite", &format!("syncproof {}", self.suite)),
            Fact { whole, ..fact("Requirements", &short_digest()) },
        ];
        facts.extend(self.capabilities_in_words().map(|names| long("Capabilities", &names)));
        facts.push(long("Settings", &self.settings));
        facts
    }
}
