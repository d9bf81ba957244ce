//! Push: which ops are new, which version each gets, and which of them win.

use std::collections::HashMap;

use serde_json::{Value, json};
use tokio_postgres::Row;

use crate::shape::{count, is_storable};
use crate::store::{Attempt, Refused, Values};
use crate::workspaces::{WRITE, WRITERS};

/// Ops by their ids: their version and content.
type Known = HashMap<String, (i64, Value)>;

impl Attempt<'_> {
    /// `results` is empty, unless an attempt before this one has left something in it.
    pub(crate) async fn push(&self, results: &mut Vec<Value>) -> Result<Value, Refused> {
        let (workspace, wrong) = (self.text("/scope/workspaceId"), self.store.wrong);
        if wrong != "retry-keeps-results" {
            results.clear();
        }
        let ops = self.call.body["ops"].as_array().map(Vec::as_slice).unwrap_or_default();
        let size = if wrong == "chunked-batch" { 20 } else { ops.len().max(1) };
        let mut head = 0;
        for start in (0..ops.len().max(1)).step_by(size) {
            if start > 0 {
                self.work.batch("COMMIT; BEGIN").await?;
            }
            let is_outside = wrong == "replay-check-outside";
            let outside = if is_outside { self.known(workspace, ops).await? } else { Known::new() };
            let locked = self.enter(workspace, WRITE, WRITERS).await?;
            let mut known = if is_outside { outside } else { self.known(workspace, ops).await? };
            head = locked.0;
            for op in ops.iter().skip(start).take(size) {
                let mut result = self.take(op, &mut known, &mut head, locked.1).await?;
                result["opId"] = op["stamp"]["opId"].clone();
                results.push(result);
            }
            let sql = "UPDATE workspaces SET head = greatest(head, $2) WHERE id = $1";
            self.work.run(sql, &[&workspace, &head]).await?;
        }
        Ok(json!({ "results": results, "serverVersion": head }))
    }

    /// Those of the ops whose ids the workspace knows.
    async fn known(&self, workspace: &str, ops: &[Value]) -> Result<Known, Refused> {
        let ids: Vec<_> = ops.iter().map(|op| op["stamp"]["opId"].as_str()).collect();
        let sql = "SELECT op_id, version, json_build_array(table_name, pk, operation, payload, clock, hlc)::text FROM log \
                   WHERE workspace = $1 AND op_id = ANY($2)";
        let rows = self.work.rows(sql, &[&workspace, &ids]).await?;
        let content = |text| serde_json::from_str(text).unwrap_or_default();
        Ok(rows.iter().map(|row| (row.get(0), (row.get(1), content(row.get(2))))).collect())
    }

    /// Logs an op, unless it is known or wrong. A trigger lets it compete for its record.
    async fn take(&self, op: &Value, known: &mut Known, head: &mut i64, collected: i64) -> Result<Value, Refused> {
        let refused = |code, why| Ok(json!({ "success": false, "errorCode": code, "error": why }));
        if !is_storable(op) {
            return refused("VALIDATION_ERROR", "unknown table, or a payload that is not what it needs");
        }
        let (workspace, work) = (self.text("/scope/workspaceId"), self.work);
        let text = |pointer| op.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (table, pk, operation, device) =
            (text("/tableName"), text("/pk"), text("/operation"), text("/stamp/deviceId"));
        let (clock, hlc, op_id) = (count(&op["stamp"]["clock"]).unwrap_or(0), text("/stamp/hlc"), text("/stamp/opId"));
        // `serde_json` sorts the fields, so that equal payloads are equal texts.
        let payload = op.get("payload").map(Value::to_string);
        let sql = "SELECT clock, hlc, op_id, reader FROM records WHERE workspace = $1 AND table_name = $2 AND pk = $3";
        let state = work.row(sql, &[&workspace, &table, &pk]).await?;
        let reader = (table == "notifications").then_some(self.user.as_str());
        let is_named = op["payload"].get("user_id").is_none_or(|user| *user == *self.user);
        let is_owned = state.as_ref().is_none_or(|state| state.get::<_, Option<&str>>(3) == reader);
        if reader.is_some() && !(is_owned && is_named) {
            return refused("UNAUTHORIZED", "the notification is another user's");
        }
        let content = json!([table, pk, operation, payload, clock, hlc]);
        if let Some((version, known)) = known.get(op_id) {
            // Of what was collected, no more is known than that it was there.
            if *known != content && *version > collected {
                return refused("CONFLICT", "the opId is another op's");
            }
            return Ok(json!({ "success": true, "serverVersion": version, "replayed": true }));
        }
        *head += 1;
        if self.store.wrong == "version-from-sequence" {
            let next = work.row(&format!("SELECT nextval('\"versions_{workspace}\"')"), &[]).await?;
            *head = next.map_or(0, |row| row.get(0));
        }
        let sql = "INSERT INTO log VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        let entry: Values<'_> =
            &[&workspace, head, &table, &pk, &operation, &payload, &clock, &hlc, &op_id, &device, &reader];
        work.run(sql, entry).await?;
        known.insert(op_id.to_owned(), (*head, content));
        let revision = |state: &Row| (state.get::<_, i64>(0), state.get::<_, String>(1), state.get::<_, String>(2));
        let winner = state.as_ref().map(revision).filter(|(c, h, o)| (*c, &**h, &**o) > (clock, hlc, op_id));
        let mut outcome = json!({ "success": true, "serverVersion": *head, "applied": winner.is_none() });
        if let Some((clock, hlc, op_id)) = winner {
            outcome["winner"] = json!({ "clock": clock, "hlc": hlc, "opId": op_id });
        }
        Ok(outcome)
    }
}
