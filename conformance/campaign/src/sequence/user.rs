//! The users of a sequence: some are clearly different, and some a careless server confuses with the first.

use syncproof_harness::credential::Identity;

/// A user, by their number in the sequence.
pub type User = u8;

/// This many users are clearly different; those after them look like the first (`session.case-and-width`,
/// `session.identity-is-a-pair`).
pub const PLAIN_USERS: User = 4;

/// From this number on, users are clearly different again: a crowd, for long lists of members.
pub const EXTRA_USERS: User = 100;
/// The number of users in the crowd.
pub const EXTRA_USER_COUNT: User = 130;
const CROWD_ENDS: User = EXTRA_USERS + EXTRA_USER_COUNT;

/// Whether this user looks like the first.
#[must_use]
pub fn is_lookalike(user: User) -> bool {
    (PLAIN_USERS..EXTRA_USERS).contains(&user)
}

/// The identity of that user, of that provider, in the execution with that key; no other execution uses it. `None` for numbers that no user
/// has. With `lookalikes` the first user has a name that others resemble, and that does not fit a header as it is.
#[must_use]
pub fn identity(user: User, provider: &str, key: u64, lookalikes: bool) -> Option<Identity> {
    let subject = |name: &str| format!("{key:x}-{name}");
    let provider = provider.to_owned();
    let (provider, subject, mailbox) = match user {
        0 if lookalikes => (provider, subject("Ánna's"), 0),
        0..PLAIN_USERS => (provider, subject(&format!("user-{user}")), user),
        4 => (provider, subject("ánna's"), 4),
        5 => (provider, subject("Ánna's "), 5),
        6 => (provider, subject("A\u{301}nna's"), 6),
        7 => (provider, subject("Anna's"), 7),
        8 => (provider, subject("Ánna＇s"), 8),
        9 => (provider, subject("Ánnas"), 9),
        // The same name under another provider, and at a seam that can be read in two ways.
        10 => ("another".to_owned(), subject("Ánna's"), 10),
        11 => (format!("{provider}{key:x}-"), "Ánna's".to_owned(), 11),
        12 => (format!("{provider}:{key:x}"), "nna".to_owned(), 12),
        13 => (provider, format!("{key:x}:nna"), 13),
        14 => (provider, subject("another mailbox"), 0),
        15 => (provider, subject("Ánna's\u{200b}"), 15),
        16 => (provider, subject("\u{ff21}\u{301}nna's"), 16),
        // In other letters of ASCII, as patterns of SQL and of globs, and with blanks and escapes.
        17 => (provider, subject("ÁNNA'S"), 17),
        18 => (provider, subject("Ánn_'s"), 18),
        19 => (provider, subject("Á%"), 19),
        20 => (provider, subject("Á*"), 20),
        21 => (provider, format!(" {}", subject("Ánna's")), 21),
        22 => (provider, subject("Ánna\\'s"), 22),
        23 => (provider, subject("Ánna%27s"), 23),
        // Alike as numbers.
        24 => (provider, key.to_string(), 24),
        25 => (provider, format!("0{key}"), 25),
        26 => (provider, format!("{key}.0"), 26),
        EXTRA_USERS..CROWD_ENDS => (provider, subject(&format!("user-{user}")), user),
        _ => return None,
    };
    let email = format!("{key:x}-{mailbox}@example.test");
    Some(Identity { provider, subject, email, name: format!("user {user}") })
}
