//! The switches, one for each mutant; sets of them; and the macros that look at a set where the behaviour differs. The enum
//! is made from `mutants.md`.

include!(concat!(env!("OUT_DIR"), "/switch.rs"));

const WORDS: usize = Switch::ALL.len().div_ceil(64);

/// The switches of a specimen's mutants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Switches([u64; WORDS]);

impl Switches {
    /// Whether this switch is on.
    pub(crate) fn has(self, switch: Switch) -> bool {
        let place = switch as usize;
        self.0[place / 64] & (1 << (place % 64)) != 0
    }

    /// Whether one of these switches is on.
    pub(crate) fn has_any(self, switches: &[Switch]) -> bool {
        switches.iter().any(|switch| self.has(*switch))
    }

    /// The first of these switches that is on.
    pub(crate) fn first_of(self, switches: &[Switch]) -> Option<Switch> {
        switches.iter().copied().find(|switch| self.has(*switch))
    }

    /// The switches that are on, in the order of `mutants.md`.
    pub(crate) fn iter(self) -> impl Iterator<Item = Switch> {
        Switch::ALL.iter().copied().filter(move |switch| self.has(*switch))
    }
}

impl FromIterator<Switch> for Switches {
    fn from_iter<T: IntoIterator<Item = Switch>>(switches: T) -> Self {
        let mut set = Self::default();
        for place in switches.into_iter().map(|switch| switch as usize) {
            set.0[place / 64] |= 1 << (place % 64);
        }
        set
    }
}

/// A `match` on a set of switches that gives the value of the first arm whose switch is on and whose guard holds, or that of
/// `_`: `deviation!(match app.switches() { Switch::A | Switch::B if guard => one, _ => other })`.
macro_rules! deviation {
    (match $on:ident $(.$part:tt $(($($call:tt)*))?)* { $($arms:tt)+ }) => {{
        let on: $crate::switch::Switches = $on $(.$part $(($($call)*))?)*;
        $crate::switch::deviation!(@arms on; $($arms)+)
    }};
    (@arms $on:ident; _ => $value:expr $(,)?) => { $value };
    (@arms $on:ident; $(Switch::$name:ident)|+ $(if $guard:expr)? => $value:block $(,)? $($arms:tt)+) => {
        if ($($on.has(Switch::$name))||+) $(&& $guard)? $value else { $crate::switch::deviation!(@arms $on; $($arms)+) }
    };
    (@arms $on:ident; $(Switch::$name:ident)|+ $(if $guard:expr)? => $value:expr, $($arms:tt)+) => {
        if ($($on.has(Switch::$name))||+) $(&& $guard)? { $value } else { $crate::switch::deviation!(@arms $on; $($arms)+) }
    };
}
pub(crate) use deviation;

/// A `match` on a set of switches that runs every arm whose switch is on and whose guard holds, one after the other:
/// `deviations!(match app.switches() { Switch::A if guard => change(&mut value), _ => {} })`.
macro_rules! deviations {
    (match $on:ident $(.$part:tt $(($($call:tt)*))?)* { $($arms:tt)+ }) => {{
        let on: $crate::switch::Switches = $on $(.$part $(($($call)*))?)*;
        $crate::switch::deviations!(@arms on; $($arms)+);
    }};
    (@arms $on:ident; _ => {} $(,)?) => {};
    (@arms $on:ident; $(Switch::$name:ident)|+ $(if $guard:expr)? => $change:block $(,)? $($arms:tt)+) => {
        if ($($on.has(Switch::$name))||+) $(&& $guard)? $change
        $crate::switch::deviations!(@arms $on; $($arms)+);
    };
    (@arms $on:ident; $(Switch::$name:ident)|+ $(if $guard:expr)? => $change:expr, $($arms:tt)+) => {
        if ($($on.has(Switch::$name))||+) $(&& $guard)? { $change; }
        $crate::switch::deviations!(@arms $on; $($arms)+);
    };
}
pub(crate) use deviations;

#[cfg(test)]
mod tests {
    use super::{Switch, Switches};

    #[test]
    fn a_set_has_its_switches_and_no_other() {
        let all = Switch::ALL;
        let some: Vec<Switch> = [all[1], all[63], all[64], all[all.len() - 1]].into();
        let set: Switches = some.iter().rev().copied().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), some);
        assert_eq!(set.first_of(&[all[2], all[64], all[1]]), Some(all[64]));
        assert!(!set.has_any(&[all[0], all[65]]) && Switches::default().iter().next().is_none());
    }

    #[test]
    fn one_arm_gives_the_value_and_every_arm_changes_it() {
        let on: Switches = [Switch::PullDescends, Switch::HeadIsStale].into_iter().collect();
        let value = deviation!(match on {
            Switch::PullCompacts => 0,
            Switch::PullDescends if false => 1,
            Switch::PullLeaks | Switch::HeadIsStale => 2,
            Switch::PullDescends => 3,
            _ => 4,
        });
        let mut seen = Vec::new();
        deviations!(match on {
            Switch::PullDescends => seen.push(1),
            Switch::PullCompacts => seen.push(2),
            Switch::HeadIsStale | Switch::PullDescends => seen.push(3),
            _ => {}
        });
        assert_eq!((value, seen), (2, vec![1, 3]));
    }
}
