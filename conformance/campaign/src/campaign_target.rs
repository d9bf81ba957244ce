//! The target of a campaign: one server for all sequences, or a new one for each.

use std::fmt;
use std::sync::OnceLock;

use super::offer::Offer;
use super::target_handle::TargetHandle;

/// Starts an unused server and returns a handle to it.
type Opener = Box<dyn Fn() -> Result<TargetHandle, String> + Send + Sync>;

/// Servers in this process, one for each sequence.
pub struct NewServers {
    open: Opener,
    /// Whether all that they do happens on the thread that calls them.
    on_one_thread: bool,
    /// What each of them offers, once one was made.
    offer: OnceLock<Offer>,
}

/// Where sequences are executed.
pub enum CampaignTarget {
    /// All on one server: no two sequences share users, keys or op ids.
    One(TargetHandle),
    /// Each on a new server in this process, whose clock can be set forward.
    New(NewServers),
}

impl fmt::Debug for CampaignTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CampaignTarget::One(handle) => f.debug_tuple("One").field(handle).finish(),
            CampaignTarget::New(_) => f.write_str("New"),
        }
    }
}

impl CampaignTarget {
    /// A new server for each sequence.
    pub fn new(open: impl Fn() -> Result<TargetHandle, String> + Send + Sync + 'static) -> Self {
        CampaignTarget::New(NewServers { open: Box::new(open), on_one_thread: false, offer: OnceLock::new() })
    }

    /// The same, of servers that do everything on the thread that calls them: a simulation can decide in which order.
    #[must_use]
    pub fn on_one_thread(self) -> Self {
        match self {
            CampaignTarget::New(servers) => CampaignTarget::New(NewServers { on_one_thread: true, ..servers }),
            CampaignTarget::One(handle) => CampaignTarget::One(handle),
        }
    }

    /// Whether all that it does happens on the thread that calls it.
    #[must_use]
    pub fn is_on_one_thread(&self) -> bool {
        matches!(self, CampaignTarget::New(servers) if servers.on_one_thread)
    }

    /// The handle for the next sequence.
    ///
    /// # Errors
    /// When a new server cannot be made.
    pub fn open(&self) -> Result<TargetHandle, String> {
        match self {
            CampaignTarget::One(handle) => Ok(handle.clone()),
            CampaignTarget::New(servers) => (servers.open)(),
        }
    }

    /// The endpoints that it should have and does not have, as `POST /api/sync/push`.
    #[must_use]
    pub fn missing_endpoints(&self) -> Vec<String> {
        self.offer().absent.iter().map(|endpoint| endpoint.method_and_path()).collect()
    }

    /// What it offers; nothing if a new server cannot be made.
    pub(super) fn offer(&self) -> &Offer {
        match self {
            CampaignTarget::One(handle) => handle.offer(),
            CampaignTarget::New(NewServers { open, offer, .. }) => {
                offer.get_or_init(|| open().map_or_else(|_| Offer::default(), |handle| handle.offer().clone()))
            }
        }
    }
}
