//! The venue: where sequences are performed, each on a server of its own or all on one.

use std::fmt;

use super::target_handle::TargetHandle;

/// Makes a server that nobody has used, and the door to it.
type Opener = Box<dyn Fn() -> Result<TargetHandle, String> + Send + Sync>;

/// Where sequences are performed.
pub enum CampaignTarget {
    /// On one server: people, keys and op ids of one sequence are nobody else's.
    One(TargetHandle),
    /// Each on a new one, in this process, whose clock can be set forward.
    New(Opener),
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
    /// A new server each time.
    pub fn new(open: impl Fn() -> Result<TargetHandle, String> + Send + Sync + 'static) -> Self {
        CampaignTarget::New(Box::new(open))
    }

    /// The door for the next sequence.
    ///
    /// # Errors
    /// When a new server cannot be made.
    pub fn open(&self) -> Result<TargetHandle, String> {
        match self {
            CampaignTarget::One(handle) => Ok(handle.clone()),
            CampaignTarget::New(open) => open(),
        }
    }
}
