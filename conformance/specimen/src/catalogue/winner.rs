//! Who wins, and what remains of who loses.

use super::super::mutant::Mutant;
use super::super::switch::Switch;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::new(
        "last-arrival-wins",
        Switch::LastArrivalWins,
        &["lww.higher-clock", "lww.order-free"],
        "The last op to arrive wins.",
    ),
    Mutant::new(
        "first-of-equal-clocks-wins",
        Switch::FirstOfEqualClocksWins,
        &["lww.hlc-breaks-tie", "lww.order-free"],
        "With equal clocks the first to arrive stays.",
    ),
    Mutant::new(
        "last-of-equal-clocks-wins",
        Switch::LastOfEqualClocksWins,
        &["lww.hlc-breaks-tie", "lww.order-free"],
        "With equal clocks the last to arrive wins.",
    ),
    Mutant::new(
        "op-id-tie-first",
        Switch::OpIdTieFirst,
        &["lww.op-id-breaks-tie"],
        "With clock and hlc equal the first to arrive stays.",
    ),
    Mutant::new(
        "op-id-tie-last",
        Switch::OpIdTieLast,
        &["lww.op-id-breaks-tie"],
        "With clock and hlc equal the last to arrive wins.",
    ),
    Mutant::new("utf16-order", Switch::Utf16Order, &["lww.code-point-order"], "The hlc compares by UTF-16 code units."),
    Mutant::new("hlc-before-clock", Switch::HlcBeforeClock, &["lww.higher-clock"], "The hlc counts before the clock."),
    Mutant::new(
        "hlc-case-folded",
        Switch::HlcCaseFolded,
        &["lww.hlc-breaks-tie", "lww.code-point-order"],
        "The hlc compares without regard to case.",
    ),
    Mutant::new(
        "hlc-trimmed",
        Switch::HlcTrimmed,
        &["lww.hlc-breaks-tie"],
        "The hlc compares without the blanks around it.",
    ),
    Mutant::new(
        "hlc-ends-at-nul",
        Switch::HlcEndsAtNul,
        &["lww.hlc-breaks-tie"],
        "The hlc compares up to the first NUL.",
    ),
    Mutant::new(
        "clock-as-text",
        Switch::ClockAsText,
        &["lww.higher-clock"],
        "Clocks compare as text, so that 9 beats 10.",
    ),
    Mutant::new(
        "payload-clock-decides",
        Switch::PayloadClockDecides,
        &["lww.higher-clock"],
        "Where payloads have clocks of their own, those are compared and not the stamps'.",
    ),
    Mutant::new(
        "clock-in-32-bits",
        Switch::ClockIn32Bits,
        &["lww.higher-clock"],
        "Clocks compare by their low 32 bits.",
    ),
    Mutant::new(
        "delete-always-wins",
        Switch::DeleteAlwaysWins,
        &["lww.delete-competes", "lww.order-free"],
        "A delete wins whatever its revision.",
    ),
    Mutant::new(
        "delete-wins-ties",
        Switch::DeleteWinsTies,
        &["lww.delete-competes", "lww.order-free"],
        "A delete wins over a put of the same clock.",
    ),
    Mutant::new(
        "put-wins-ties",
        Switch::PutWinsTies,
        &["lww.delete-competes", "lww.no-resurrection"],
        "A put wins over a tombstone of the same clock.",
    ),
    Mutant::new(
        "put-resurrects",
        Switch::PutResurrects,
        &["lww.no-resurrection"],
        "An older put brings a deleted record back.",
    ),
    Mutant::new(
        "tombstone-is-final",
        Switch::TombstoneIsFinal,
        &["lww.newer-put-revives"],
        "A deleted record never comes back.",
    ),
    Mutant::new(
        "loser-not-logged",
        Switch::LoserNotLogged,
        &["lww.loser-is-logged"],
        "An op that loses is not logged.",
    ),
    Mutant::new(
        "loser-untold",
        Switch::LoserUntold,
        &["lww.loser-told"],
        "An op that loses is told that it was applied.",
    ),
    Mutant::new(
        "tombstone-random-id",
        Switch::TombstoneRandomId,
        &["tombstone.one-per-record", "tombstone.bounded"],
        "Every delete adds another tombstone.",
    )
    .finding(2),
    Mutant::new(
        "tombstone-keeps-latest",
        Switch::TombstoneKeepsLatest,
        &["tombstone.keeps-highest"],
        "A tombstone takes the revision of the latest delete to arrive.",
    ),
    Mutant::new(
        "tombstone-keeps-first",
        Switch::TombstoneKeepsFirst,
        &["tombstone.keeps-highest"],
        "A tombstone keeps the revision of its first delete.",
    ),
    Mutant::new(
        "tombstone-per-pk",
        Switch::TombstonePerPk,
        &["tombstone.per-table"],
        "One pk has one tombstone across all tables.",
    ),
    Mutant::new(
        "revival-keeps-tombstone",
        Switch::RevivalKeepsTombstone,
        &["lww.newer-put-revives"],
        "A record that was revived keeps its tombstone beside it.",
    ),
    Mutant::new(
        "losing-delete-leaves-tombstone",
        Switch::LosingDeleteLeavesTombstone,
        &["tombstone.losing-delete-leaves-none"],
        "A delete that loses leaves a tombstone beside the live record.",
    ),
    Mutant::new(
        "empty-delete-fails",
        Switch::EmptyDeleteFails,
        &["tombstone.delete-of-unknown"],
        "Deleting a record that never was fails.",
    ),
    Mutant::new(
        "delete-with-payload-refused",
        Switch::DeleteWithPayloadRefused,
        &["tombstone.delete-of-unknown", "tombstone.one-per-record"],
        "A delete that has a payload is refused.",
    ),
    Mutant::new(
        "delete-by-payload",
        Switch::DeleteByPayload,
        &["tombstone.delete-of-unknown"],
        "A delete goes by the id in its payload, where there is one.",
    ),
];
