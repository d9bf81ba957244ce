//! What all bundles of a run share.

use std::sync::Arc;

use crate::subject::Subject;
use syncproof_harness::redaction::Secrets;

/// How the script proves who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ScriptCredential {
    /// With tokens that it mints from a secret in the environment.
    Minted,
    /// With this header template; None when it holds a secret, and so has to come from the environment.
    Template(Option<String>),
    /// With a command from the environment.
    Command,
    /// With a list whose file the environment names.
    List,
}

/// What all bundles of a run share.
#[derive(Debug)]
pub(super) struct BundleContext {
    pub(super) subject: Subject,
    pub(super) secrets: Arc<Secrets>,
    pub(super) credential: ScriptCredential,
    /// The address that a script asks, unless told otherwise; None when it holds a secret, or was that of a server
    /// that the suite started and has stopped.
    pub(super) base: Option<String>,
}
