//! What varies, and the levels of each.

use crate::sequence::{IdForm, User};

with_all! {
    /// What is written to the record, in one op or in two; of two, the second wins by its stamp.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) enum Writes {
        /// A put of a new record.
        Put,
        /// A put over a put.
        Overwrite,
        /// A delete of a record.
        Delete,
        /// A delete of what was never put.
        DeleteOfNothing,
        /// A delete over a delete.
        SecondDelete,
        /// A put over a delete.
        Revival,
        /// A put that marks the record as deleted, over a put.
        SoftDelete,
        /// Two puts with one clock.
        TiedPuts,
        /// A put and a delete with one clock.
        TiedDelete,
    }
}

with_all! {
    /// How the ops arrive.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) enum Arrival {
        /// The winner last.
        InOrder,
        /// The winner first.
        Reversed,
        /// In one batch, the winner last.
        OneBatch,
        /// In one batch, the winner first.
        OneBatchReversed,
    }
}

with_all! {
    /// What is pushed again.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) enum Replay {
        /// Nothing.
        None,
        /// What was pushed last.
        Last,
        /// Everything, in one batch.
        Everything,
        /// What was pushed last, among new ops.
        AmongNew,
        /// What was pushed last; all op ids are in capitals.
        InCapitals,
        /// What was pushed last, twice in one batch.
        Twice,
    }
}

with_all! {
    /// Who writes beside the owner.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) enum Writer {
        /// Nobody: the owner writes everything.
        Owner,
        /// A second owner.
        SecondOwner,
        /// An editor.
        Editor,
        /// An editor who was a viewer before.
        FormerViewer,
    }
}

with_all! {
    /// Who reads.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) enum Reader {
        /// Who wrote last.
        Writer,
        /// The owner.
        Owner,
        /// A viewer.
        Viewer,
    }
}

with_all! {
    /// Which tables are asked for.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) enum Filter {
        /// All.
        None,
        /// That of the record.
        Own,
        /// Another.
        Other,
        /// That of the record and another.
        OwnAndOther,
    }
}

with_all! {
    /// How large pages are.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) enum Page {
        /// One change or item.
        One,
        /// Two.
        Two,
        /// Everything.
        Whole,
    }
}

with_all! {
    /// What the workspace has behind it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) enum Past {
        /// Nothing.
        None,
        /// The same record and others, put and deleted.
        Written,
        /// The same, and the log was collected.
        LogCollected,
        /// The same, and the tombstones were collected.
        TombstonesCollected,
        /// The same, and both were collected.
        BothCollected,
    }
}

with_all! {
    /// Which workspace it is.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) enum Place {
        /// The first that the owner had.
        Home,
        /// One that the owner made, and then activated the other again.
        Second,
    }
}

with_all! {
    /// The key of the record.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) enum Key {
        /// Letters and digits.
        Plain,
        /// With the characters that mean something in SQL, in paths and in patterns.
        Odd,
        /// Beyond ASCII and beyond the first plane.
        Unicode,
        /// Digits that a number would lose.
        Number,
    }
}

with_all! {
    /// When the server is killed and started again.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) enum Restart {
        /// It is not.
        Never,
        /// When what lies behind the workspace is written and collected.
        BeforeWrites,
        /// When everything is written.
        AfterWrites,
    }
}

impl Replay {
    /// How the op ids are written.
    pub(super) fn id_form(self) -> Option<IdForm> {
        (self == Replay::InCapitals).then_some(IdForm::Capitals)
    }
}

impl Writer {
    /// The user who writes.
    pub(super) fn user(self) -> User {
        if self == Writer::Owner { 0 } else { 1 }
    }
}

impl Page {
    pub(super) fn size(self) -> u64 {
        match self {
            Page::One => 1,
            Page::Two => 2,
            Page::Whole => 100,
        }
    }
}

impl Key {
    pub(super) fn text(self) -> &'static str {
        match self {
            Key::Plain => "a1",
            Key::Odd => "a%_'\"/\\? #;--",
            Key::Unicode => "\u{e4}\u{65e5}\u{1F600}",
            Key::Number => "007",
        }
    }
}
