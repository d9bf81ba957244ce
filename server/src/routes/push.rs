//! `POST /api/sync/push`: the writes of a client.

use axum::Json;
use uuid::Uuid;

use super::Answer;
use super::ids::{check_workspace_id, is_device_id};
use crate::body::JsonBody;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::protocol::op::Op;
use crate::protocol::op_error::OpError;
use crate::protocol::revision::Revision;
use crate::protocol::validate::{self, PushContext};
use crate::store::{OpOutcome, PushOutcome, raw_json};
use crate::wire::{Described, Object, OpResult, PushOp, PushRequest, PushResponse};

/// The longest `hlc`, in characters.
const MAX_HLC_CHARS: usize = 1024;

/// How many bytes of winners' payloads a response contains; later winners come without, and clients pull them.
const MAX_WINNERS_PAYLOAD_BYTES: usize = 4 * 1024 * 1024;

/// Accepts a batch of ops. A batch of the wrong shape is refused as a whole; an op that cannot be stored fails alone.
#[cfg_attr(test, utoipa::path(post, path = "/api/sync/push", request_body = PushRequest, responses(
    (status = 200, body = PushResponse),
    (status = 400, description = "Wrong shape; nothing has changed"),
    (status = 403, description = "A viewer, a stranger, or no such workspace"),
    (status = 413, description = "More than the server accepts, 4 MiB unless configured otherwise"),
)))]
pub(crate) async fn push(caller: Caller, JsonBody(request): JsonBody<PushRequest>) -> Answer<PushResponse> {
    let workspace_id = request.scope.workspace_id;
    check_workspace_id(&workspace_id)?;
    let limits = caller.state.shared.limits;
    if request.ops.len() > limits.max_batch_ops {
        return Err(ApiError::bad_request(format!("A batch holds at most {} ops", limits.max_batch_ops)));
    }
    let ops = request.ops.into_iter().map(|Object(op)| read(op)).collect::<Result<Vec<_>, _>>()?;
    let op_ids: Vec<String> = ops.iter().map(|op| op.revision.op_id.clone()).collect();
    let context = PushContext {
        workspace_id: &workspace_id,
        actor: &caller.user.id,
        max_payload_bytes: limits.max_payload_bytes,
    };
    let checked: Vec<Result<Op, OpError>> =
        ops.into_iter().map(|op| validate::check(&op, context).map(|()| op)).collect();
    let outcome = caller.store().push(caller.user_id(), workspace_id, checked).await?;
    answer(op_ids, outcome).map(Json)
}

/// Checks the parts of an op's shape that its types do not express.
fn read(op: PushOp) -> Result<Op, ApiError> {
    let Object(stamp) = op.stamp;
    let is_valid =
        is_op_id(&stamp.op_id) && is_device_id(&stamp.device_id) && stamp.hlc.chars().count() <= MAX_HLC_CHARS;
    if !is_valid {
        return Err(ApiError::bad_request(PushRequest::WRONG_SHAPE));
    }
    Ok(Op {
        table_name: op.table_name,
        operation: op.operation,
        pk: op.pk,
        payload: op.payload.map(|payload| payload.get().to_owned()),
        device_id: stamp.device_id,
        revision: Revision { clock: stamp.clock, hlc: stamp.hlc, op_id: stamp.op_id },
    })
}

/// Whether this is a UUID in the standard notation with hyphens (RFC 9562 §4); the parser alone accepts others as well.
fn is_op_id(text: &str) -> bool {
    text.len() == 36 && Uuid::try_parse(text).is_ok()
}

fn answer(op_ids: Vec<String>, outcome: PushOutcome) -> Result<PushResponse, ApiError> {
    let mut payload_bytes = 0;
    let results = op_ids.into_iter().zip(outcome.results);
    let results = results.map(|(op_id, result)| op_result(op_id, result, &mut payload_bytes));
    Ok(PushResponse { results: results.collect::<Result<_, _>>()?, server_version: outcome.head })
}

/// `payload_bytes` adds up the winners' payloads of the response.
fn op_result(
    op_id: String,
    result: Result<OpOutcome, OpError>,
    payload_bytes: &mut usize,
) -> Result<OpResult, ApiError> {
    let OpOutcome { server_version, replayed, winner } = match result {
        Ok(outcome) => outcome,
        Err(OpError { code, message }) => {
            return Ok(OpResult { op_id, error: Some(message), error_code: Some(code), ..OpResult::default() });
        }
    };
    let applied = Some(winner.is_none());
    let (winner, payload) = winner.map(|record| (record.revision, record.payload)).unzip();
    let payload = payload.flatten();
    *payload_bytes += payload.as_deref().map_or(0, str::len);
    let payload = payload.filter(|_| *payload_bytes <= MAX_WINNERS_PAYLOAD_BYTES).map(raw_json).transpose()?;
    let (server_version, replayed) = (Some(server_version), replayed.then_some(true));
    Ok(OpResult { op_id, success: true, server_version, applied, replayed, winner, payload, ..OpResult::default() })
}
