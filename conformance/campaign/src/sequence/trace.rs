//! A trace: a sequence in a file, and how it was found. Everything that repeats a sequence reads this format.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::step::Step;
use syncproof_protocol::deep_json;

/// The version of the format that this build writes, and the only one that it reads.
pub const TRACE_VERSION: u32 = 1;

/// The most steps that a trace may have.
const MAX_STEPS: usize = 10_000;

/// A sequence with its origin.
///
/// Everything in it is named by what it is in the sequence: users by their number, the first is 0, those from 4 on look
/// like the first; a workspace as `home:0`, `made:3`, `nowhere` or `nearby`; a version as a number, or as `head`, `head-2`, `head+1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// The version of the format.
    #[schemars(extend("const" = TRACE_VERSION))]
    pub syncproof_trace: u32,
    /// What it shows, in one sentence.
    pub summary: String,
    /// The requirement that was broken when the sequence was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requirement: Option<String>,
    /// How it was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The steps.
    pub steps: Vec<Step>,
}

/// How a sequence was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The seed of the campaign.
    pub seed: u64,
    /// The number of the sequence in the campaign, from 0 on.
    pub sequence: u64,
    /// The number of steps before it was shrunk.
    pub steps: usize,
}

/// Why a text is not a trace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TraceError {
    /// It is not JSON, or has another form.
    #[error("no trace: {0}")]
    Form(String),
    /// It has another version.
    #[error("a trace of version {0}; this build reads version {TRACE_VERSION}")]
    Version(u64),
    /// It has too many steps, or none.
    #[error("{0} steps; a trace has from 1 to {MAX_STEPS}")]
    Length(usize),
    /// It names a requirement that does not exist.
    #[error("unknown requirement `{0}`")]
    Requirement(String),
}

/// The schema of a trace (JSON Schema, draft 2020-12), as text with a line break at its end.
#[must_use]
pub fn schema() -> String {
    let schema = schemars::generate::SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Trace>();
    format!("{:#}\n", schema.to_value())
}

impl Trace {
    /// A trace of these steps; `summary` says what they show.
    #[must_use]
    pub fn new(summary: impl Into<String>, requirement: &str, origin: Option<Origin>, steps: Vec<Step>) -> Self {
        let (summary, requirement) = (summary.into(), Some(requirement.to_owned()));
        Trace { syncproof_trace: TRACE_VERSION, summary, requirement, origin, steps }
    }

    /// Reads a trace from the bytes of a file.
    ///
    /// # Errors
    /// When it is not a trace: what is wrong, and in which line.
    pub fn read(bytes: &[u8]) -> Result<Self, TraceError> {
        let form = |error: serde_json::Error| TraceError::Form(error.to_string());
        #[derive(Deserialize)]
        struct Versioned {
            syncproof_trace: Option<serde_json::Value>,
        }
        let versioned: Versioned = deep_json::read(bytes).map_err(form)?;
        match versioned.syncproof_trace.as_ref().map(serde_json::Value::as_u64) {
            None => {
                return Err(TraceError::Form("there is no `syncproof_trace`, the version of the format".to_owned()));
            }
            Some(None) => return Err(TraceError::Form("`syncproof_trace` is no number".to_owned())),
            Some(Some(version)) if version != u64::from(TRACE_VERSION) => return Err(TraceError::Version(version)),
            Some(Some(_)) => {}
        }
        let trace: Trace = deep_json::read(bytes).map_err(form)?;
        if trace.steps.is_empty() || trace.steps.len() > MAX_STEPS {
            return Err(TraceError::Length(trace.steps.len()));
        }
        match &trace.requirement {
            Some(id) if syncproof_protocol::requirement::find(id).is_none() => Err(TraceError::Requirement(id.clone())),
            _ => Ok(trace),
        }
    }

    /// The text of the file.
    ///
    /// # Errors
    /// Never for a trace that was read or generated.
    pub fn written(&self) -> Result<String, serde_json::Error> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequence::{Draft, VersionRef, WorkspaceRef};
    use syncproof_protocol::wire::Operation;

    fn trace() -> Trace {
        let mut draft = Draft::new(1, Operation::Put, "kv", "a", 5);
        draft.payload = Some(serde_json::Value::Null);
        Trace {
            syncproof_trace: TRACE_VERSION,
            summary: "a put of nothing".to_owned(),
            requirement: Some("push.payload-object".to_owned()),
            origin: Some(Origin { seed: 1, sequence: 2, steps: 30 }),
            steps: vec![
                Step::Push { by: 0, at: WorkspaceRef::Home(0), ops: vec![draft] },
                Step::Pull { by: 1, at: WorkspaceRef::Made(3), cursor: VersionRef::Head(-1), limit: 2, tables: None },
                Step::Cursor { by: 1, at: WorkspaceRef::Nowhere, device: "d".to_owned(), version: VersionRef::At(7) },
            ],
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = trace().written().unwrap();
        assert_eq!(Trace::read(text.as_bytes()), Ok(trace()), "{text}");
    }

    #[test]
    fn members_of_earlier_versions_are_read() {
        let step = |member: &str| {
            let step =
                format!(r#"{{"do": "add-member", "by": 0, "at": "home:0", "member": {member}, "role": "viewer"}}"#);
            Trace::read(format!(r#"{{"syncproof_trace": 1, "summary": "s", "steps": [{step}]}}"#).as_bytes())
        };
        let now = step(r#"{"user": 1}"#);
        assert!(now.is_ok() && now == step(r#"{"person": 1}"#), "{now:?}");
    }

    #[test]
    fn what_is_nested_deep_is_read_again() {
        let mut deep = trace();
        let nested = (0..400).fold(serde_json::json!(1), |inner, _| serde_json::json!([inner]));
        if let Some(ops) = deep.steps[0].ops_mut() {
            ops[0].payload = Some(nested);
        }
        let text = deep.written().unwrap();
        assert_eq!(Trace::read(text.as_bytes()), Ok(deep));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let good = trace().written().unwrap();
        let broken = |from: &str, to: &str| {
            assert!(good.contains(from), "{from} in {good}");
            Trace::read(good.replacen(from, to, 1).as_bytes()).unwrap_err().to_string()
        };
        assert!(broken("head-1", "tail").contains("`tail` is no version"));
        assert!(broken("made:3", "made:x").contains("`made:x` is no place"));
        assert!(broken("\"limit\"", "\"limits\"").contains("unknown field `limits`"));
        assert!(broken("\"push\"", "\"shove\"").contains("unknown variant `shove`"));
        assert!(broken("\"syncproof_trace\": 1", "\"syncproof_trace\": 2").contains("version 2"));
        assert!(broken("push.payload-object", "push.payload-square").contains("push.payload-square"));
        assert!(broken("\"syncproof_trace\": 1,", "").contains("syncproof_trace"));
        assert!(Trace::read(b"[]").is_err() && Trace::read(b"").is_err() && Trace::read(b"\xff").is_err());
    }
}
