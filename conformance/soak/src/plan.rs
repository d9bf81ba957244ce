//! The plan of a round: how much is done in it, by how many.

use std::time::Duration;

use serde::Serialize;

use crate::job::Job;

/// How much is done in a round.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Decides what the clients send, but not when it arrives.
    pub seed: u64,
    /// How long clients go on before they settle.
    pub length: Duration,
    /// How many clients write.
    pub writers: usize,
    /// How many clients read.
    pub readers: usize,
    /// How many devices are offline now and then.
    pub devices: usize,
    /// What goes wrong meanwhile.
    pub faults: Faults,
    /// Which of the clients take part.
    pub crew: Crew,
    /// In a simulation, decides when each request arrives.
    pub schedule: u64,
}

/// What goes wrong in a round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Faults {
    /// The network loses, cuts, delays and repeats.
    pub network: bool,
    /// The server is killed and started again, or stands still for a while.
    pub process: bool,
}

/// Which jobs of a round are done: those with these numbers, in ascending order; all if there is no list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Crew(pub Option<Vec<usize>>);

impl Crew {
    /// Whether the job with that number is done.
    pub(crate) fn has(&self, number: usize) -> bool {
        self.0.as_ref().is_none_or(|numbers| numbers.contains(&number))
    }
}

impl Plan {
    /// The plan of one round of many. Of these faults there are none in every third round, so that what they have nothing to
    /// do with shows without them.
    #[must_use]
    pub fn of_round(seed: u64, number: u64, faults: Faults) -> Self {
        let faults = match number % 3 {
            0 => Faults::default(),
            1 if faults.network => Faults { process: false, ..faults },
            _ => faults,
        };
        // What is forgotten or renewed after some seconds shows in long rounds only.
        let length = Duration::from_millis(if number % 4 == 3 { 6000 } else { 1500 });
        Plan::lasting(length, seed.wrapping_add(number), faults)
    }

    /// The plan of one simulated round of many. Waiting takes no time there, so only what clients do counts: most rounds are
    /// short, since another order of the first calls shows more than further calls do.
    #[must_use]
    pub fn of_simulated_round(seed: u64, number: u64, faults: Faults) -> Self {
        let length_ms = match number % 16 {
            15 => 6000,
            3 | 7 | 11 => 1500,
            _ => 300,
        };
        // A process cannot die in this one.
        let faults = Faults { network: faults.network && number % 3 == 1, process: false };
        Plan::lasting(Duration::from_millis(length_ms), seed.wrapping_add(number), faults)
    }

    fn lasting(length: Duration, seed: u64, faults: Faults) -> Self {
        let crew = Crew::default();
        Plan { seed, length, writers: 4, readers: 3, devices: 2, faults, crew, schedule: 0 }
    }

    /// All its jobs, in the order of their numbers.
    pub(crate) fn jobs(&self) -> Vec<Job> {
        let jobs = (0..self.writers).map(Job::Write);
        let jobs = jobs.chain((0..self.readers).map(Job::Follow)).chain((0..self.readers).map(Job::Look));
        let jobs = jobs.chain((0..self.devices).map(Job::ComeAndGo));
        let single = [Job::LogIn, Job::Quit, Job::OwnTogether, Job::Collect, Job::WriteCollected, Job::FollowAndTell];
        jobs.chain(single).chain([Job::CollectRested, Job::Manage]).collect()
    }

    /// The numbers of the clients that take part.
    #[must_use]
    pub fn numbers(&self) -> Vec<usize> {
        (0..self.jobs().len()).filter(|number| self.crew.has(*number)).collect()
    }

    /// Who takes part, in words.
    #[must_use]
    pub fn described(&self) -> String {
        let jobs = self.jobs();
        let words: Vec<String> = self.numbers().into_iter().map(|number| jobs[number].to_string()).collect();
        words.join(", ")
    }
}
