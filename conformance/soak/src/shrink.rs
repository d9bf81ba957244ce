//! Shrinking: fewer clients and less time that still break the same requirement.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::plan::{Crew, Plan};
use crate::round::Round;

/// How long shrinking takes at most, after which the smallest that was found counts.
const MAX_TIME: Duration = Duration::from_secs(30);
/// What takes no longer is not halved.
const SHORTEST: Duration = Duration::from_millis(10);

/// The smallest round that was found.
#[derive(Debug)]
pub struct Shrunk {
    /// Its plan.
    pub plan: Plan,
    /// The round.
    pub round: Arc<Round>,
    /// Of how many rounds by that plan that many broke the requirement. A simulated one always does.
    pub broke: (usize, usize),
}

/// Performs rounds by smaller plans, as long as they break the requirement.
///
/// A simulated round ends in the same way whenever it is repeated, so of a smaller plan one schedule is enough that breaks it.
/// Others have to break it in two rounds of three.
pub async fn shrink<F>(plan: Plan, round: Arc<Round>, requirement: &str, simulated: bool, perform: F) -> Shrunk
where
    F: AsyncFn(Plan) -> Result<Round, String>,
{
    let until = Instant::now() + MAX_TIME;
    let mut smallest = Shrunk { plan, round, broke: (1, 1) };
    smallest.take_less_time(requirement, simulated, until, &perform).await;
    let mut part = smallest.plan.numbers().len() / 2;
    while part > 0 {
        let mut start = 0;
        while start < smallest.plan.numbers().len() {
            let mut rest = smallest.plan.numbers();
            rest.drain(start..rest.len().min(start + part));
            let fewer = Plan { crew: Crew(Some(rest)), ..smallest.plan.clone() };
            if !smallest.goes_to(fewer, requirement, simulated, until, &perform).await {
                start += part;
            }
        }
        part /= 2;
    }
    smallest.take_less_time(requirement, simulated, until, &perform).await;
    smallest
}

/// How many rounds by one plan are tried.
const TRIES: usize = 3;
/// How many schedules of a simulated one.
const SCHEDULES: usize = 8;
/// How many of them have to break the requirement, if they are not simulated.
const ENOUGH: usize = 2;

impl Shrunk {
    /// Halves the time, as long as rounds break the requirement.
    async fn take_less_time<F>(&mut self, requirement: &str, simulated: bool, until: Instant, perform: &F)
    where
        F: AsyncFn(Plan) -> Result<Round, String>,
    {
        while self.plan.length > SHORTEST {
            let shorter = Plan { length: self.plan.length / 2, ..self.plan.clone() };
            if !self.goes_to(shorter, requirement, simulated, until, perform).await {
                break;
            }
        }
    }

    /// Goes to that plan if rounds by it break the requirement.
    async fn goes_to<F>(&mut self, plan: Plan, requirement: &str, simulated: bool, until: Instant, perform: &F) -> bool
    where
        F: AsyncFn(Plan) -> Result<Round, String>,
    {
        let (mut broke, mut tried, mut kept) = (0, 0, None);
        for schedule in 0..if simulated { SCHEDULES } else { TRIES } {
            if Instant::now() > until {
                return false;
            }
            let plan = if simulated { Plan { schedule: schedule as u64, ..plan.clone() } } else { plan.clone() };
            // A round that cannot be performed, as without somebody to log in, shows nothing.
            let Ok(round) = perform(plan.clone()).await else { return false };
            tried += 1;
            if round.verdict().broken.iter().any(|broken| broken.requirement == requirement) {
                broke += 1;
                kept = Some((plan, Arc::new(round)));
            }
            if broke == 1 && simulated || !simulated && tried - broke > TRIES - ENOUGH {
                break;
            }
        }
        match kept {
            Some((plan, round)) if simulated => *self = Shrunk { plan, round, broke: (1, 1) },
            Some((plan, round)) if broke >= ENOUGH => *self = Shrunk { plan, round, broke: (broke, tried) },
            _ => return false,
        }
        true
    }
}
