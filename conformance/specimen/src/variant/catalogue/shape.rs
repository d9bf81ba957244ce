//! Other bodies that say the same.

use super::{Choice, Freedom, Variant};

pub(super) const VARIANTS: &[Variant] = &[
    Variant::new(
        "errors-minimal",
        Freedom::ErrorsMinimal,
        "An error says statusCode and statusMessage, and nothing else.",
    )
    .one_of(Choice::ErrorBody),
    Variant::new("errors-maximal", Freedom::ErrorsMaximal, "An error has every field that frameworks add.")
        .one_of(Choice::ErrorBody),
    Variant::new(
        "errors-in-other-words",
        Freedom::ErrorsInOtherWords,
        "Errors are told in long sentences, with words that also stand in SQL, and in other languages.",
    ),
    Variant::new(
        "extra-fields",
        Freedom::ExtraFields,
        "Every object outside of payloads has fields that nobody knows, every answer such headers.",
    ),
    Variant::new("optional-fields-left-out", Freedom::OptionalFieldsLeftOut, "No field is sent that may be left out.")
        .one_of(Choice::Optional),
    Variant::new("optional-fields-null", Freedom::OptionalFieldsNull, "Optional fields that have no value are null.")
        .one_of(Choice::Optional),
    Variant::new(
        "delete-payloads-left-out",
        Freedom::DeletePayloadsLeftOut,
        "A pulled delete has no payload, whatever was pushed.",
    )
    .one_of(Choice::DeletePayload),
    Variant::new("delete-payloads-null", Freedom::DeletePayloadsNull, "A pulled delete has payload null.")
        .one_of(Choice::DeletePayload),
    Variant::new(
        "retention-told",
        Freedom::RetentionTold,
        "Every pull says requiresSnapshot and oldestRetainedVersion.",
    ),
    Variant::new("times-with-fraction", Freedom::TimesWithFraction, "Times are seconds with a fraction."),
    Variant::new(
        "times-in-other-forms",
        Freedom::TimesInOtherForms,
        "Times whose form is open are ISO text where they were numbers, and numbers where they were text.",
    ),
    Variant::new(
        "ids-as-numbers",
        Freedom::NumericIds,
        "Ids of users and workspaces are JSON numbers, and text is no id.",
    )
    .one_of(Choice::Ids),
    Variant::new("ids-with-prefix", Freedom::PrefixedIds, "Ids are text with a prefix.").one_of(Choice::Ids),
    Variant::new("ids-to-escape", Freedom::IdsToEscape, "Ids hold characters that a path has to escape.")
        .one_of(Choice::Ids),
    Variant::new(
        "replays-terse",
        Freedom::ReplaysTerse,
        "A replay's result says its version and that it is a replay, and nothing else.",
    ),
    Variant::new(
        "push-version-modest",
        Freedom::PushVersionModest,
        "A push reports the highest version of its results instead of the head.",
    ),
    Variant::new(
        "homeless-without-role",
        Freedom::HomelessWithoutRole,
        "The session of a user without a workspace has no role field.",
    ),
];
