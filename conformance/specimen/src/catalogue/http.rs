//! Answers and bodies: what is wrong with any endpoint.

use super::super::mutant::Mutant;
use super::super::switch::Switch;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::new("errors-as-text", Switch::ErrorsAsText, &["http.json-errors"], "A 4xx answer is an HTML page."),
    Mutant::new(
        "errors-as-string",
        Switch::ErrorsAsString,
        &["http.json-errors"],
        "A 4xx answer is a bare JSON string.",
    ),
    Mutant::new(
        "internals-shown",
        Switch::InternalsShown,
        &["http.no-internals"],
        "The answer to malformed JSON shows a stack trace with a file path.",
    ),
    Mutant::new(
        "wrong-method-not-found",
        Switch::WrongMethodNotFound,
        &["http.method-and-route"],
        "A known route with a wrong method gets 404.",
    ),
    Mutant::new(
        "trailing-garbage-accepted",
        Switch::TrailingGarbageAccepted,
        &["http.malformed-json"],
        "Whatever follows the first JSON value of a body is ignored.",
    ),
    Mutant::new(
        "invalid-utf8-replaced",
        Switch::InvalidUtf8Replaced,
        &["http.malformed-json"],
        "Bytes that are no UTF-8 are replaced instead of refused.",
    ),
    Mutant::new(
        "malformed-json-breaks",
        Switch::MalformedJsonBreaks,
        &["http.malformed-json", "http.no-5xx"],
        "Malformed JSON gets 500.",
    ),
    Mutant::new(
        "deep-json-breaks",
        Switch::DeepJsonBreaks,
        &["http.deep-json", "http.no-5xx"],
        "Deeply nested JSON gets 500.",
    ),
    Mutant::new(
        "wrong-shape-breaks",
        Switch::WrongShapeBreaks,
        &["http.wrong-shape", "http.no-5xx"],
        "A body that is JSON but no object gets 500.",
    ),
    Mutant::new(
        "large-body-breaks",
        Switch::LargeBodyBreaks,
        &["http.body-limit", "http.no-5xx"],
        "A body over the limit gets 500.",
    ),
    Mutant::new(
        "proto-fields-dropped",
        Switch::ProtoFieldsDropped,
        &["http.hostile-keys", "push.payload-round-trips"],
        "Payload fields named like parts of a prototype disappear.",
    ),
    Mutant::new("answers-cacheable", Switch::AnswersCacheable, &["http.no-store"], "Answers carry no Cache-Control."),
    Mutant::new(
        "unknown-route-succeeds",
        Switch::UnknownRouteSucceeds,
        &["http.method-and-route"],
        "An unknown route answers 200, as a fallback for single-page apps does.",
    ),
    Mutant::new(
        "unknown-method-breaks",
        Switch::UnknownMethodBreaks,
        &["http.no-5xx"],
        "A method that the server does not know gets 500.",
    ),
    Mutant::new(
        "id-method-not-found",
        Switch::IdMethodNotFound,
        &["http.method-and-route"],
        "What exists under an id gets 404 with a wrong method.",
    ),
    Mutant::new(
        "raw-controls-taken",
        Switch::RawControlsTaken,
        &["http.malformed-json"],
        "Tabs and line ends in text may stand as they are.",
    ),
    Mutant::new(
        "last-nul-ignored",
        Switch::LastNulIgnored,
        &["http.malformed-json"],
        "A body ends before the NUL that follows it.",
    ),
    Mutant::new(
        "statement-shown",
        Switch::StatementShown,
        &["http.no-internals"],
        "What is not found is told with the statement that looked for it.",
    ),
    Mutant::new(
        "failed-ops-show-statement",
        Switch::FailedOpsShowStatement,
        &["http.no-internals"],
        "An op that fails is told with what the store said, in a push that succeeds.",
    ),
    Mutant::new(
        "missing-field-breaks",
        Switch::MissingFieldBreaks,
        &["http.wrong-shape", "http.no-5xx"],
        "A text field that is missing, or no text, gets 500.",
    ),
    Mutant::new(
        "envelope-unchecked",
        Switch::EnvelopeUnchecked,
        &["http.wrong-shape"],
        "Status, attempts and createdAt of an op may be anything.",
    ),
];
