//! Idempotency: the same op in other bytes, and at another time.

use crate::prelude::*;
use syncproof_protocol::endpoint;

const REPLAY: &str = "op.replay-same-version";
const DEVICES: &str = "op.replay-across-devices";

cases! {
    /// Replays with the keys in another order, blanks between the tokens and escaped letters are replays.
    "op/replay-in-other-bytes" checks [REPLAY, DEVICES] by other_bytes;
    /// Ops are still known three seconds and 150 others later.
    "op/replay-seconds-after" checks [REPLAY] by seconds_after;
}

/// Ways to write one JSON value (RFC 8259): they mean the same.
#[derive(Debug, Clone, Copy)]
struct Style {
    /// The fields of every object the other way round.
    backwards: bool,
    /// Blanks of all four kinds around every token.
    blanks: bool,
    /// Every ASCII letter as an escape.
    escapes: bool,
}

/// All of them; the first is how requests are written elsewhere.
const STYLES: [Style; 5] = [
    Style { backwards: false, blanks: false, escapes: false },
    Style { backwards: true, blanks: false, escapes: false },
    Style { backwards: false, blanks: true, escapes: false },
    Style { backwards: false, blanks: false, escapes: true },
    Style { backwards: true, blanks: true, escapes: true },
];

impl Style {
    fn write(self, value: &Value) -> String {
        let blank = if self.blanks { " \n\t\r " } else { "" };
        let listed = |open: char, parts: Vec<String>, close: char| {
            format!("{open}{blank}{}{blank}{close}", parts.join(&format!("{blank},{blank}")))
        };
        match value {
            Value::Object(fields) => {
                let mut parts: Vec<String> = fields
                    .iter()
                    .map(|(name, value)| format!("{}{blank}:{blank}{}", self.text(name), self.write(value)))
                    .collect();
                if self.backwards {
                    parts.reverse();
                }
                listed('{', parts, '}')
            }
            Value::Array(values) => listed('[', values.iter().map(|value| self.write(value)).collect(), ']'),
            Value::String(text) => self.text(text),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
        }
    }

    fn text(self, text: &str) -> String {
        if !self.escapes {
            return Value::from(text).to_string();
        }
        let escaped = text.chars().map(|character| match character {
            'a'..='z' | 'A'..='Z' | '"' | '\\' | '\0'..='\x1f' => format!("\\u{:04x}", u32::from(character)),
            _ => character.to_string(),
        });
        format!("\"{}\"", escaped.collect::<String>())
    }
}

/// Pushes ops, known or new, written in that style; every one has to succeed with the version that is its due.
async fn push_written(journal: &mut Journal, batch: &[Op], style: Style) -> Checked {
    let body = style.write(&push_body(&journal.workspace, batch)).into_bytes();
    let answer = journal.user.send(Request::raw(reqwest::Method::POST, endpoint::PUSH.path, Some(body))).await;
    let versions = successes(&answer, batch, journal.requirement)?;
    let expected = journal.predict(batch);
    let message = format!("an op written with {style:?} does not get its version");
    answer.equal(journal.requirement, message, expected, versions)
}

async fn other_bytes(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, REPLAY).await?;
    let nested =
        json!({"b": [{"y": 1, "x": {"d": "é \"quoted\" \\ text\n", "c": null}}, []], "a": {"2": 2, "10": true}});
    for table in TABLES {
        // Each style once for the first push, and then all of them for the replays.
        for (number, first) in STYLES.into_iter().enumerate() {
            let put = |name: &str, clock| {
                let op = user.put(table.name, &format!("{name}{number}")).clock(clock).mark("marked");
                op.field("extra", nested.clone()).field("aside", json!(1.5))
            };
            let gone = put("gone", 1);
            let delete = Op::delete(table.name, gone.pk()).clock(2).payload(Some(nested.clone()));
            let ops = [put("put", 3), gone, delete];
            push_written(&mut journal, &ops, first).await.in_setup()?;
            for style in STYLES {
                push_written(&mut journal, &ops, style).await?;
            }
        }
    }
    journal.holds().await
}

async fn seconds_after(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, REPLAY).await?;
    let mut known = Vec::new();
    for table in TABLES {
        let put = user.put(table.name, "put").clock(3).mark("first");
        let gone = user.put(table.name, "gone").clock(1);
        known.extend([put, gone, user.delete(table.name, "gone").clock(2)]);
    }
    // Overwritten, and revived.
    known.push(user.put("threads", "overwritten").clock(1).mark("first"));
    known.push(user.delete("threads", "revived").clock(1));
    journal.push_ok(&known).await.in_setup()?;
    for third in 0..3_u64 {
        let others: Vec<Op> = (0..50).map(|number| user.put("kv", &format!("other{third}-{number}"))).collect();
        journal.push_ok(&others).await.in_setup()?;
        let newer = ["overwritten", "revived"].map(|pk| user.put("threads", pk).clock(5 + third).mark("newer"));
        journal.push_ok(&newer).await.in_setup()?;
        context.next_second().await;
    }
    for op in &known {
        journal.push_ok(op).await?;
    }
    journal.push_ok(&known).await?;
    journal.holds().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_style_means_the_same() {
        let value = json!({"a": ["é\"\\\n", {"c": 1.5, "b": null}], "Z": {}, "y": []});
        for style in STYLES {
            assert_eq!(serde_json::from_str::<Value>(&style.write(&value)).expect("JSON"), value, "{style:?}");
        }
        assert_eq!(STYLES[0].write(&value), value.to_string());
        assert!(STYLES[3].write(&value).contains("\\u0061"));
    }
}
