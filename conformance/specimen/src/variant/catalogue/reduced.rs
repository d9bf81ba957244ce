//! Servers that do without a capability.

use super::{Choice, Freedom, Variant};
use syncproof_protocol::capability::Capability;

pub(super) const VARIANTS: &[Variant] = &[
    Variant::new("without-applied", Freedom::WithoutApplied, "Results do not say whether an op was applied.")
        .without(&[Capability::Applied]),
    Variant::new("ties-to-the-first", Freedom::TiesToTheFirst, "With equal clock and hlc the first op to arrive wins.")
        .one_of(Choice::Ties)
        .without(&[Capability::OpIdTieBreak]),
    Variant::new("ties-to-the-last", Freedom::TiesToTheLast, "With equal clock and hlc the last op to arrive wins.")
        .one_of(Choice::Ties)
        .without(&[Capability::OpIdTieBreak]),
    Variant::new("without-snapshot", Freedom::WithoutSnapshot, "There are no snapshots.")
        .without(&[Capability::Snapshot]),
    Variant::new("without-gc", Freedom::WithoutGc, "Nothing can be collected.").without(&[Capability::Gc]),
    Variant::new("without-members", Freedom::WithoutMembers, "Members cannot be managed over HTTP.")
        .without(&[Capability::Members]),
];
