//! The shapes of requests and responses. Only the shape is checked here; whether a request is allowed is decided elsewhere.
//!
//! `utoipa` describes them for the OpenAPI document, in test builds only (see `openapi.rs`).

mod described;
mod gc;
mod number;
mod object;
mod pull;
mod push;
mod session;
mod snapshot;
mod sync;
mod workspace;

pub(crate) use described::Described;
pub(crate) use gc::GcRequest;
#[cfg(test)]
pub(crate) use number::MAX_SAFE_INTEGER;
pub(crate) use object::Object;
pub(crate) use pull::{ChangeEntry, PullRequest, PullResponse, UpdateCursorRequest};
pub(crate) use push::{OpResult, PushOp, PushRequest, PushResponse};
pub(crate) use session::{Session, SessionResponse, SessionUser, SessionWorkspace};
pub(crate) use snapshot::{Item, SnapshotRequest, SnapshotResponse};
pub(crate) use sync::{OkResponse, Stamp};
pub(crate) use workspace::{
    ActivateRequest, AddMemberRequest, ChangeRoleRequest, CreateWorkspaceRequest, Created, Member, MembersResponse,
    RenameWorkspaceRequest, Workspace, WorkspacesResponse,
};
