//! Any line of the file, with its bodies parsed or as they are written.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use syncproof_protocol::endpoint::{self, Endpoint};

/// Any line. (An enum would have to look at each line several times.)
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(bound(deserialize = "S: Deserialize<'de>, W: Deserialize<'de>"))]
pub(super) struct AnyLine<'a, S = &'a RawValue, W = &'a RawValue> {
    pub(super) syncproof_history: Option<u32>,
    #[serde(borrow, default)]
    pub(super) made_by: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) target: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) fault: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) client: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) user: Option<Cow<'a, str>>,
    pub(super) began_us: Option<u64>,
    pub(super) ended_us: Option<u64>,
    #[serde(borrow, default)]
    pub(super) method: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) path: Option<Cow<'a, str>>,
    pub(super) sent: Option<S>,
    pub(super) status: Option<u16>,
    pub(super) saw: Option<W>,
}

impl<'a, S: Deserialize<'a>, W: Deserialize<'a>> AnyLine<'a, S, W> {
    /// The line of a request to that endpoint, if it was done and both bodies have these shapes.
    pub(super) fn done(text: &'a str, endpoint: &Endpoint) -> Option<Self> {
        let line: Self = serde_json::from_str(text).ok()?;
        let is_its = line.endpoint().is_some_and(|(of, _)| of.name == endpoint.name);
        (is_its && line.is_done() && line.sent.is_some() && line.saw.is_some()).then_some(line)
    }
}

impl<'a> AnyLine<'a> {
    /// The body that was sent, if it has this shape.
    pub(super) fn sent<T: Deserialize<'a>>(&self) -> Option<T> {
        self.sent.and_then(|sent| serde_json::from_str(sent.get()).ok())
    }

    /// The answer, if the call was done and it has this shape.
    pub(super) fn saw<T: Deserialize<'a>>(&self) -> Option<T> {
        let saw = self.saw.filter(|_| self.is_done())?;
        serde_json::from_str(saw.get()).ok()
    }
}

impl<S, W> AnyLine<'_, S, W> {
    fn is_done(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// The endpoint that was asked, and the path from `/api/` on, without a query.
    pub(super) fn endpoint(&self) -> Option<(&'static Endpoint, &str)> {
        let path = self.path.as_deref()?;
        let path = path.find("/api/").map_or(path, |start| &path[start..]);
        let path = path.split('?').next().unwrap_or_default();
        Some((endpoint::find(self.method.as_deref()?, path)?, path))
    }
}
