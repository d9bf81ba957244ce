//! The search for an order of calls that a specification explains.
//!
//! It sweeps over the beginnings and ends of calls, and holds every state that is possible, with the open calls that have
//! taken effect in it. At the end of a call it lets open calls take effect, in every order, until that call has (just-in-time
//! linearization). What is only seen changes nothing, so it is placed at the first state that it fits, in no other order.
//! Sources: Wing and Gong, Testing and verifying concurrent objects, 1993; Lowe, Testing for linearizability, 2017.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::Hash;

use foldhash::fast::FixedState;

/// How many states are held at most while one call is placed.
const MAX_STATES: usize = 20_000;
/// How many states are looked at in one search at most, and how many more for each step.
const MAX_WORK: (usize, usize) = (200_000, 16);
/// How many changes whose outcome is unknown may be in flight.
const MAX_UNKNOWN: usize = 8;
/// How many steps may be open at one time: the bits of a [`Placed`].
const MAX_OPEN: usize = 128;

/// What calls do to a thing, and what may be seen of it.
pub(crate) trait Specification {
    /// The thing.
    type State: Clone + Eq + Hash;
    /// A change of it.
    type Deed;
    /// Something that is seen of it.
    type Sight;

    /// The thing before all calls.
    fn start(&self) -> Self::State;

    /// The states that a change may lead to.
    ///
    /// # Errors
    /// The change is wrong in this state.
    fn outcomes(&self, state: &Self::State, deed: &Self::Deed) -> Result<Vec<Self::State>, Refusal>;

    /// Whether that is seen in this state.
    ///
    /// # Errors
    /// It is not.
    fn fits(&self, state: &Self::State, sight: &Self::Sight) -> Result<(), Refusal>;
}

/// Why a call cannot be placed in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// What is right in this state.
    pub(crate) right: Cow<'static, str>,
    /// The requirement that is broken otherwise.
    pub(crate) requirement: &'static str,
}

/// One thing that a call did or saw.
pub(crate) struct Step<S: Specification> {
    /// When the call began, in microseconds.
    pub(crate) began: u64,
    /// When it ended; `u64::MAX` if nobody knows whether it was carried out.
    pub(crate) ended: u64,
    /// What it did or saw.
    pub(crate) what: What<S>,
}

/// What a call did or saw.
pub(crate) enum What<S: Specification> {
    /// Something that it saw.
    Sight(S::Sight),
    /// A change, and the place of the sight in the list of steps that has to come before it, if any.
    Deed(S::Deed, Option<usize>),
}

/// What the search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// There is an order.
    Order,
    /// There is none: this step does not fit in where those before it do.
    Contradiction {
        /// Its place in the list of steps.
        step: usize,
        /// What the specification says to it.
        refusal: Refusal,
    },
    /// Too much is possible.
    NotDecided,
}

/// The open steps that are placed, a bit each.
type Placed = u128;

/// One possible state, and what is placed in it.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Possible<T> {
    state: T,
    placed: Placed,
}

/// A set that keeps the order in which its members came.
struct Ordered<T> {
    list: Vec<T>,
    known: HashSet<T, FixedState>,
}

impl<T: Clone + Eq + Hash> Ordered<T> {
    fn of(members: impl IntoIterator<Item = T>) -> Self {
        let mut set = Ordered { list: Vec::new(), known: HashSet::default() };
        members.into_iter().for_each(|member| set.add(member));
        set
    }

    fn add(&mut self, member: T) {
        if self.known.insert(member.clone()) {
            self.list.push(member);
        }
    }
}

/// Searches for an order of the steps that the specification explains.
pub(crate) fn search<S: Specification>(specification: &S, steps: &[Step<S>]) -> Found {
    let mut moments: Vec<(u64, bool, usize)> = Vec::with_capacity(2 * steps.len());
    for (index, step) in steps.iter().enumerate() {
        moments.push((step.began, false, index));
        if step.ended != u64::MAX {
            moments.push((step.ended, true, index));
        }
    }
    // Of what happens at one moment, beginnings come first: then nothing is after anything else.
    moments.sort_unstable();
    let start = Possible { state: specification.start(), placed: 0 };
    let most = MAX_WORK.0 + MAX_WORK.1 * steps.len();
    let mut search =
        Search { specification, steps, open: Vec::new(), possible: vec![start], unknown: 0, work: 0, most };
    for (_, ends, step) in moments {
        let found = if ends { search.end(step) } else { search.begin(step) };
        if found != Found::Order {
            return found;
        }
    }
    Found::Order
}

