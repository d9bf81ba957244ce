//! What a body of the wrong shape, and a request of nobody, may be answered (`http.wrong-shape`, `session.anonymous`).

use super::{Access, Judged, Oracle, Person, Reply};
use crate::wire::{Id, Role};

impl Oracle {
    /// Judges the answer to a body of the wrong shape that is about a workspace: whoever may not do at all what it asks
    /// for may be told so instead.
    ///
    /// # Errors
    /// The breach, when the protocol does not allow it.
    pub fn wrong_shape(&self, person: Person, workspace: &Id, reply: &Reply<()>) -> Judged {
        let allowed: &[u16] = match self.access(person, workspace) {
            Access::Member(_, Role::Owner) => &[400],
            Access::Member(..) | Access::Hidden => &[400, 403, 404],
            Access::Gone(_) => &[400, 403, 404, 409, 410],
        };
        reply.expect("http.wrong-shape", "a body of the wrong shape is answered wrongly", allowed)
    }

    /// Judges the answer to a well-formed request without a credential.
    ///
    /// # Errors
    /// The breach, when the protocol does not allow it.
    pub fn anonymous(&self, reply: &Reply<()>) -> Judged {
        reply.expect("session.anonymous", "a request without a credential is answered wrongly", &[401])
    }
}
