//! A transcript with placeholders, which are filled in each time it is repeated: names that the run created, op ids, and
//! ids of the server.

use std::collections::BTreeSet;

use serde_json::Value;

use super::ids::{replaceable, replaced};
use super::places::{ID_FIELDS, Leaf, leaves};
use syncproof_harness::client::Sent;
use syncproof_harness::percent;

/// How many ids are read from answers: more than any case uses.
const MAX_LEARNED: usize = 500;
/// From this length in bytes on, a text can be recognised anywhere.
const MIN_DISTINCT_BYTES: usize = 8;

/// A value to read from an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LearnedValue {
    /// The name of its placeholder.
    pub(super) name: String,
    /// Its path for jq.
    pub(super) path: String,
}

/// One request with placeholders.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) path: String,
    pub(super) body: Option<Vec<u8>>,
    /// The values to read from its answer.
    pub(super) learns: Vec<LearnedValue>,
}

/// All requests with placeholders.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) steps: Vec<Step>,
    /// How a placeholder begins: `@{`, with more `@` if the transcript itself contains that.
    pub(super) opening: String,
    /// The answer to the last request in the run, with placeholders.
    pub(super) saw: Vec<u8>,
    /// Whether some id is too short to be recognised in other text, so that ids cannot be compared.
    pub(super) short_ids: bool,
    run_name: String,
    /// Op ids whose last group is replaced in each run.
    ids: BTreeSet<String>,
}

/// A value from an answer.
struct KnownText {
    leaf: Leaf,
    name: String,
}

impl Template {
    /// The template of these requests, in their order.
    pub(super) fn of(sent: &[&Sent], run_name: &str) -> Self {
        let asked: Vec<String> = sent.iter().map(|sent| asked(sent)).collect();
        let answers: Vec<String> = sent.iter().map(|sent| lossy(Some(&sent.exchange.response))).collect();
        let texts: Vec<&str> = asked.iter().map(String::as_str).collect();
        let ids = replaceable(&texts);
        let mut opening = "@{".to_owned();
        while opening.len() < 16 && texts.iter().any(|text| text.contains(&opening)) {
            opening.insert(0, '@');
        }
        let run_name = run_name.to_owned();
        let mut template = Template { steps: Vec::new(), opening, saw: Vec::new(), short_ids: false, run_name, ids };
        let mut known: Vec<KnownText> = Vec::new();
        for (at, sent) in sent.iter().enumerate() {
            // A request uses values from earlier answers, not from its own.
            let path = template.path(&sent.exchange.path, &known);
            let body = sent.exchange.request.as_deref().map(|body| template.body(body, &known));
            let learns = template.learn(&asked[..=at], &asked[at + 1..], &answers[at..], &mut known);
            template.steps.push(Step { path, body, learns });
        }
        if let Some(last) = sent.last() {
            template.saw = template.body(&last.exchange.response, &known);
        }
        template
    }

    /// The values to read from the first of these answers: those that the server created and that are used again.
    fn learn(
        &mut self,
        until_now: &[String],
        later: &[String],
        answers: &[String],
        known: &mut Vec<KnownText>,
    ) -> Vec<LearnedValue> {
        let Some((answer, rest)) = answers.split_first() else { return Vec::new() };
        let Ok(value) = serde_json::from_str::<Value>(answer) else { return Vec::new() };
        let mut learns = Vec::new();
        for leaf in leaves(&value) {
            let text = &leaf.text;
            let is_id = ID_FIELDS.contains(&leaf.field.as_str());
            let is_distinct = !leaf.number && text.len() >= MIN_DISTINCT_BYTES;
            // A text that a client sent first is not an id of the server. With a number, that may be a coincidence.
            let sent_before = match (leaf.number, is_distinct) {
                (true, _) => None,
                (false, true) => Some(inner(text)),
                (false, false) => Some(format!("\"{}\"", inner(text))),
            };
            let old = known.iter().any(|known| known.leaf.text == *text && known.leaf.number == leaf.number)
                || sent_before.is_some_and(|text| until_now.iter().any(|asked| asked.contains(&text)));
            if text.is_empty() || old || text.contains(&self.run_name) || known.len() >= MAX_LEARNED {
                continue;
            }
            let used = if is_distinct {
                let shown_last = rest.last().is_some_and(|last| last.contains(&inner(text)));
                (is_id && rest.is_empty())
                    || shown_last
                    || later.iter().any(|asked| asked.contains(&inner(text)) || asked.contains(&percent::encoded(text)))
            } else {
                is_id && later.iter().any(|asked| blanked(asked, &leaf, "\0") != *asked || has_segment(asked, text))
            };
            if used {
                self.short_ids |= !is_distinct;
                let name = format!("id{}", known.len() + 1);
                learns.push(LearnedValue { name: name.clone(), path: leaf.path.clone() });
                known.push(KnownText { leaf, name });
                // The longest first, so that none replaces a part of another.
                known.sort_by_key(|known| std::cmp::Reverse(known.leaf.text.len()));
            }
        }
        learns
    }

    /// The placeholder with that name.
    pub(super) fn blank(&self, name: &str) -> String {
        format!("{}{name}}}", self.opening)
    }

    /// The text with placeholders only for names that the run created.
    pub(super) fn names(&self, text: &str) -> String {
        if self.run_name.is_empty() { text.to_owned() } else { text.replace(&self.run_name, &self.blank("run")) }
    }

