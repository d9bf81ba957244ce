//! The definition of a case: data and an async function.

use std::future::Future;
use std::pin::Pin;

use super::stage::Stage;
use crate::world::{Context, Homes};
use syncproof_protocol::capability::{Capabilities, Capability};
use syncproof_protocol::failure::Checked;
use syncproof_protocol::requirement::{self, Level};

/// How the id of a case ends that runs again with [`Homes::Collected`].
pub const AFTER_COLLECTION: &str = "-after-collection";

/// A running case.
pub type CaseFuture = Pin<Box<dyn Future<Output = Checked> + Send>>;

/// One test of the suite: data and an async function. It creates its own users and workspaces, prints nothing, and can
/// run concurrently with any other.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// Permanent name, `chapter/what-it-checks`.
    pub id: &'static str,
    /// The requirements that it can find broken, the main one first.
    pub requirements: &'static [&'static str],
    /// The capabilities that it cannot do without.
    pub needs: &'static [Capability],
    /// When it runs.
    pub stage: Stage,
    /// What the homes of its users have behind them.
    pub homes: Homes,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// The function that does it.
    pub run: fn(Context) -> CaseFuture,
}

impl Case {
    /// The strictest level of its requirements.
    #[must_use]
    pub fn level(&self) -> Level {
        self.requirements.iter().map(|id| requirement::level(id)).min().unwrap_or(Level::Must)
    }

    /// The capabilities that it needs and that the target does not have.
    #[must_use]
    pub fn missing(&self, capabilities: &Capabilities) -> Vec<Capability> {
        self.needs.iter().copied().filter(|need| !need.is_met_by(capabilities)).collect()
    }

    /// The id of the case that it runs again after a collection; else its own.
    #[must_use]
    pub fn first_id(&self) -> &'static str {
        self.id.strip_suffix(AFTER_COLLECTION).unwrap_or(self.id)
    }

    /// The part of its id before the slash.
    #[must_use]
    pub fn chapter(&self) -> &'static str {
        self.id.split_once('/').map_or(self.id, |(chapter, _)| chapter)
    }
}
