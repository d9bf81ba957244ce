//! The freedoms: what an honest server may do otherwise than the plain specimen does, and the set of those that one takes.

/// One behaviour in which honest servers differ (section 4 of the requirements). The catalogue says what each is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in super::super) enum Freedom {
    // catalogue/status.rs
    ForbiddenOutOfSight,
    NotFoundForRoles,
    CreatedWith200,
    LastOwnerForbidden,
    LastOwnerInvalid,
    AddingAgainConflicts,
    AddingAgainSucceeds,
    UnknownUserInvalid,
    BlankScopeForbidden,
    SecondDeletionSucceeds,
    SecondDeletionGone,
    DeletedIsGone,
    DeletedConflicts,
    BadTokenGone,
    ForeignTokenForbidden,
    ForeignTokenNotFound,
    ShapeBeforeCredential,
    CursorRegressConflicts,
    CursorOfAnotherForbidden,
    CursorBeyondHeadRefused,
    PullBeyondHeadRefused,
    UnknownFilterRefused,
    GcWithoutContent,

    // catalogue/shape.rs
    ErrorsMinimal,
    ErrorsMaximal,
    ErrorsInOtherWords,
    ExtraFields,
    OptionalFieldsLeftOut,
    OptionalFieldsNull,
    DeletePayloadsLeftOut,
    DeletePayloadsNull,
    RetentionTold,
    TimesWithFraction,
    TimesInOtherForms,
    NumericIds,
    PrefixedIds,
    IdsToEscape,
    ReplaysTerse,
    PushVersionModest,
    HomelessWithoutRole,

    // catalogue/delivery.rs
    NamesInAHeader,
    JsonSpread,
    KeysReversed,
    TextEscaped,
    NumbersAsFloats,
    NumbersWithExponents,
    CharsetNamed,
    HeadersInTitleCase,
    BodiesInChunks,
    ConnectionsClosed,
    NoStoreAmongOthers,
    Slow,
    Uneven,
    RateLimited,
    RateLimitedUntilDate,
    RateLimitedSilently,
    TrailingSlashForgiven,
    IntegersPlain,

    // catalogue/behaviour.rs
    SyncInActiveOnly,
    RehomesToOldest,
    RehomesAnywhere,
    LastGoneFresh,
    CreationActivates,
    JoiningActivates,
    BatchRefusedWhole,
    BatchOf100,
    BatchOf100Invalid,
    BodyOf1MiB,
    OversizedWith413,
    OversizedInvalid,
    NulRefused,
    EmptyPkAccepted,
    ConflictingDuplicatesRefused,
    FilterCursorFurther,
    ShortPulls,
    ShortSnapshotPages,
    SnapshotInUtf16Order,

    // catalogue/reduced.rs
    WithoutApplied,
    TiesToTheFirst,
    TiesToTheLast,
    WithoutSnapshot,
    WithoutGc,
    WithoutMembers,
}

/// The freedoms that one specimen takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Freedoms(u128);

impl Freedoms {
    /// Whether this one is among them.
    pub(in super::super) fn take(self, freedom: Freedom) -> bool {
        self.0 & bit(freedom) != 0
    }

    /// Whether one of these is among them.
    pub(super) fn take_any(self, freedoms: &[Freedom]) -> bool {
        freedoms.iter().any(|freedom| self.take(*freedom))
    }
}

/// There are fewer freedoms than bits: `all_fit` holds that.
fn bit(freedom: Freedom) -> u128 {
    1 << (freedom as u32)
}

impl FromIterator<Freedom> for Freedoms {
    fn from_iter<T: IntoIterator<Item = Freedom>>(freedoms: T) -> Self {
        Self(freedoms.into_iter().fold(0, |set, freedom| set | bit(freedom)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Freedom, Freedoms};

    #[test]
    fn all_fit() {
        assert!((Freedom::WithoutMembers as u32) < u128::BITS);
        let last = Freedoms::from_iter([Freedom::WithoutMembers]);
        assert!(last.take(Freedom::WithoutMembers) && !last.take(Freedom::ForbiddenOutOfSight));
    }
}
