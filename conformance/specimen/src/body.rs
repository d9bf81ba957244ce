//! Request bodies: read whole, within bounds, and parsed.

use super::app::App;
use super::failure::Failure;
use super::named_twice;
use super::switch::{Switch, deviation, deviations};
use super::variant::Freedom;
use axum::body::Body;
use axum::http::StatusCode;
use futures_util::StreamExt;
use serde_json::{Map, Value};
use std::time::Duration;

/// The largest body that is accepted (`http.body-limit`).
const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;
/// How much of a larger body is read and discarded, so that the client sees the answer.
const MAX_DRAINED_BYTES: usize = 64 * 1024 * 1024;
/// How long a body may take to arrive.
const MAX_BODY_TIME: Duration = Duration::from_secs(30);

/// Reads a body.
pub(super) async fn read(app: &App, body: Body) -> Result<Vec<u8>, Failure> {
    let whole = tokio::time::timeout(MAX_BODY_TIME, collect(app, body)).await;
    whole.unwrap_or_else(|_| Err(Failure::new(StatusCode::REQUEST_TIMEOUT, "the body took too long")))
}

async fn collect(app: &App, body: Body) -> Result<Vec<u8>, Failure> {
    let max = if app.takes(Freedom::BodyOf1Mib) { 1024 * 1024 } else { MAX_BODY_BYTES };
    let mut stream = body.into_data_stream();
    let (mut bytes, mut length) = (Vec::new(), 0_usize);
    while let Some(chunk) = stream.next().await {
        let chunk = match chunk {
            Err(_) if app.is(Switch::UnfinishedBodiesTaken) => break,
            chunk => chunk.map_err(|_| Failure::bad_request("the body broke off"))?,
        };
        length += chunk.len();
        if length <= max {
            bytes.extend_from_slice(&chunk);
        } else if length > MAX_DRAINED_BYTES {
            break;
        }
    }
    if length > max {
        return Err(deviation!(match app.switches() {
            Switch::LargeBodyBreaks => Failure::internal_error("request entity too large"),
            _ => Failure::new(StatusCode::PAYLOAD_TOO_LARGE, format!("at most {max} bytes")),
        }));
    }
    if length > 2 * 1024 * 1024 && app.is(Switch::TwoMegabytesMalformed) {
        return Err(Failure::bad_request("the body is cut"));
    }
    Ok(bytes)
}

/// Parses a body that has to be one JSON object (`http.malformed-json`, `http.wrong-shape`, `http.deep-json`).
pub(super) fn parse(app: &App, bytes: &[u8]) -> Result<Map<String, Value>, Failure> {
    let parsed = deviation!(match app.switches() {
        Switch::RawControlsTaken => {
            let blank = |byte: &u8| if [b'\t', b'\n'].contains(byte) { b' ' } else { *byte };
            serde_json::from_slice(&bytes.iter().map(blank).collect::<Vec<u8>>())
        }
        Switch::LastNulIgnored => serde_json::from_slice(bytes.strip_suffix(b"\0").unwrap_or(bytes)),
        Switch::TrailingGarbageAccepted => first_value(bytes),
        Switch::InvalidUtf8Replaced => serde_json::from_str(&String::from_utf8_lossy(bytes)),
        Switch::Utf16Taken if bytes.iter().skip(1).step_by(2).take(4).all(|byte| *byte == 0) => {
            let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            serde_json::from_str(&String::from_utf16_lossy(&units))
        }
        Switch::FirstNamedFieldChecked | Switch::FirstNamedScopeChecked => named_twice::parse(bytes),
        _ => plainly(app, bytes),
    });
    match parsed {
        Ok(Value::Object(object)) => Ok(undisguised(app, object)),
        Ok(_) if app.is(Switch::WrongShapeBreaks) => Err(Failure::internal_error("cannot read properties of null")),
        Ok(_) => Err(Failure::bad_request("the body has to be an object")),
        Err(error) => Err(deviation!(match app.switches() {
            Switch::InternalsShown => {
                Failure::bad_request(format!("{error}\n    at parse (/srv/app/src/body.rs:61:18)"))
            }
            Switch::MalformedJsonBreaks => Failure::internal_error("unexpected token"),
            Switch::OverflowBreaks if error.to_string().contains("out of range") => {
                Failure::internal_error("number out of range")
            }
            Switch::DeepJsonBreaks if error.to_string().contains("recursion") => {
                Failure::internal_error("stack overflow")
            }
            _ => Failure::bad_request("the body is not valid JSON"),
        })),
    }
}

/// The body with objects in the place of what a mutant takes for one.
fn undisguised(app: &App, mut body: Map<String, Value>) -> Map<String, Value> {
    const STAMP: [&str; 4] = ["deviceId", "opId", "hlc", "clock"];
    let object = |names: Vec<String>, values: Vec<Value>| names.into_iter().zip(values).collect::<Map<_, _>>().into();
    deviations!(match app.switches() {
        Switch::ScopeFromText => {
            if let Some(scope) = body.get("scope").and_then(Value::as_str).map(serde_json::from_str) {
                body.insert("scope".to_owned(), scope.unwrap_or_default());
            }
        }
        Switch::ScopeFromPairs => {
            if let Some(Value::Array(pairs)) = body.get("scope") {
                let pairs = pairs.iter().map(|pair| Some((pair[0].as_str()?.to_owned(), pair[1].clone())));
                let (names, values) = pairs.collect::<Option<Vec<_>>>().unwrap_or_default().into_iter().unzip();
                body.insert("scope".to_owned(), object(names, values));
            }
        }
        Switch::StampFromAList => {
            for op in body.get_mut("ops").and_then(Value::as_array_mut).into_iter().flatten() {
                if let Some(values) = op.get("stamp").and_then(Value::as_array).filter(|values| values.len() == 4) {
                    op["stamp"] = object(STAMP.map(str::to_owned).to_vec(), values.clone());
                }
            }
        }
        _ => {}
    });
    body
}

/// Parses JSON. Where an object names a key twice, the last value counts, unless a variant differs.
fn plainly(app: &App, bytes: &[u8]) -> serde_json::Result<Value> {
    if app.takes(Freedom::FirstNamedCounts) {
        return named_twice::parse(bytes).map(named_twice::first);
    }
    if app.takes(Freedom::KeysTwiceRefused) {
        let value = named_twice::parse(bytes)?;
        let twice = named_twice::first(value.clone()) != value;
        return if twice { Err(serde::de::Error::custom("an object names a key twice")) } else { Ok(value) };
    }
    serde_json::from_slice(bytes)
}

/// The first JSON value in the bytes, ignoring what follows it.
fn first_value(bytes: &[u8]) -> serde_json::Result<Value> {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter();
    values.next().unwrap_or(Ok(Value::Null))
}
