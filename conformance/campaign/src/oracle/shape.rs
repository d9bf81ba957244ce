//! What requests may be answered that are wrong by themselves: bodies of the wrong shape or none, wrong paths and methods,
//! wrong credentials (`http.*`, `session.anonymous`, `session.bad-credential`), and whether existence leaks.

use super::reply::Reply;
use super::state::{Access, Oracle};
use super::tracked_workspace::Person;
use super::violation::{Judged, Violation, alike, ensure};
use syncproof_protocol::wire::{Id, Role, SessionAnswer};

impl Oracle {
    /// Judges the answer to a body of the wrong shape that is about a workspace: whoever may not do at all what it asks
    /// for may be told so instead.
    ///
    /// # Errors
    /// The breach, when the protocol does not allow it.
    pub fn wrong_shape(&self, person: Person, workspace: &Id, is_blank_scope: bool, reply: &Reply<()>) -> Judged {
        let allowed: &[u16] = match self.access(person, workspace) {
            // A blank id may be out of reach as any other that there is none of (`push.empty-workspace-id`).
            Access::Member(_, Role::Owner) if is_blank_scope => &[400, 403],
            Access::Member(_, Role::Owner) => &[400],
            Access::Member(..) | Access::Hidden => &[400, 403, 404],
            Access::Gone(_) => &[400, 403, 404, 409, 410],
        };
        reply.expect("http.wrong-shape", "a body of the wrong shape is answered wrongly", allowed)
    }

    /// Judges the answer to a body that is no JSON.
    ///
    /// # Errors
    /// The breach, when the protocol does not allow it.
    pub fn malformed(&self, person: Person, workspace: &Id, reply: &Reply<()>) -> Judged {
        let judged = self.wrong_shape(person, workspace, false, reply);
        judged.map_err(|violation| Violation { requirement: "http.malformed-json", ..violation })
    }

    /// Judges the answer on a path that there is none of (404), or to a method that a path does not take (405).
    ///
    /// # Errors
    /// The breach, when the protocol does not allow it.
    pub fn route(&self, expected: u16, reply: &Reply<()>) -> Judged {
        reply.expect("http.method-and-route", "a wrong path or method is answered wrongly", &[expected])
    }

    /// Judges the session of somebody whose credential is wrong.
    ///
    /// # Errors
    /// The breach, when the protocol does not allow it.
    pub fn forged_session(&self, reply: &Reply<SessionAnswer>) -> Judged {
        const BAD: &str = "session.bad-credential";
        let answer = reply.success(BAD, "a session request with a wrong credential is answered wrongly")?;
        let message = "a wrong credential gives a session";
        ensure(BAD, answer.session.is_none(), message, "session: null", reply)
    }

    /// Judges the answer to a well-formed request with a wrong credential.
    ///
    /// # Errors
    /// The breach, when the protocol does not allow it.
    pub fn forged(&self, reply: &Reply<()>) -> Judged {
        reply.expect("session.bad-credential", "a request with a wrong credential is answered wrongly", &[401])
    }

    /// Whether the workspace is one that the person is not to know of.
    #[must_use]
    pub fn is_hidden(&self, person: Person, workspace: &Id) -> bool {
        self.access(person, workspace) == Access::Hidden
    }

    /// Judges what a stranger gets for a workspace that there is not, beside what they get for one of others: replies to
    /// the same call, each with the id that it was about.
    ///
    /// # Errors
    /// The breach, when the answers differ.
    pub fn alike(&self, call: &str, others: (&Reply<()>, &Id), nobodys: (&Reply<()>, &Id)) -> Judged {
        let told = |(reply, id): (&Reply<()>, &Id)| reply.exchange.refusal(&id.to_string());
        let message = format!("{call} tells a stranger whether the workspace exists");
        alike("workspace.stranger", &message, &told(others), &told(nobodys))
    }

    /// Judges the answer to a well-formed request without a credential.
    ///
    /// # Errors
    /// The breach, when the protocol does not allow it.
    pub fn anonymous(&self, reply: &Reply<()>) -> Judged {
        reply.expect("session.anonymous", "a request without a credential is answered wrongly", &[401])
    }
}
