//! One entry of the change log.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::field::whole;
use super::stamp::Stamp;

/// A put or a delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// Write the whole record.
    Put,
    /// Delete the record.
    Delete,
}

/// One entry of the change log.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Its number.
    #[serde(deserialize_with = "whole")]
    pub server_version: u64,
    /// The record's table.
    pub table_name: String,
    /// The record's key.
    pub pk: String,
    /// What was done.
    pub op: Operation,
    /// The content of a put.
    pub payload: Option<Value>,
    /// The op's stamp, as the client made it.
    pub stamp: Stamp,
}
