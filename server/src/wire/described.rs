//! The error message for a body of the wrong shape, for each request.

use serde::de::DeserializeOwned;

use super::gc::GcRequest;
use super::pull::{PullRequest, UpdateCursorRequest};
use super::push::PushRequest;
use super::snapshot::SnapshotRequest;
use super::workspace::{
    ActivateRequest, AddMemberRequest, ChangeRoleRequest, CreateWorkspaceRequest, RenameWorkspaceRequest,
};

/// A request that describes itself in the error for a wrong shape.
pub(crate) trait Described: DeserializeOwned {
    /// The message of that error.
    const WRONG_SHAPE: &'static str;
}

macro_rules! describe {
    ($($request:ty: $message:literal;)+) => {
        $(impl Described for $request {
            const WRONG_SHAPE: &'static str = $message;
        })+
    };
}

describe! {
    GcRequest: "Invalid gc request";
    PullRequest: "Invalid pull request";
    UpdateCursorRequest: "Invalid update-cursor request";
    PushRequest: "Invalid push request";
    SnapshotRequest: "Invalid snapshot request";
    CreateWorkspaceRequest: "Workspace name is required";
    RenameWorkspaceRequest: "Workspace name is required";
    ActivateRequest: "Workspace id is required";
    AddMemberRequest: "Invalid member request";
    ChangeRoleRequest: "Invalid member request";
}
