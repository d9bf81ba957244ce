//! The plan of a round: how much is done in it, by how many.

use std::time::Duration;

/// How much is done in a round.
#[derive(Debug, Clone, Copy)]
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
}

/// What goes wrong in a round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// The network loses, cuts, delays and repeats.
    pub network: bool,
    /// The server is killed and started again, or stands still for a while.
    pub process: bool,
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
        Plan { seed: seed.wrapping_add(number), length, writers: 4, readers: 3, devices: 2, faults }
    }
}
