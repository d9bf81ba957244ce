//! Two reports compared.

use schemars::JsonSchema;
use serde::Serialize;

use super::changes::{CaseChange, CauseChanges, Changes, RequirementChange, cases, causes, requirements};
use super::document::EarlierReport;
use syncproof_harness::exit::Exit;

/// Version of the format. A new optional field does not change it; any other change increments it.
const SCHEMA_VERSION: u32 = 1;

/// What was mended and what broke from one report of `syncproof run` to another.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "syncproof comparison")]
pub struct Comparison {
    /// Version of this format.
    #[schemars(extend("const" = SCHEMA_VERSION))]
    schema: u32,
    /// Version of syncproof.
    syncproof: &'static str,
    /// The old report.
    pub(super) old: Side,
    /// The new report.
    pub(super) new: Side,
    /// Differences between the runs because of which the results may differ.
    pub(super) notes: Vec<String>,
    /// The causes: what has to be fixed.
    pub(super) causes: CauseChanges,
    /// The requirements.
    pub(super) requirements: Changes<RequirementChange>,
    /// The cases.
    pub(super) cases: Changes<CaseChange>,
    /// Whether something broke that counts at the level of the new run.
    pub(super) broke: bool,
    /// The exit code that the command ends with.
    exit: u8,
}

/// One of the two reports.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct Side {
    /// Its file.
    pub(super) file: String,
    /// The version of syncproof that wrote it.
    pub(super) syncproof: String,
    /// SHA-256 of the requirements, if the report names it.
    requirements: Option<String>,
    /// What was checked.
    pub(super) target: String,
    /// The seed of the run.
    pub(super) seed: u64,
    /// When the run started (RFC 3339, UTC).
    pub(super) started_at: String,
    /// Its verdict.
    pub(super) verdict: String,
    /// Its exit code.
    exit: u8,
}

impl Comparison {
    /// The new report compared with the old one.
    #[must_use]
    pub fn of(old: &EarlierReport, new: &EarlierReport) -> Self {
        let (cases, requirements) = (cases(old, new), requirements(old, new));
        let broke = cases.broke.iter().any(|change| change.counts(new.level))
            || requirements.broke.iter().any(|change| change.counts(new.level));
        let exit = if broke { Exit::NotConformant } else { Exit::Conformant };
        Comparison {
            schema: SCHEMA_VERSION,
            syncproof: env!("CARGO_PKG_VERSION"),
            old: side(old),
            new: side(new),
            notes: notes(old, new),
            causes: causes(old, new),
            requirements,
            cases,
            broke,
            exit: exit.code(),
        }
    }

    /// 1 when something broke that counts at the level of the new run.
    #[must_use]
    pub fn exit(&self) -> Exit {
        if self.broke { Exit::NotConformant } else { Exit::Conformant }
    }
}

fn side(report: &EarlierReport) -> Side {
    Side {
        file: report.file.clone(),
        syncproof: report.syncproof.clone(),
        requirements: report.requirements.clone(),
        target: report.target.clone(),
        seed: report.seed,
        started_at: report.started_at.clone(),
        verdict: report.verdict.clone(),
        exit: report.exit,
    }
}

/// Why results may differ although the target did not change.
fn notes(old: &EarlierReport, new: &EarlierReport) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "not named".to_owned());
    let level = |report: &EarlierReport| format!("{:?}", report.level).to_lowercase();
    let settings = |report: &EarlierReport| report.settings.as_ref().map(|settings| settings.text());
    let selection = |report: &EarlierReport| {
        let selection = report.selection.as_ref();
        let up_to = selection.and_then(|selection| selection.up_to.clone()).map(|level| format!("up to {level}"));
        let filters = selection.into_iter().flat_map(|selection| selection.filters.clone());
        let shard = selection.and_then(|selection| selection.shard.clone()).map(|shard| format!("shard {shard}"));
        let parts: Vec<String> = up_to.into_iter().chain(filters).chain(shard).collect();
        if parts.is_empty() { "every case".to_owned() } else { parts.join(", ") }
    };
    let fields = [
        ("versions of syncproof", old.syncproof.clone(), new.syncproof.clone()),
        ("requirements", text(&old.requirements), text(&new.requirements)),
        ("targets", old.target.clone(), new.target.clone()),
        ("capabilities", old.capabilities.join(","), new.capabilities.join(",")),
        ("levels", level(old), level(new)),
        ("settings", text(&settings(old)), text(&settings(new))),
        ("selected cases", selection(old), selection(new)),
    ];
    let differ = fields.into_iter().filter(|(_, old, new)| old != new);
    let notes = differ.map(|(what, old, new)| format!("the {what} differ: {old} and {new}"));
    let aborted = [old, new].into_iter().filter_map(|report| {
        report.aborted.as_ref().map(|reason| format!("the run of {} ended early: {reason}", report.file))
    });
    notes.chain(aborted).collect()
}

/// The schema of a comparison (JSON Schema, draft 2020-12), as text with a line break at its end.
#[must_use]
pub fn comparison_schema() -> String {
    let schema = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    let schema = schema.into_generator().into_root_schema_for::<Comparison>();
    format!("{:#}\n", schema.to_value())
}
