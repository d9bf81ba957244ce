//! How much a campaign did: the part that the reports of `fuzz` and `diff` share.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::run::Progress;
use crate::oracle::CoverageEvent;
use syncproof_protocol::counted::counted;
use syncproof_protocol::family::Family;

/// How much a campaign did, as reports show it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Totals {
    /// Sequences executed.
    pub cases: u64,
    /// Requests sent (to both targets of a comparison together), without those of shrinking.
    pub requests: u64,
    /// Steps that were left out, because the credentials cannot carry the names of users who look alike
    /// (`session.case-and-width`): minted tokens, `{user:percent}` and `{user:base64}` can.
    pub left_out: u64,
    /// Steps that were left out before their sequence began, by what the target does not have: `capability snapshot`,
    /// `endpoint POST /api/sync/update-cursor`.
    pub lacking: BTreeMap<String, u64>,
    /// Time taken, in seconds, without shrinking after it.
    pub seconds: f64,
    /// Only of comparisons: sequences that were compared up to the first choice that the protocol leaves open.
    #[serde(rename = "parted", skip_serializing_if = "Option::is_none")]
    pub diverged: Option<u64>,
    /// How often each situation occurred.
    pub counters: BTreeMap<CoverageEvent, u64>,
    /// The situations that never occurred.
    pub never_reached: Vec<CoverageEvent>,
    /// How many sequences were aimed at each situation, because it was rare.
    pub aimed: BTreeMap<CoverageEvent, u64>,
    /// How many sequences drew their keys, names and values from each family of `values.txt`.
    pub families: BTreeMap<Family, u64>,
    /// The families that no sequence drew from.
    pub never_drawn: Vec<Family>,
}

impl From<&Progress> for Totals {
    fn from(progress: &Progress) -> Self {
        Totals {
            cases: progress.cases,
            requests: progress.requests,
            left_out: progress.left_out,
            lacking: progress.lacking.clone(),
            seconds: progress.seconds,
            diverged: None,
            counters: progress.coverage.counts().clone(),
            never_reached: progress.missing(),
            aimed: progress.aimed.clone(),
            families: progress.families.clone(),
            never_drawn: progress.never_drawn(),
        }
    }
}

impl Totals {
    /// Which situations occurred, which did not, and what was left out, in some lines.
    pub(super) fn text(&self) -> String {
        let name =
            |event: &CoverageEvent| serde_json::to_value(event).ok().and_then(|name| name.as_str().map(str::to_owned));
        let counters = self.counters.iter().filter_map(|(event, count)| Some(format!("{} {count}", name(event)?)));
        let mut text = format!("situations: {}\n", counters.collect::<Vec<_>>().join(" · "));
        if !self.never_reached.is_empty() {
            let missing = self.never_reached.iter().filter_map(|event| {
                let aimed = counted(self.aimed.get(event).copied().unwrap_or(0), "sequence");
                let obstacle = event.obstacle().map(|why| format!("; {why}")).unwrap_or_default();
                Some(format!("{} ({aimed} aimed at it{obstacle})", name(event)?))
            });
            let missing: Vec<String> = missing.collect();
            text.push_str(&format!("never reached: {}\n", missing.join(", ")));
        }
        let (drawn, all) = (self.families.len(), Family::ALL.len());
        text.push_str(&format!("values: {drawn} of {all} families drawn\n"));
        if !self.never_drawn.is_empty() {
            let missing: Vec<&str> = self.never_drawn.iter().map(|family| family.name()).collect();
            text.push_str(&format!("never drawn: {}\n", missing.join(", ")));
        }
        text + &self.lacks_text()
    }

    /// What was left out, in some lines.
    pub(super) fn lacks_text(&self) -> String {
        let mut text = String::new();
        for (what, steps) in &self.lacking {
            text.push_str(&format!("left out: {}, because the target lacks the {what}\n", counted(steps, "step")));
        }
        text + &left_out(self.left_out)
    }
}

/// How many steps the credentials made impossible, in one line; nothing when there are none.
#[must_use]
pub fn left_out(steps: u64) -> String {
    match steps {
        0 => String::new(),
        _ => format!(
            "left out: {} of users who look alike, whose names these credentials cannot carry \
             (JWTs, {{user:percent}} and {{user:base64}} can)\n",
            counted(steps, "step")
        ),
    }
}
