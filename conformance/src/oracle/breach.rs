//! A breach: an answer that the protocol does not allow.

/// What is wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// The requirement that is broken.
    pub requirement: &'static str,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What the protocol allows.
    pub expected: String,
    /// What came.
    pub actual: String,
}

/// What comes of a look at an answer.
pub type Judged<T = ()> = Result<T, Breach>;

impl Breach {
    /// A breach of that requirement.
    pub fn new(
        requirement: &'static str,
        message: impl Into<String>,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) -> Self {
        Breach { requirement, message: message.into(), expected: expected.into(), actual: actual.into() }
    }
}

/// A breach of that requirement unless it holds.
pub(super) fn ensure(
    requirement: &'static str,
    holds: bool,
    message: impl Into<String>,
    expected: impl Into<String>,
    actual: impl Into<String>,
) -> Judged {
    if holds { Ok(()) } else { Err(Breach::new(requirement, message, expected, actual)) }
}
