//! Raw HTTP and lost connections: framing, heads, slow and broken requests, answers that never arrive.

use super::super::mutant::Mutant;
use super::super::switch::Switch;

const BROKEN: &[&str] = &["http.no-5xx"];
const UNCHANGED: &[&str] = &["push.bad-batch-changes-nothing"];
const LOST: &[&str] = &["durable.lost-response-retries"];

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::new(
        "length-before-chunks",
        Switch::LengthBeforeChunks,
        UNCHANGED,
        "With a Content-Length and chunks, the length counts, and a push behind it is carried out.",
    ),
    Mutant::new(
        "first-length-counts",
        Switch::FirstLengthCounts,
        UNCHANGED,
        "Of two Content-Lengths the first counts.",
    ),
    Mutant::new("last-length-counts", Switch::LastLengthCounts, UNCHANGED, "Of two Content-Lengths the last counts."),
    Mutant::new("bad-length-breaks", Switch::BadLengthBreaks, BROKEN, "A Content-Length that is no number gets 500."),
    Mutant::new("bad-chunk-breaks", Switch::BadChunkBreaks, BROKEN, "Chunks that are wrong get 500."),
    Mutant::new(
        "body-of-get-runs",
        Switch::BodyOfGetRuns,
        UNCHANGED,
        "The body of a GET is left in the connection and taken for the next request.",
    ),
    Mutant::new(
        "body-of-strangers-runs",
        Switch::BodyOfStrangersRuns,
        UNCHANGED,
        "A request without a credential is answered before its body is read, which is then taken for a request.",
    ),
    Mutant::new(
        "cut-batch-repaired",
        Switch::CutBatchRepaired,
        UNCHANGED,
        "Of a batch that is cut, the whole ops are applied.",
    ),
    Mutant::new(
        "first-piece-is-body",
        Switch::FirstPieceIsBody,
        &["push.results-mirror-ops"],
        "The first piece of a body that arrives is taken for all of it.",
    ),
    Mutant::new(
        "large-chunked-body-breaks",
        Switch::LargeChunkedBodyBreaks,
        &["http.body-limit", "http.no-5xx"],
        "A body over the limit without a Content-Length gets 500.",
    ),
    Mutant::new(
        "pipeline-reversed",
        Switch::PipelineReversed,
        BROKEN,
        "Of two requests in a row the second is answered first.",
    ),
    Mutant::new(
        "heads-read-in-turn",
        Switch::HeadsReadInTurn,
        BROKEN,
        "While one client is slow with its head, nobody else is heard.",
    ),
    Mutant::new("split-head-breaks", Switch::SplitHeadBreaks, BROKEN, "A head that comes in several pieces gets 500."),
    Mutant::new("garbage-breaks", Switch::GarbageBreaks, BROKEN, "Bytes that are no HTTP get 500."),
    Mutant::new(
        "garbage-hangs",
        Switch::GarbageHangs,
        BROKEN,
        "Bytes that are no HTTP get no answer, and the connection never ends.",
    ),
    Mutant::new(
        "garbage-poisons",
        Switch::GarbagePoisons,
        BROKEN,
        "After bytes that are no HTTP nobody is served any more.",
    ),
    Mutant::new(
        "garbage-shows-internals",
        Switch::GarbageShowsInternals,
        &["http.no-internals"],
        "The answer to bytes that are no HTTP shows a stack trace.",
    ),
    Mutant::new("huge-header-breaks", Switch::HugeHeaderBreaks, BROKEN, "A header over 32 KiB gets 500."),
    Mutant::new("long-target-breaks", Switch::LongTargetBreaks, BROKEN, "A target over 8 KiB gets 500."),
    Mutant::new("missing-type-breaks", Switch::MissingTypeBreaks, BROKEN, "A POST without a content type gets 500."),
    Mutant::new("charset-breaks", Switch::CharsetBreaks, BROKEN, "A charset that nobody knows gets 500."),
    Mutant::new("encoding-breaks", Switch::EncodingBreaks, BROKEN, "A body that says it is gzip gets 500."),
    Mutant::new("utf-16-taken", Switch::Utf16Taken, &["http.malformed-json"], "A body in UTF-16 is read as such."),
    Mutant::new("nul-in-path-breaks", Switch::NulInPathBreaks, BROKEN, "A `%00` in the path gets 500."),
    Mutant::new("absolute-target-breaks", Switch::AbsoluteTargetBreaks, BROKEN, "A target in absolute form gets 500."),
    Mutant::new("trace-breaks", Switch::TraceBreaks, BROKEN, "TRACE gets 500."),
    Mutant::new("expectation-breaks", Switch::ExpectationBreaks, BROKEN, "An expectation that nobody knows gets 500."),
    Mutant::new("body-on-get-breaks", Switch::BodyOnGetBreaks, BROKEN, "A GET with a body gets 500."),
    Mutant::new(
        "lost-push-forgotten",
        Switch::LostPushForgotten,
        LOST,
        "A push whose client is gone before the answer is applied, and its op ids are forgotten.",
    ),
    Mutant::new(
        "retry-meets-lock",
        Switch::RetryMeetsLock,
        LOST,
        "A retry that comes while the first push is still worked on gets 500.",
    ),
];
