//! Which part of the cases a run was about. Only a run of all cases has a verdict about conformance.

use std::collections::BTreeMap;

use syncproof_harness::case::Case;
use syncproof_harness::selection::Shard;
use syncproof_harness::shell;
use syncproof_protocol::counted::counted;
use syncproof_protocol::milestone::Milestone;

/// Which part of the cases a run was about.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// The level up to which the target was judged; None when `--up-to` was not given.
    pub up_to: Option<Milestone>,
    /// The globs of `--filter`.
    pub filters: Vec<String>,
    /// The part of the cases that `--shard` selected.
    pub shard: Option<Shard>,
    /// How many cases there are.
    pub all: usize,
    /// How many cases of each level the run left out, by `--up-to`, `--filter` or `--shard`.
    pub(super) left_out: BTreeMap<Milestone, usize>,
}

impl Selection {
    /// The selection of those cases out of all.
    #[must_use]
    pub fn of(
        up_to: Option<Milestone>,
        selected: &[&'static Case],
        all: impl IntoIterator<Item = &'static Case>,
    ) -> Self {
        let mut selection = Selection { up_to, ..Selection::default() };
        for case in all {
            selection.all += 1;
            if selected.iter().all(|other| other.id != case.id) {
                *selection.left_out.entry(case.milestone()).or_default() += 1;
            }
        }
        selection
    }

    /// The same, with what was asked for by `--filter` and `--shard`.
    #[must_use]
    pub fn by(self, filters: &[String], shard: Option<Shard>) -> Self {
        Selection { filters: filters.to_vec(), shard, ..self }
    }

    /// Whether the run was about every case up to its last level, so that it shows which level is reached.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.left_out.keys().all(|milestone| self.up_to.is_some_and(|up_to| *milestone > up_to))
    }

    /// The sentences of a run that is about a part of the cases, which is no verdict.
    #[must_use]
    pub(super) fn not_a_verdict(&self, cases: usize, outcome: &str) -> String {
        let all = counted(self.all, "case");
        format!("{cases} of {all} selected: {outcome}. Not a verdict.{}", self.selected_by())
    }

    /// The flags that selected the cases, in a sentence.
    fn selected_by(&self) -> String {
        let up_to = self.up_to.iter().map(|up_to| format!("--up-to {}", up_to.number()));
        let filters = self.filters.iter().map(|filter| format!("--filter {}", shell::word(filter)));
        let shard = self.shard.iter().map(|shard| format!("--shard {shard}"));
        let flags: Vec<String> = up_to.chain(filters).chain(shard).collect();
        if flags.is_empty() { String::new() } else { format!(" Selected by {}.", flags.join(" ")) }
    }
}
