//! What all bundles of a run share.

use std::sync::Arc;

use crate::subject::Subject;
use syncproof_harness::redaction::Secrets;

/// How the script gets credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ScriptCredential {
    /// It mints tokens from a secret in the environment.
    Minted,
    /// From this header template; None when it contains a secret and must come from the environment.
    Template(Option<String>),
    /// From a command in the environment.
    Command,
    /// From a list in a file that the environment names.
    List,
}

/// What all bundles of a run share.
#[derive(Debug)]
pub(super) struct BundleContext {
    pub(super) subject: Subject,
    pub(super) secrets: Arc<Secrets>,
    pub(super) credential: ScriptCredential,
    /// The default address of the target; None when it contains a secret, or belongs to a server that the suite started
    /// and has stopped.
    pub(super) base: Option<String>,
}
