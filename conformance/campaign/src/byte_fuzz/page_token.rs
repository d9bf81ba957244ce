//! Bytes as the token of a next page, or as a change to a real one.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::test_user::{TestUser, ask, expect, json_or_text, read, sentence};
use super::timeout::within_bound;
use crate::campaign_target::CampaignTarget;
use crate::oracle::{MisplacedToken, Oracle, Reply};
use syncproof_harness::client::{Answer, Request};
use syncproof_protocol::endpoint;
use syncproof_protocol::wire::SnapshotAnswer;

pub(super) fn check(target: &CampaignTarget, bytes: &[u8]) -> Result<(), String> {
    let (handle, bytes) = (target.open()?, bytes.to_vec());
    within_bound(move || async move {
        let user = TestUser::at(&handle, "guest").await?;
        user.write().await?;
        let page = |token: Option<&Value>| {
            let mut body = json!({"scope": {"workspaceId": user.home}, "pageSize": 1});
            if let Some(token) = token {
                body["pageToken"] = token.clone();
            }
            Request::post(endpoint::SNAPSHOT.path, &body)
        };
        let first = ask(&user.client, page(None)).await?;
        expect(&first, "snapshot.complete", &[200])?;
        let good = read::<SnapshotAnswer>(&first, "snapshot.complete")?.next_page_token;
        let good =
            good.ok_or_else(|| sentence("snapshot.order", "the first of two pages is the last", first.exchange()))?;
        let token = made(&good, &bytes);
        let answer = ask(&user.client, page(Some(&token))).await?;
        if token == good {
            expect(&answer, "snapshot.complete", &[200])?;
        } else if !token.is_null() {
            // null may stand for no token at all.
            let judged =
                Oracle::new(handle.capabilities().clone()).misplaced_token(MisplacedToken::Garbled, &reply(&answer));
            judged.map_err(|violation| sentence(violation.requirement, violation.message, answer.exchange()))?;
        }
        user.still_serves().await
    })
}

/// The first byte says what the others are: the token itself; what stands at a place of the real one, or is put in there;
/// one of its three parts, encoded or not.
fn made(good: &Value, bytes: &[u8]) -> Value {
    let (way, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let text = match good {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let given = || String::from_utf8_lossy(rest).into_owned();
    match way % 8 {
        0 => json_or_text(rest),
        1 => Value::String(given()),
        2 => Value::String(placed(&text, rest, true)),
        3 => Value::String(placed(&text, rest, false)),
        4 => {
            let at = rest.first().map_or(0, |at| usize::from(*at) * text.len() / 256);
            Value::String(text.chars().take(at).collect())
        }
        way => {
            let mut parts: Vec<String> = text.split('.').map(str::to_owned).collect();
            if let Some(part) = parts.get_mut(usize::from(way) - 5) {
                *part = if rest.first() == Some(&b'.') { given() } else { URL_SAFE_NO_PAD.encode(rest) };
            }
            Value::String(parts.join("."))
        }
    }
}

/// Replaces a part of the text by all bytes but the first, or inserts them there. The first byte is the position.
fn placed(text: &str, bytes: &[u8], instead: bool) -> String {
    let Some((at, new)) = bytes.split_first() else { return text.to_owned() };
    let at = usize::from(*at) * text.len() / 256;
    let mut changed = text.as_bytes()[..at].to_vec();
    changed.extend_from_slice(new);
    let kept = if instead { at + new.len() } else { at };
    changed.extend_from_slice(text.as_bytes().get(kept..).unwrap_or_default());
    String::from_utf8_lossy(&changed).into_owned()
}

fn reply(answer: &Answer) -> Reply<SnapshotAnswer> {
    Reply { status: answer.status(), body: None, exchange: Arc::clone(answer.exchange()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_makes_something_of_the_bytes() {
        let good = json!("aaaa.bbbb.cccc");
        let made = |bytes: &[u8]| made(&good, bytes);
        assert_eq!(made(b""), json!(""));
        assert_eq!(made(b"\x00[1]"), json!([1]));
        assert_eq!(made(b"\x01[1]"), json!("[1]"));
        assert_eq!(made(b"\x02\x80xy"), json!("aaaa.bbxy.cccc"));
        assert_eq!(made(b"\x03\x80xy"), json!("aaaa.bbxybb.cccc"));
        assert_eq!(made(b"\x02\xffxy"), json!("aaaa.bbbb.cccxy"));
        assert_eq!(made(b"\x04\x80"), json!("aaaa.bb"));
        assert_eq!(made(b"\x05.x"), json!(".x.bbbb.cccc"));
        assert_eq!(made(b"\x07\xff"), json!("aaaa.bbbb._w"));
    }
}
