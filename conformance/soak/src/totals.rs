//! Totals: what all rounds of a soak did and found.

use serde::Serialize;

use crate::round::Round;
use syncproof_history::Broken;

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
}

/// A requirement that was broken in one round or several.
#[derive(Debug, Serialize)]
pub struct BrokenInRounds {
    /// In how many rounds.
    pub rounds: u64,
    /// The first of these rounds, from 0.
    pub first: u64,
    /// What was found in that round.
    pub found: Broken,
}

impl Totals {
    /// Adds a round. Returns whether a requirement is broken in it that was in none before.
    pub fn add(&mut self, round: &Round) -> bool {
        let number = self.rounds;
        self.rounds += 1;
        self.calls += round.history.len() as u64;
        let mut is_new = false;
        let verdict = round.verdict();
        self.not_decided += verdict.not_decided;
        for found in verdict.broken {
            match self.broken.iter_mut().find(|known| known.found.requirement == found.requirement) {
                Some(known) => known.rounds += 1,
                None => {
                    is_new = true;
                    self.broken.push(BrokenInRounds { rounds: 1, first: number, found });
                }
            }
        }
        is_new
    }
}
