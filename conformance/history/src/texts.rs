//! The texts of a history: names of clients and tables and keys, each kept once, and the ids and clocks of ops, which seldom
//! come twice and are kept as they come.

use foldhash::fast::FixedState;
use string_interner::StringInterner;
use string_interner::backend::{Backend as _, StringBackend};
use string_interner::symbol::SymbolU32;

/// A text of a history, in four bytes.
pub(crate) type Text = SymbolU32;

/// A text that is not looked for among those that are there: two with the same letters may differ.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Single(Text);

/// All texts of a history.
#[derive(Debug)]
pub(crate) struct Texts {
    shared: StringInterner<StringBackend<Text>, FixedState>,
    single: StringBackend<Text>,
}

impl Default for Texts {
    fn default() -> Self {
        Texts { shared: StringInterner::with_hasher(FixedState::default()), single: StringBackend::default() }
    }
}

impl Texts {
    /// Keeps a text.
    pub(crate) fn keep(&mut self, text: &str) -> Text {
        self.shared.get_or_intern(text)
    }

    /// The text.
    pub(crate) fn get(&self, text: Text) -> &str {
        self.shared.resolve(text).unwrap_or_default()
    }

    /// Keeps a text without looking whether it is there.
    pub(crate) fn keep_single(&mut self, text: &str) -> Single {
        Single(self.single.intern(text))
    }

    /// That text.
    pub(crate) fn single(&self, text: Single) -> &str {
        self.single.resolve(text.0).unwrap_or_default()
    }
}
