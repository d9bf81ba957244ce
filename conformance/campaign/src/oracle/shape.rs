//! Which answers invalid requests may get: bodies of the wrong shape or none, wrong paths and methods,
//! wrong credentials (`http.*`, `session.anonymous`, `session.bad-credential`), and whether existence leaks.

use super::reply::Reply;
use super::state::{Access, Oracle};
use super::user::User;
use super::violation::{Judged, Violation, alike, ensure};
use syncproof_protocol::wire::{Id, Role, SessionAnswer};

/// What is wrong with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongField {
    /// The id of the workspace is blank (`push.empty-workspace-id`).
    BlankScope,
    /// A number that is no retention (`gc.bad-retention`).
    Retention,
    /// Something else.
    Other,
}

impl Oracle {
    /// Judges the answer to a body of the wrong shape about a workspace. A user without permission may be refused for that
    /// instead.
    pub fn wrong_shape(&self, user: User, workspace: &Id, field: WrongField, reply: &Reply<()>) -> Judged {
        let allowed: &[u16] = match self.access(user, workspace) {
            // A blank id may be refused like any id that does not exist (`push.empty-workspace-id`).
            Access::Member(_, Role::Owner) if field == WrongField::BlankScope => &[400, 403],
            Access::Member(_, Role::Owner) => &[400],
            Access::Member(..) | Access::Hidden => &[400, 403, 404],
            Access::Gone(_) => &[400, 403, 404, 409, 410],
        };
        let requirement = match field {
            WrongField::BlankScope => "push.empty-workspace-id",
            WrongField::Retention => "gc.bad-retention",
            WrongField::Other => "http.wrong-shape",
        };
        reply.expect(requirement, "a body of the wrong shape gets an answer that is not allowed", allowed)
    }

    /// Judges the answer to a body that is no JSON.
    pub fn malformed(&self, user: User, workspace: &Id, reply: &Reply<()>) -> Judged {
        let judged = self.wrong_shape(user, workspace, WrongField::Other, reply);
        judged.map_err(|violation| Violation { requirement: "http.malformed-json", ..violation })
    }

    /// Judges the answer on a path that does not exist (404), or to a method that a path does not support (405).
    pub fn route(&self, expected: u16, reply: &Reply<()>) -> Judged {
        reply.expect("http.method-and-route", "a wrong path or method gets an answer that is not allowed", &[expected])
    }

    /// Judges the answer to a request whose path has an id that is no text.
    pub fn undecodable(&self, reply: &Reply<()>) -> Judged {
        let message = "a path with an id that is no text gets an answer that is not allowed";
        reply.expect("workspace.unknown-id", message, &[400, 403, 404, 405])
    }

    /// Judges the session that a wrong credential gets.
    pub fn forged_session(&self, reply: &Reply<SessionAnswer>) -> Judged {
        const BAD: &str = "session.bad-credential";
        let answer =
            reply.success(BAD, "a session request with a wrong credential gets an answer that is not allowed")?;
        let message = "a wrong credential gives a session";
        ensure(BAD, answer.session.is_none(), message, "session: null", reply)
    }

    /// Judges the answer to a well-formed request with a wrong credential.
    pub fn forged(&self, reply: &Reply<()>) -> Judged {
        reply.expect(
            "session.bad-credential",
            "a request with a wrong credential gets an answer that is not allowed",
            &[401],
        )
    }

    /// Whether the user must not learn that the workspace exists.
    #[must_use]
    pub fn is_hidden(&self, user: User, workspace: &Id) -> bool {
        self.access(user, workspace) == Access::Hidden
    }

    /// Whether the workspace was one of the user's and is deleted.
    #[must_use]
    pub fn is_deleted(&self, user: User, workspace: &Id) -> bool {
        matches!(self.access(user, workspace), Access::Gone(_))
    }

    /// Compares what a stranger gets for a workspace of others with what they get for one that does not exist: replies to
    /// the same call, each with its workspace id.
    pub fn alike(&self, call: &str, others: (&Reply<()>, &Id), nobodys: (&Reply<()>, &Id)) -> Judged {
        let refusal = |(reply, id): (&Reply<()>, &Id)| reply.exchange.refusal(&id.to_string());
        let message = format!("{call} shows a stranger whether the workspace exists");
        alike(
            "workspace.stranger",
            &message,
            ("for a workspace that does not exist", &refusal(nobodys)),
            ("for a workspace of others", &refusal(others)),
        )
    }

    /// Judges the answer to a well-formed request without a credential.
    pub fn anonymous(&self, reply: &Reply<()>) -> Judged {
        reply.expect("session.anonymous", "a request without a credential gets an answer that is not allowed", &[401])
    }
}
