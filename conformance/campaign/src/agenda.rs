//! The agenda of a campaign: which sequence is next. A share of them is kept for situations that are rare so far, and one in
//! a while is the life of a large world. What was reached decides only which numbers are performed; a number and the seed
//! say all about the sequence.

use std::collections::BTreeMap;

use super::generator::{Kind, Wrong};
use super::plan::CampaignPlan;
use crate::oracle::{CoverageCounts, CoverageEvent};
use syncproof_protocol::family::Family;

/// One sequence in this many is aimed at a situation.
const AIMED: u64 = 6;
/// One sequence in this many is a life: it takes as long as ten others.
const LIVES: u64 = 40;
/// One sequence in this many is a catalogue of a family, until there was one of each, and one in
/// [`LATER_CATALOGUES`] after that.
const CATALOGUES: u64 = 4;
const LATER_CATALOGUES: u64 = 60;
/// So many catalogues are of families for each that is of what is wrong.
const FAMILIES_PER_WRONG: u64 = 2;
/// A situation that sequences were aimed at counts as often reached, by this many powers of two, as one at which none was
/// aimed: what cannot be reached does not take the share of the others.
const PATIENCE: u32 = 4;

/// Which sequence is next.
#[derive(Debug)]
pub(super) struct Agenda {
    seed: u64,
    first: u64,
    stride: u64,
    cases: u64,
    /// The situations to aim at; none where the sequences are known beforehand.
    aims: Vec<CoverageEvent>,
    /// Whether the generator makes the sequences.
    is_generated: bool,
    /// How many sequences have their numbers.
    dealt: u64,
    /// How many of each kind.
    turns: BTreeMap<Kind, u64>,
}

impl Agenda {
    /// The agenda of that plan, on a target that cannot come to these situations.
    pub(super) fn new(plan: &CampaignPlan, impossible: &[CoverageEvent]) -> Self {
        let is_generated = plan.source.is_endless();
        let aims = CoverageEvent::ALL.into_iter().filter(|event| is_generated && !impossible.contains(event));
        Agenda {
            seed: plan.seed,
            first: plan.first,
            stride: plan.stride.max(1),
            cases: plan.cases,
            aims: aims.collect(),
            is_generated,
            dealt: 0,
            turns: BTreeMap::new(),
        }
    }

    /// Whether there is another sequence.
    pub(super) fn has_more(&self) -> bool {
        self.dealt < self.cases
    }

    /// The number of the next sequence.
    pub(super) fn next(&mut self, reached: &CoverageCounts) -> u64 {
        let kind = self.kind(reached);
        let turn = self.turns.entry(kind).or_default();
        let number = kind.number(self.first.saturating_add(turn.saturating_mul(self.stride)));
        *turn += 1;
        self.dealt += 1;
        number
    }

    /// The sequence that was dealt last is not performed.
    pub(super) fn leave_out(&mut self) {
        self.dealt = self.dealt.saturating_sub(1);
    }

    fn kind(&self, reached: &CoverageCounts) -> Kind {
        // Each shard and each seed begins elsewhere.
        let slot = self.dealt.wrapping_add(self.seed).wrapping_add(self.first);
        match slot {
            _ if !self.is_generated => Kind::Usual,
            slot if slot % LIVES == LIVES - 1 => Kind::Life,
            slot if slot % self.catalogues() == 1 => self.catalogue(),
            slot if slot.is_multiple_of(AIMED) => self.rarest(reached).map_or(Kind::Usual, Kind::Aimed),
            _ => Kind::Usual,
        }
    }

    /// A catalogue of a family, or once in a while of what is wrong.
    fn catalogue(&self) -> Kind {
        let turns = |kind: Kind| self.turns.get(&kind).copied().unwrap_or(0);
        let wrong = Wrong::ALL.into_iter().map(Kind::Wrong).min_by_key(|kind| turns(*kind));
        let tried: u64 = Wrong::ALL.into_iter().map(|part| turns(Kind::Wrong(part))).sum();
        wrong.filter(|_| tried * FAMILIES_PER_WRONG <= turns(Kind::Catalogue)).unwrap_or(Kind::Catalogue)
    }

    /// One sequence in this many is a catalogue.
    fn catalogues(&self) -> u64 {
        let made = self.turns.get(&Kind::Catalogue).copied().unwrap_or(0);
        if made < Family::ALL.len() as u64 { CATALOGUES } else { LATER_CATALOGUES }
    }

    /// The situation that was reached most rarely, as far as sequences were not aimed at it already.
    fn rarest(&self, reached: &CoverageCounts) -> Option<CoverageEvent> {
        let count = self.aims.len() as u64;
        let effort = |event: CoverageEvent| {
            let tries = self.turns.get(&Kind::Aimed(event)).copied().unwrap_or(0);
            // Powers of two: what occurs a thousand times is not much rarer than what occurs two thousand times.
            tries
                .saturating_mul(PATIENCE.into())
                .saturating_add((u64::BITS - reached.count(event).leading_zeros()).into())
        };
        // Which of several comes first depends on the seed.
        let places = (0..count).map(|place| (place + self.seed % count) % count);
        let placed = places.filter_map(|place| self.aims.get(usize::try_from(place).ok()?).copied());
        placed.min_by_key(|event| effort(*event))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::*;
    use crate::{ShrinkLimits, Source};

    fn plan(seed: u64, first: u64, stride: u64) -> CampaignPlan {
        CampaignPlan {
            source: Source::Generated,
            seed,
            first,
            stride,
            cases: u64::MAX,
            time: Duration::MAX,
            jobs: 1,
            shrinking: ShrinkLimits::default(),
            fail_fast: false,
            known: BTreeSet::new(),
        }
    }

    fn kinds(agenda: &mut Agenda, reached: &CoverageCounts, count: usize) -> Vec<Kind> {
        (0..count).map(|_| Kind::of(agenda.next(reached)).0).collect()
    }

    #[test]
    fn what_was_not_reached_is_aimed_at_first_and_the_rest_in_turn() {
        let mut reached = CoverageCounts::default();
        for event in CoverageEvent::ALL.into_iter().filter(|event| *event != CoverageEvent::Gap) {
            (0..1000).for_each(|_| reached.record(event));
        }
        let mut agenda = Agenda::new(&plan(1, 0, 1), &[CoverageEvent::ManyMembers]);
        let aims: Vec<CoverageEvent> = kinds(&mut agenda, &reached, 400)
            .into_iter()
            .filter_map(|kind| if let Kind::Aimed(event) = kind { Some(event) } else { None })
            .collect();
        assert_eq!(aims[..2], [CoverageEvent::Gap; 2]);
        assert_eq!(aims.iter().collect::<BTreeSet<_>>().len(), CoverageEvent::ALL.len() - 1, "{aims:?}");
        assert!(aims.iter().filter(|event| **event == CoverageEvent::Gap).count() < 8, "{aims:?}");
    }

    #[test]
    fn shards_share_no_sequence_and_a_seed_repeats_all() {
        let reached = CoverageCounts::default();
        let numbers = |first| {
            let mut agenda = Agenda::new(&plan(7, first, 2), &[]);
            (0..300).map(|_| agenda.next(&reached)).collect::<Vec<u64>>()
        };
        assert_eq!(numbers(0), numbers(0));
        let [first, second] = [numbers(0), numbers(1)].map(BTreeSet::from_iter);
        assert!(first.len() == 300 && first.is_disjoint(&second));
    }
}