    fn body(&self, body: &[u8], known: &[KnownText]) -> Vec<u8> {
        // Bytes that are not text contain no placeholder.
        let Ok(text) = std::str::from_utf8(body) else { return body.to_vec() };
        let mut text = text.to_owned();
        for known in known {
            text = blanked(&text, &known.leaf, &self.blank(&known.name));
        }
        self.names(&replaced(&text, &self.ids, &self.blank("new"))).into_bytes()
    }

    fn path(&self, path: &str, known: &[KnownText]) -> String {
        let mut path = path.to_owned();
        for KnownText { leaf, name } in known {
            let text = percent::encoded(&leaf.text);
            if text.len() >= MIN_DISTINCT_BYTES {
                path = path.replace(&text, &self.blank(name));
            } else {
                let segments =
                    path.split('/').map(|segment| if segment == text { self.blank(name) } else { segment.to_owned() });
                path = segments.collect::<Vec<_>>().join("/");
            }
        }
        self.names(&replaced(&path, &self.ids, &self.blank("new")))
    }
}

/// Path and body as one text to search in.
fn asked(sent: &Sent) -> String {
    format!("{}\n{}", sent.exchange.path, lossy(sent.exchange.request.as_deref()))
}

fn has_segment(asked: &str, text: &str) -> bool {
    asked.lines().next().unwrap_or_default().split('/').any(|segment| segment == text)
}

/// A text as JSON, without the quotes.
fn inner(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted.strip_prefix('"').and_then(|quoted| quoted.strip_suffix('"')).unwrap_or(&quoted).to_owned()
}

/// JSON with a placeholder for that value: for a long text anywhere, for a short one or a number only in a field for ids.
fn blanked(text: &str, leaf: &Leaf, blank: &str) -> String {
    if !leaf.number && leaf.text.len() >= MIN_DISTINCT_BYTES {
        return text.replace(&inner(&leaf.text), blank);
    }
    let (value, filled) = match leaf.number {
        true => (leaf.text.clone(), blank.to_owned()),
        false => (format!("\"{}\"", inner(&leaf.text)), format!("\"{blank}\"")),
    };
    let mut out = String::new();
    let mut rest = text;
    while let Some(colon) = rest.find(':') {
        let (before, after) = rest.split_at(colon + 1);
        let is_id =
            ID_FIELDS.iter().any(|field| before.trim_end_matches([':', ' ']).ends_with(&format!("\"{field}\"")));
        out.push_str(before);
        let gap = after.len() - after.trim_start().len();
        let behind = after.trim_start().strip_prefix(value.as_str());
        match behind.filter(|behind| is_id && !behind.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.')) {
            Some(behind) => {
                out.push_str(&after[..gap]);
                out.push_str(&filled);
                rest = behind;
            }
            None => rest = after,
        }
    }
    out + rest
}

fn lossy(bytes: Option<&[u8]>) -> String {
    String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use syncproof_harness::client::Proof;
    use syncproof_protocol::exchange::Exchange;

    fn sent(path: &str, request: &str, response: &str) -> Sent {
        let exchange = Exchange {
            status: Some(200),
            response: response.into(),
            ..Exchange::unanswered("anna", "POST", path, Some(request.into()))
        };
        let (started, ended) = (Duration::ZERO, Duration::ZERO);
        Sent { exchange: Arc::new(exchange), proof: Proof::Anonymous, started, ended, elsewhere: None }
    }

    fn template(sent: &[Sent]) -> Template {
        Template::of(&sent.iter().collect::<Vec<_>>(), "0123456789")
    }

    fn body(template: &Template, step: usize) -> String {
        lossy(template.steps[step].body.as_deref())
    }

    #[test]
    fn ids_of_the_server_are_read_from_answers_and_put_into_requests() {
        let template = template(&[
            sent("/s", "{}", r#"{"user": {"id": "user-abc"}, "workspace": {"id": "space-xyz"}}"#),
            sent("/w/space-xyz", r#"{"name": "w-0123456789", "to": "user-abc"}"#, r#"{"got": "space-xyz"}"#),
        ]);
        assert_eq!(template.steps[0].learns.len(), 2);
        assert_eq!(template.steps[1].path, "/w/@{id2}");
        assert_eq!(body(&template, 1), r#"{"name": "w-@{run}", "to": "@{id1}"}"#);
        assert_eq!(lossy(Some(&template.saw)), r#"{"got": "@{id2}"}"#);
    }

    #[test]
    fn short_ids_are_replaced_only_in_fields_for_ids() {
        let template = template(&[
            sent("/s", "{}", r#"{"id": 7, "serverVersion": 3}"#),
            sent("/w/7/x", r#"{"workspaceId": 7, "cursor": 7, "id":71}"#, "{}"),
        ]);
        assert!(template.short_ids);
        assert_eq!(template.steps[1].path, "/w/@{id1}/x");
        assert_eq!(body(&template, 1), r#"{"workspaceId": @{id1}, "cursor": 7, "id":71}"#);
    }

    #[test]
    fn a_text_that_the_client_sent_first_is_no_id_of_the_server() {
        let template = template(&[
            sent("/s", r#"{"pk": "the-same-key"}"#, r#"{"pk": "the-same-key"}"#),
            sent("/s", r#""the-same-key @{""#, "{}"),
        ]);
        assert!(template.steps[0].learns.is_empty());
        let short = |path| sent(path, r#"{"id": "after"}"#, r#"{"id": "after"}"#);
        assert!(super::Template::of(&[&short("/a"), &short("/b")], "0123456789").steps[0].learns.is_empty());
        assert_eq!(template.opening, "@@{");
    }
}
