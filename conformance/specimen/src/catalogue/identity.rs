//! Sessions: credentials, identities and first logins.

use super::super::mutant::Mutant;
use super::super::switch::Switch;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::new(
        "read-then-insert-login",
        Switch::LoginReadsThenInserts,
        &["session.concurrent-all-succeed", "session.concurrent-one-user"],
        "The first login reads, then inserts: whoever loses the race gets 500.",
    )
    .finding(3),
    Mutant::new(
        "read-then-insert-two-users",
        Switch::LoginMakesTwoUsers,
        &["session.concurrent-one-user"],
        "The first login reads, then inserts, with no unique index: a race makes two users.",
    )
    .finding(3),
    Mutant::new(
        "read-then-insert-two-workspaces",
        Switch::LoginMakesTwoWorkspaces,
        &["session.concurrent-one-workspace"],
        "The user is made once, but every racing first login adds a default workspace.",
    )
    .finding(3),
    Mutant::new(
        "identity-ignores-provider",
        Switch::IdentityIgnoresProvider,
        &["session.identity-is-a-pair"],
        "Users are looked up by the provider's user id alone.",
    ),
    Mutant::new(
        "identity-case-folded",
        Switch::IdentityCaseFolded,
        &["session.case-and-width"],
        "Identities compare without regard to case.",
    ),
    Mutant::new(
        "identity-trimmed",
        Switch::IdentityTrimmed,
        &["session.case-and-width"],
        "Identities compare without blanks at their ends.",
    ),
    Mutant::new(
        "identity-width-folded",
        Switch::IdentityWidthFolded,
        &["session.case-and-width"],
        "Identities compare without regard to width.",
    ),
    Mutant::new(
        "identity-accents-dropped",
        Switch::IdentityAccentsDropped,
        &["session.case-and-width"],
        "Identities compare without regard to accents.",
    ),
    Mutant::new("expiry-ignored", Switch::ExpiryIgnored, &["session.bad-credential"], "An expired credential counts."),
    Mutant::new(
        "expiry-cached",
        Switch::ExpiryCached,
        &["session.bad-credential"],
        "A credential that was good once counts for ever.",
    ),
    Mutant::new(
        "signature-ignored",
        Switch::SignatureIgnored,
        &["session.bad-credential"],
        "A credential with a wrong signature counts.",
    ),
    Mutant::new(
        "unsigned-accepted",
        Switch::UnsignedAccepted,
        &["session.bad-credential"],
        "A credential with `alg: none` counts.",
    ),
    Mutant::new(
        "unsigned-accepted-in-capitals",
        Switch::UnsignedAcceptedInCapitals,
        &["session.bad-credential"],
        "`alg: none` is refused, and `None` counts.",
    ),
    Mutant::new(
        "anonymous-lists",
        Switch::AnonymousLists,
        &["session.anonymous"],
        "The list answers 200 without a credential.",
    ),
    Mutant::new(
        "session-cached",
        Switch::SessionCached,
        &["workspace.activate-switches-session", "workspace.delete-rehomes-actor", "workspace.delete-rehomes-all"],
        "The session is cached for a second.",
    ),
    Mutant::new(
        "session-always-owner",
        Switch::SessionAlwaysOwner,
        &["workspace.activate-switches-session", "member.role-change-at-once", "member.roles"],
        "The session says owner, whatever the role is.",
    ),
    Mutant::new(
        "first-session-homeless",
        Switch::FirstSessionHomeless,
        &["session.provisions-user"],
        "The very first session has no workspace yet.",
    ),
    Mutant::new(
        "provisions-at-session-only",
        Switch::ProvisionsAtSessionOnly,
        &["session.provisions-user"],
        "Whoever has not asked for a session yet gets 401 elsewhere.",
    ),
    Mutant::new(
        "default-name-fixed",
        Switch::DefaultNameFixed,
        &["session.provisions-user"],
        "The default workspace cannot be renamed.",
    ),
    Mutant::new(
        "default-made-again",
        Switch::DefaultMadeAgain,
        &["session.stable"],
        "Every eighth session of a user makes a new default workspace.",
    ),
    Mutant::new(
        "session-of-the-latest-user",
        Switch::SessionOfTheLatest,
        &["session.provisions-user", "session.stable"],
        "The session shows the user who came last, as a variable shared by all requests does.",
    ),
    Mutant::new(
        "identity-glued",
        Switch::IdentityGlued,
        &["session.identity-is-a-pair"],
        "Provider and user id are one text without anything between them.",
    ),
    Mutant::new(
        "identity-by-email",
        Switch::IdentityByEmail,
        &["session.stable", "session.provisions-user"],
        "Users are found by their e-mail address.",
    ),
    Mutant::new(
        "identity-quotes-dropped",
        Switch::IdentityQuotesDropped,
        &["session.case-and-width"],
        "Quotes and backslashes are taken out of identities.",
    ),
];