struct Search<'s, S: Specification> {
    specification: &'s S,
    steps: &'s [Step<S>],
    /// The open steps; the place of each is that of its bit.
    open: Vec<Option<usize>>,
    possible: Vec<Possible<S::State>>,
    /// How many of the open steps are changes that may never end.
    unknown: usize,
    /// How many states were looked at, and how many may be.
    work: usize,
    most: usize,
}

impl<S: Specification> Search<'_, S> {
    fn begin(&mut self, step: usize) -> Found {
        let slot = self.open.iter().position(Option::is_none).unwrap_or(self.open.len());
        if slot == self.open.len() {
            self.open.push(None);
        }
        self.open[slot] = Some(step);
        let what = &self.steps[step].what;
        self.unknown += usize::from(self.steps[step].ended == u64::MAX && matches!(what, What::Deed(..)));
        if slot >= MAX_OPEN || self.unknown > MAX_UNKNOWN {
            return Found::NotDecided;
        }
        if let What::Sight(sight) = what {
            for possible in &mut self.possible {
                if self.specification.fits(&possible.state, sight).is_ok() {
                    possible.placed |= 1 << slot;
                }
            }
        }
        Found::Order
    }

    fn end(&mut self, step: usize) -> Found {
        let Some(slot) = self.slot(step) else { return Found::Order };
        let bit: Placed = 1 << slot;
        if !self.possible.iter().all(|possible| possible.placed & bit != 0) {
            let Some(kept) = self.placing(bit) else { return Found::NotDecided };
            if kept.is_empty() {
                return self.refused(step);
            }
            self.possible = kept;
        }
        let closed = bit | self.settled();
        self.open
            .iter_mut()
            .enumerate()
            .filter(|(slot, _)| closed & (1 << slot) != 0)
            .for_each(|(_, step)| *step = None);
        let without =
            self.possible.drain(..).map(|possible| Possible { placed: possible.placed & !closed, ..possible });
        self.possible = Ordered::of(without).list;
        self.work += self.possible.len();
        if self.work > self.most { Found::NotDecided } else { Found::Order }
    }

    /// The changes of unknown outcome that have taken effect by now, whatever the order, with the sights that they needed.
    fn settled(&mut self) -> Placed {
        if self.unknown == 0 {
            return 0;
        }
        let everywhere = self.possible.iter().fold(Placed::MAX, |all, possible| all & possible.placed);
        let mut settled = 0;
        for (slot, step) in self.open.iter().enumerate().filter(|(slot, _)| everywhere & (1 << slot) != 0) {
            let Some(Step { ended: u64::MAX, what: What::Deed(_, needs), .. }) = step.map(|step| &self.steps[step])
            else {
                continue;
            };
            self.unknown -= 1;
            settled |= 1 << slot;
            settled |= needs.and_then(|needs| self.slot(needs)).map_or(0, |needs| 1 << needs);
        }
        settled
    }

    /// What is possible once the step with that bit is placed; none if that is too much.
    fn placing(&mut self, bit: Placed) -> Option<Vec<Possible<S::State>>> {
        let mut reached = Ordered::of(self.possible.iter().cloned());
        let (mut kept, mut next) = (Vec::new(), 0);
        while let Some(possible) = reached.list.get(next).cloned() {
            next += 1;
            if possible.placed & bit != 0 {
                kept.push(possible);
                continue;
            }
            for (slot, deed) in self.deeds(possible.placed) {
                for state in self.specification.outcomes(&possible.state, deed).unwrap_or_default() {
                    reached.add(self.seen(Possible { state, placed: possible.placed | 1 << slot }));
                }
            }
            if reached.list.len() > MAX_STATES || self.work + reached.list.len() > self.most {
                return None;
            }
        }
        self.work += reached.list.len();
        Some(kept)
    }

    /// The open changes that may take effect next.
    fn deeds(&self, placed: Placed) -> impl Iterator<Item = (usize, &S::Deed)> {
        self.open.iter().enumerate().filter_map(move |(slot, step)| match &self.steps[(*step)?].what {
            What::Deed(deed, needs) if placed & (1 << slot) == 0 => {
                // What is open no more is placed.
                let is_free = needs.and_then(|needs| self.slot(needs)).is_none_or(|needs| placed & (1 << needs) != 0);
                is_free.then_some((slot, deed))
            }
            _ => None,
        })
    }

    /// With everything placed that is seen in this state.
    fn seen(&self, mut possible: Possible<S::State>) -> Possible<S::State> {
        for (slot, step) in self.open.iter().enumerate() {
            if let Some(step) = step
                && possible.placed & (1 << slot) == 0
                && let What::Sight(sight) = &self.steps[*step].what
                && self.specification.fits(&possible.state, sight).is_ok()
            {
                possible.placed |= 1 << slot;
            }
        }
        possible
    }

    /// The contradiction of a step that cannot be placed.
    fn refused(&self, step: usize) -> Found {
        let refusal = self.possible.iter().find_map(|possible| match &self.steps[step].what {
            What::Sight(sight) => self.specification.fits(&possible.state, sight).err(),
            What::Deed(deed, _) => self.specification.outcomes(&possible.state, deed).err(),
        });
        refusal.map_or(Found::NotDecided, |refusal| Found::Contradiction { step, refusal })
    }

    fn slot(&self, step: usize) -> Option<usize> {
        self.open.iter().position(|open| *open == Some(step))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number that is written and read.
    struct Register;

    impl Specification for Register {
        type State = u32;
        type Deed = u32;
        type Sight = u32;

        fn start(&self) -> u32 {
            0
        }

        fn outcomes(&self, _: &u32, deed: &u32) -> Result<Vec<u32>, Refusal> {
            Ok(vec![*deed])
        }

        fn fits(&self, state: &u32, sight: &u32) -> Result<(), Refusal> {
            let refusal = || Refusal { right: state.to_string().into(), requirement: "r" };
            (state == sight).then_some(()).ok_or_else(refusal)
        }
    }

    fn write(began: u64, ended: u64, number: u32) -> Step<Register> {
        Step { began, ended, what: What::Deed(number, None) }
    }

    fn read(began: u64, ended: u64, number: u32) -> Step<Register> {
        Step { began, ended, what: What::Sight(number) }
    }

    fn contradiction(step: usize, right: &'static str) -> Found {
        Found::Contradiction { step, refusal: Refusal { right: right.into(), requirement: "r" } }
    }

    #[test]
    fn one_after_the_other_the_last_write_is_read() {
        let steps = |number| [write(1, 2, 1), write(3, 4, 2), read(5, 6, number)];
        assert_eq!(search(&Register, &steps(2)), Found::Order);
        assert_eq!(search(&Register, &steps(1)), contradiction(2, "2"));
    }

    #[test]
    fn what_is_at_one_time_has_either_order_but_only_one() {
        let both = |then, after| [write(1, 9, 1), write(1, 9, 2), read(10, 11, then), read(12, 13, after)];
        assert_eq!(search(&Register, &both(1, 1)), Found::Order);
        assert_eq!(search(&Register, &both(2, 2)), Found::Order);
        assert_eq!(search(&Register, &both(1, 2)), contradiction(3, "1"));
        // A read at the same time sees the one, another the other; none sees the first again.
        let seen = |last| [write(1, 9, 1), write(1, 9, 2), read(2, 3, 1), read(4, 5, 2), read(6, 7, last)];
        assert_eq!(search(&Register, &seen(2)), Found::Order);
        assert_eq!(search(&Register, &seen(1)), contradiction(4, "2"));
    }

    #[test]
    fn what_begins_when_another_ends_is_at_the_same_time() {
        assert_eq!(search(&Register, &[write(1, 2, 1), read(2, 3, 0)]), Found::Order);
    }

    #[test]
    fn a_change_without_an_answer_takes_effect_late_or_never_and_only_once() {
        let steps = |numbers: [u32; 3]| {
            [
                write(1, u64::MAX, 1),
                write(2, 3, 2),
                read(4, 5, numbers[0]),
                read(6, 7, numbers[1]),
                read(8, 9, numbers[2]),
            ]
        };
        for numbers in [[2, 2, 2], [2, 2, 1], [2, 1, 1], [1, 1, 1]] {
            assert_eq!(search(&Register, &steps(numbers)), Found::Order, "{numbers:?}");
        }
        assert_eq!(search(&Register, &steps([1, 2, 2])), contradiction(3, "1"));
        assert_eq!(search(&Register, &steps([2, 1, 2])), contradiction(4, "1"));
    }

    #[test]
    fn a_change_waits_for_the_sight_that_it_needs() {
        let steps = |number| {
            let waits = Step { began: 1, ended: 9, what: What::Deed(7, Some(0)) };
            [read(1, 9, 1), waits, write(2, 3, 1), read(4, 5, number)]
        };
        assert_eq!(search(&Register, &steps(7)), Found::Order);
        let early = [read(1, 9, 1), Step { began: 1, ended: 9, what: What::Deed(7, Some(0)) }, read(2, 3, 7)];
        assert_eq!(search(&Register, &early), contradiction(2, "0"));
    }

    #[test]
    fn too_many_unknown_changes_are_not_decided() {
        let unknown =
            |count: u32| -> Vec<Step<Register>> { (1..=count).map(|number| write(1, u64::MAX, number)).collect() };
        let with_read = |count: u32, number| {
            let mut steps = unknown(count);
            steps.push(read(2, 3, number));
            steps
        };
        assert_eq!(search(&Register, &with_read(8, 8)), Found::Order);
        assert_eq!(search(&Register, &with_read(8, 9)), contradiction(8, "0"));
        assert_eq!(search(&Register, &with_read(9, 9)), Found::NotDecided);
        // One that was seen is not unknown any more.
        let mut seen = with_read(8, 8);
        seen.push(write(4, u64::MAX, 9));
        seen.push(read(5, 6, 9));
        assert_eq!(search(&Register, &seen), Found::Order);
    }

    #[test]
    fn too_many_states_are_not_decided() {
        // Twelve writes at one time: more subsets with a last member than may be held.
        let mut steps: Vec<Step<Register>> = (1..=14).map(|number| write(1, 9, number)).collect();
        assert_eq!(search(&Register, &steps[..6]), Found::Order);
        steps.push(read(2, 3, 99));
        assert_eq!(search(&Register, &steps), Found::NotDecided);
    }

    #[test]
    fn too_much_at_one_time_is_not_decided() {
        let steps: Vec<Step<Register>> = (0..=128).map(|_| read(1, 2, 0)).collect();
        assert_eq!(search(&Register, &steps[..128]), Found::Order);
        assert_eq!(search(&Register, &steps), Found::NotDecided);
    }

    /// Whether the steps in `left` can follow one another from here, by trying all orders.
    fn by_brute_force(steps: &[Step<Register>], left: &[usize], state: u32) -> bool {
        if left.iter().all(|index| steps[*index].ended == u64::MAX) {
            return true;
        }
        left.iter().any(|next| {
            let (step, others) = (&steps[*next], left.iter().filter(|other| *other != next));
            let is_first = others.clone().all(|other| steps[*other].ended >= step.began);
            let after = match step.what {
                What::Deed(number, _) => number,
                What::Sight(number) if number == state => state,
                What::Sight(_) => return false,
            };
            is_first && by_brute_force(steps, &others.copied().collect::<Vec<_>>(), after)
        })
    }

    #[test]
    fn the_search_agrees_with_all_orders_tried() {
        let (mut random, mut orders, mut contradictions) = (1_u64, 0, 0);
        let mut next = |bound: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % bound
        };
        for _ in 0..4000 {
            let steps: Vec<Step<Register>> = (0..6)
                .map(|_| {
                    let (began, length, number) = (next(12), next(6), u32::try_from(next(3)).unwrap());
                    match next(5) {
                        0 => write(began, u64::MAX, number),
                        1 | 2 => write(began, began + length, number),
                        _ => read(began, began + length, number),
                    }
                })
                .collect();
            let is_order = by_brute_force(&steps, &(0..steps.len()).collect::<Vec<_>>(), 0);
            let found = search(&Register, &steps);
            assert_eq!(found == Found::Order, is_order, "{found:?}");
            *(if is_order { &mut orders } else { &mut contradictions }) += 1;
        }
        assert!(orders > 500 && contradictions > 500, "{orders} orders, {contradictions} contradictions");
    }
}
