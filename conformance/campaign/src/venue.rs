//! The venue: where sequences are performed, each on a server of its own or all on one.

use std::fmt;

use super::Door;

/// Makes a server that nobody has used, and the door to it.
type Opener = Box<dyn Fn() -> Result<Door, String> + Send + Sync>;

/// Where sequences are performed.
pub enum Venue {
    /// On one server: people, keys and op ids of one sequence are nobody else's.
    One(Door),
    /// Each on a new one, in this process, whose clock can be set forward.
    New(Opener),
}

impl fmt::Debug for Venue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Venue::One(door) => f.debug_tuple("One").field(door).finish(),
            Venue::New(_) => f.write_str("New"),
        }
    }
}

impl Venue {
    /// A new server each time.
    pub fn new(open: impl Fn() -> Result<Door, String> + Send + Sync + 'static) -> Self {
        Venue::New(Box::new(open))
    }

    /// The door for the next sequence.
    ///
    /// # Errors
    /// When a new server cannot be made.
    pub fn door(&self) -> Result<Door, String> {
        match self {
            Venue::One(door) => Ok(door.clone()),
            Venue::New(open) => open(),
        }
    }
}
