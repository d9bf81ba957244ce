//! Other ways over the wire: spelling of the JSON, headers, connections, pace.

use super::{Choice, Freedom, Variant};

pub(super) const VARIANTS: &[Variant] = &[
    Variant::new(
        "names-in-a-header",
        Freedom::NamesInAHeader,
        "Beside tokens, the header X-User names who asks, as a proxy in front would put it there.",
    ),
    Variant::new("json-spread", Freedom::JsonSpread, "JSON is spread over lines, with whitespace around it."),
    Variant::new("keys-reversed", Freedom::KeysReversed, "Objects have their keys in another order."),
    Variant::new("text-escaped", Freedom::TextEscaped, "Every character that is not ASCII, and the slash, is escaped."),
    Variant::new("numbers-as-floats", Freedom::NumbersAsFloats, "Whole numbers are written 1.0.")
        .one_of(Choice::Numbers),
    Variant::new("numbers-with-exponents", Freedom::NumbersWithExponents, "Numbers are written 1e0.")
        .one_of(Choice::Numbers),
    Variant::new(
        "integers-plain",
        Freedom::IntegersPlain,
        "Integers of the envelope are read by an integer type: 5.0 and 5e0 get 400.",
    ),
    Variant::new(
        "trailing-slash-forgiven",
        Freedom::TrailingSlashForgiven,
        "A slash at the end of a path is overlooked.",
    ),
    Variant::new("charset-named", Freedom::CharsetNamed, "Content-Type names the charset."),
    Variant::new("headers-in-title-case", Freedom::HeadersInTitleCase, "Header names are written Like-This."),
    Variant::new("bodies-in-chunks", Freedom::BodiesInChunks, "Bodies come in many small chunks."),
    Variant::new("connections-closed", Freedom::ConnectionsClosed, "The connection is closed after every answer."),
    Variant::new("no-store-among-others", Freedom::NoStoreAmongOthers, "Cache-Control has more to say than no-store."),
    Variant::new("slow", Freedom::Slow, "Every answer takes 300 ms.").one_of(Choice::Pace).slow(),
    Variant::new(
        "uneven",
        Freedom::Uneven,
        "Answers take from 0 to 60 ms, so that concurrent requests overtake each other.",
    )
    .one_of(Choice::Pace),
    Variant::new(
        "rate-limited",
        Freedom::RateLimited,
        "A caller has a burst of 20 requests and then 20 a second; 429 says Retry-After: 1.",
    )
    .one_of(Choice::Pace)
    .slow(),
    Variant::new("rate-limited-until-date", Freedom::RateLimitedUntilDate, "The same, and Retry-After is a date.")
        .one_of(Choice::Pace)
        .slow(),
    Variant::new("rate-limited-silently", Freedom::RateLimitedSilently, "The same, without Retry-After.")
        .one_of(Choice::Pace)
        .slow(),
];
