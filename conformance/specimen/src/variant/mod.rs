//! Honest variants: the specimen as other conformant servers behave, one freedom of the protocol each (section 4 of the requirements).
//!
//! They are the counterpart of the mutants: every case has to pass every variant. Several can be combined, unless
//! they contradict each other.

mod batch;
mod fields;
mod freedom;
mod ids;
mod integers;
mod json;
mod limiter;
mod middleware;
mod refusal;
mod rehoming;
mod title_case;
mod trailing_slash;

pub(super) use batch::{check_batch, check_op, without_rivals};
pub(super) use freedom::{Freedom, Freedoms};
pub(super) use ids::{fresh_id, numeric_ids_to_text};
pub(super) use integers::require_plain_integers;
pub(super) use limiter::Limiter;
pub(super) use middleware::middleware;
pub(super) use rehoming::{active_in, rehome};
pub(super) use title_case::serve as serve_in_title_case;
pub(super) use trailing_slash::ignore_trailing_slash;

use syncproof_protocol::capability::{Capabilities, Capability};

/// One behaviour of other conformant servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Its id in kebab-case, which never changes.
    pub id: &'static str,
    /// What it does differently from the plain specimen, in a sentence.
    pub summary: &'static str,
    /// The capabilities that it lacks.
    pub without: &'static [Capability],
    /// The SHOULDs that it does not follow: a run warns of them, and of nothing else.
    pub warned: &'static [&'static str],
    /// Whether it is slow by design.
    pub slow: bool,
    /// What a server can do in one way only: variants of one choice contradict each other.
    choice: Option<&'static str>,
    freedom: Freedom,
}

impl Variant {
    /// Whether no server can be both at once.
    #[must_use]
    pub fn contradicts(&self, other: &Variant) -> bool {
        self.id != other.id && self.choice.is_some() && self.choice == other.choice
    }

    pub(super) fn freedom(&self) -> Freedom {
        self.freedom
    }
}

const VARIANTS: &[Variant] = include!(concat!(env!("OUT_DIR"), "/variants.rs"));

/// All variants.
pub fn variants() -> &'static [Variant] {
    VARIANTS
}

/// The variant of this id.
pub fn find(id: &str) -> Option<&'static Variant> {
    variants().iter().find(|variant| variant.id == id)
}

/// The capabilities of a specimen that takes these freedoms.
pub fn capabilities(variants: &[Variant]) -> Capabilities {
    use Capability::{Applied, BadCredentials, Gc, Members, OpIdTieBreak, PrivateNotifications, Providers, Snapshot};
    let all = [BadCredentials, Providers, Members, Snapshot, Gc, OpIdTieBreak, Applied, PrivateNotifications];
    let lacks = |capability: &Capability| variants.iter().any(|variant| variant.without.contains(capability));
    all.into_iter().filter(|capability| !lacks(capability)).collect()
}

/// Two of these that contradict each other, if there are any.
pub fn contradiction(variants: &[Variant]) -> Option<(&Variant, &Variant)> {
    let pairs =
        variants.iter().enumerate().flat_map(|(place, one)| variants[place..].iter().map(move |two| (one, two)));
    pairs.into_iter().find(|(one, two)| one.contradicts(two))
}

/// Groups variants that do not contradict each other, so that few servers take all of their freedoms. Slow variants, and
/// those that lack a capability and so hide what others do, are grouped among themselves.
pub fn bundles(variants: &[Variant]) -> Vec<Vec<Variant>> {
    let mut bundles: Vec<Vec<Variant>> = Vec::new();
    for variant in variants {
        let fits = |bundle: &&mut Vec<Variant>| {
            bundle.iter().all(|other| {
                !variant.contradicts(other)
                    && variant.slow == other.slow
                    && variant.without.is_empty() == other.without.is_empty()
            })
        };
        match bundles.iter_mut().find(fits) {
            Some(bundle) => bundle.push(*variant),
            None => bundles.push(vec![*variant]),
        }
    }
    bundles
}

#[cfg(test)]
mod tests {
    use super::{Freedoms, bundles, contradiction, variants};

    #[test]
    fn all_freedoms_fit_into_one_set() {
        assert!(variants().iter().all(|variant| (variant.freedom as u32) < u128::BITS));
        let taken = |ids: &[usize]| ids.iter().map(|at| variants()[*at].freedom).collect::<Freedoms>();
        let (first, last) = (variants()[0].freedom, variants()[variants().len() - 1].freedom);
        assert!(taken(&[variants().len() - 1]).take(last) && !taken(&[variants().len() - 1]).take(first));
    }

    #[test]
    fn bundles_hold_every_variant_once_and_no_contradiction() {
        let bundles = bundles(variants());
        assert_eq!(bundles.iter().map(Vec::len).sum::<usize>(), variants().len());
        assert!(bundles.iter().all(|bundle| contradiction(bundle).is_none()));
        assert!(contradiction(variants()).is_some());
    }
}
