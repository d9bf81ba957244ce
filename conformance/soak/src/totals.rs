//! Totals: what all rounds of a soak did and found.

use serde::Serialize;

use crate::plan::Faults;
use crate::round::Round;
use crate::shrink::Shrunk;
use syncproof_history::{Broken, Load};

/// What all rounds did and found.
#[derive(Debug, Default, Serialize)]
pub struct Totals {
    /// The rounds that were performed.
    pub rounds: u64,
    /// The calls in them.
    pub calls: u64,
    /// The requirements that were broken, in the order in which they were found.
    pub broken: Vec<BrokenInRounds>,
    /// How many questions about rounds were not decided, since too many orders of calls were possible.
    pub not_decided: u64,
    /// The load, by what went wrong meanwhile.
    pub load: Vec<LoadUnder>,
}

/// The load of all rounds in which the same went wrong.
#[derive(Debug, Serialize)]
pub struct LoadUnder {
    /// What went wrong.
    pub faults: Faults,
    /// The load.
    #[serde(flatten)]
    pub load: Load,
}

/// A requirement that was broken in one round or several.
#[derive(Debug, Serialize)]
pub struct BrokenInRounds {
    /// In how many rounds.
    pub rounds: u64,
    /// The first of these rounds, from 0.
    pub first: u64,
    /// What was found in that round, or in the smallest one that shows it.
    pub found: Broken,
    /// The requirement with which it was broken in the same smallest round: one cause probably breaks both.
    pub with: Option<&'static str>,
    /// The smallest round that shows it.
    pub smallest: Option<Smallest>,
}

/// The smallest round that shows that a requirement is broken.
#[derive(Debug, Clone, Serialize)]
pub struct Smallest {
    /// Who takes part in it.
    pub clients: String,
    /// How many calls they make.
    pub calls: usize,
    /// How long clients go on before they settle, in milliseconds.
    pub length_ms: u64,
    /// Of how many rounds like it that many show it.
    pub broke: (usize, usize),
    /// Further arguments with which `syncproof soak` performs it again.
    pub arguments: Vec<String>,
}

impl Smallest {
    /// What is told of a round. The number is that of the round that was made smaller.
    fn of(shrunk: &Shrunk, number: u64) -> Self {
        let Shrunk { plan, round, broke } = shrunk;
        let length_ms = u64::try_from(plan.length.as_millis()).unwrap_or(u64::MAX);
        let clients: Vec<String> = plan.numbers().iter().map(usize::to_string).collect();
        let mut arguments = vec!["--round".to_owned(), number.to_string()];
        arguments.extend(["--clients".to_owned(), clients.join(","), "--length".to_owned(), length_ms.to_string()]);
        if plan.schedule != 0 {
            arguments.extend(["--schedule".to_owned(), plan.schedule.to_string()]);
        }
        let calls = round.history.len();
        Smallest { clients: plan.described(), calls, length_ms, broke: *broke, arguments }
    }
}

impl Totals {
    /// Adds the round with that number. Returns the requirements that are broken in it and were in none before.
    pub fn add(&mut self, number: u64, faults: Faults, round: &Round) -> Vec<&'static str> {
        self.rounds += 1;
        self.calls += round.history.len() as u64;
        let load = Load::of(&round.history);
        match self.load.iter_mut().find(|known| known.faults == faults) {
            Some(known) => known.load.add(&load),
            None => self.load.push(LoadUnder { faults, load }),
        }
        let mut new = Vec::new();
        let verdict = round.verdict();
        self.not_decided += verdict.not_decided;
        for found in verdict.broken {
            match self.broken.iter_mut().find(|known| known.found.requirement == found.requirement) {
                Some(known) => known.rounds += 1,
                None => {
                    new.push(found.requirement);
                    self.broken.push(BrokenInRounds { rounds: 1, first: number, found, with: None, smallest: None });
                }
            }
        }
        new
    }

    /// Adds the smallest round that shows that a requirement is broken. What else is broken in it, and was not explained
    /// before, belongs to it. The number is that of the round in which it was found.
    pub fn explain(&mut self, requirement: &'static str, number: u64, shrunk: &Shrunk) {
        for found in shrunk.round.verdict().broken {
            let known = self.broken.iter_mut().find(|known| known.found.requirement == found.requirement);
            let Some(known) = known.filter(|known| known.smallest.is_none()) else { continue };
            known.with = (found.requirement != requirement).then_some(requirement);
            known.smallest = Some(Smallest::of(shrunk, number));
            known.found = found;
        }
    }

    /// Whether the smallest round that shows it is known.
    #[must_use]
    pub fn is_explained(&self, requirement: &str) -> bool {
        self.broken.iter().any(|known| known.found.requirement == requirement && known.smallest.is_some())
    }
}
