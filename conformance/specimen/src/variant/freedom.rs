//! The freedoms: what a conformant server may do differently from the plain specimen, and the set of those that a specimen takes.

include!(concat!(env!("OUT_DIR"), "/freedom.rs"));

/// The set of freedoms that one specimen takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Freedoms(u128);

impl Freedoms {
    /// Whether this freedom is in the set.
    pub(in super::super) fn take(self, freedom: Freedom) -> bool {
        self.0 & bit(freedom) != 0
    }

    /// Whether one of these freedoms is in the set.
    pub(super) fn take_any(self, freedoms: &[Freedom]) -> bool {
        freedoms.iter().any(|freedom| self.take(*freedom))
    }
}

/// There are fewer freedoms than bits, as a test of the parent module checks.
fn bit(freedom: Freedom) -> u128 {
    1 << (freedom as u32)
}

impl FromIterator<Freedom> for Freedoms {
    fn from_iter<T: IntoIterator<Item = Freedom>>(freedoms: T) -> Self {
        Self(freedoms.into_iter().fold(0, |set, freedom| set | bit(freedom)))
    }
}
