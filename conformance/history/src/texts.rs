//! The texts of a history, each kept once: names of clients and tables, keys, op ids.

use foldhash::fast::FixedState;
use string_interner::StringInterner;
use string_interner::backend::StringBackend;
use string_interner::symbol::SymbolU32;

/// A text of a history, in four bytes.
pub(crate) type Text = SymbolU32;

/// All texts of a history.
#[derive(Debug)]
pub(crate) struct Texts(StringInterner<StringBackend<Text>, FixedState>);

impl Default for Texts {
    fn default() -> Self {
        Texts(StringInterner::with_hasher(FixedState::default()))
    }
}

impl Texts {
    /// Keeps a text.
    pub(crate) fn keep(&mut self, text: &str) -> Text {
        self.0.get_or_intern(text)
    }

    /// The text.
    pub(crate) fn get(&self, text: Text) -> &str {
        self.0.resolve(text).unwrap_or_default()
    }
}
