//! The verdict on a history: which requirements are broken, and the calls that show it, as data and as text.

use std::fmt::Write as _;

use serde::Serialize;

use crate::anomaly::{Anomalies, Anomaly};
use crate::call::{Action, CallIndex, Membership};
use crate::history::History;
use crate::texts::Text;
use syncproof_protocol::requirement::{self, Level};

/// How many contradictions of one requirement are shown in text.
const SHOWN: usize = 3;

/// What the checkers say of one history.
#[derive(Debug, Serialize)]
pub struct Verdict {
    /// How many calls it has.
    pub calls: usize,
    /// The requirements that are broken, those that were found first at the head.
    pub broken: Vec<Broken>,
    /// How many questions were not decided, since too many orders of calls were possible.
    pub not_decided: u64,
}

/// A requirement that is broken.
#[derive(Debug, Serialize)]
pub struct Broken {
    /// Its id.
    pub requirement: &'static str,
    /// How binding it is.
    pub level: Level,
    /// Its sentence.
    pub text: &'static str,
    /// How many contradictions were found.
    pub count: usize,
    /// The first of them.
    pub found: Vec<Contradiction>,
}

/// Calls that contradict each other.
#[derive(Debug, Serialize)]
pub struct Contradiction {
    /// What contradicts what.
    pub message: String,
    /// The calls, by the time at which they began.
    pub calls: Vec<Witness>,
}

/// One of these calls.
#[derive(Debug, Serialize)]
pub struct Witness {
    /// Its line in the file of the history, from 1.
    pub line: usize,
    /// Who sent it.
    pub client: String,
    /// Whose credential it bore.
    pub user: String,
    /// When it was sent, in microseconds.
    pub began_us: u64,
    /// When its answer had arrived; none without one.
    pub ended_us: Option<u64>,
    /// What it asked.
    pub asked: String,
    /// What it says to the point.
    pub says: String,
}

impl Verdict {
    /// The verdict that follows from what was found.
    #[must_use]
    pub fn of(history: &History, anomalies: &Anomalies) -> Self {
        let mut order: Vec<&'static str> = Vec::new();
        for anomaly in anomalies.kept() {
            if !order.contains(&anomaly.requirement) {
                order.push(anomaly.requirement);
            }
        }
        let broken = order.into_iter().map(|id| {
            let of_it = anomalies.kept().iter().filter(|anomaly| anomaly.requirement == id);
            Broken {
                requirement: id,
                level: requirement::level(id),
                text: requirement::find(id).map_or("", |requirement| requirement.text),
                count: anomalies.counts().get(id).copied().unwrap_or(0),
                found: of_it.map(|anomaly| Contradiction::of(history, anomaly)).collect(),
            }
        });
        Verdict { calls: history.len(), broken: broken.collect(), not_decided: anomalies.not_decided() }
    }

    /// Whether a MUST is broken.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        self.broken.iter().any(|broken| broken.level == Level::Must)
    }

    /// The verdict for a person.
    #[must_use]
    pub fn text(&self) -> String {
        let broken = self.broken.iter().map(Broken::text);
        broken.chain((self.not_decided > 0).then(|| not_decided_text(self.not_decided))).collect()
    }
}

/// That questions were not decided, as a line for a person.
#[must_use]
pub fn not_decided_text(not_decided: u64) -> String {
    let questions = if not_decided == 1 { "1 question was" } else { &format!("{not_decided} questions were") };
    format!(
        "{questions} not decided, about the names and members of a workspace each: too many orders of calls were possible\n"
    )
}

impl Broken {
    /// What is broken and which calls show it, for a person.
    #[must_use]
    pub fn text(&self) -> String {
        let times = if self.count == 1 { "once".to_owned() } else { format!("{} times", self.count) };
        let mut text = format!("{} ({}), {times}\n  {}\n", self.requirement, self.level, self.text);
        for contradiction in self.found.iter().take(SHOWN) {
            // Writing to a String never fails.
            let _ = writeln!(text, "  - {}", contradiction.message);
            for call in &contradiction.calls {
                let _ = writeln!(text, "      {}", call.text());
            }
        }
        if self.count > SHOWN {
            let _ = writeln!(text, "  and {} more", self.count - SHOWN);
        }
        text
    }
}

impl Contradiction {
    fn of(history: &History, anomaly: &Anomaly) -> Self {
        let mut calls: Vec<Witness> =
            anomaly.calls.iter().map(|(call, says)| Witness::of(history, *call, says.clone())).collect();
        calls.sort_by_key(|call| (call.began_us, call.line));
        Contradiction { message: anomaly.message.clone(), calls }
    }
}

impl Witness {
    fn of(history: &History, index: CallIndex, says: String) -> Self {
        let call = history.call(index);
        Witness {
            line: history.line(index),
            client: history.texts.get(call.client).to_owned(),
            user: history.texts.get(call.user).to_owned(),
            began_us: call.began,
            ended_us: (call.ended != u64::MAX).then_some(call.ended),
            asked: asked(history, &call.action),
            says,
        }
    }

    /// The call in one line, for a person.
    #[must_use]
    pub fn text(&self) -> String {
        let ms = |us: u64| format!("{}.{:03}", us / 1000, us % 1000);
        let ended = self.ended_us.map_or("no answer".to_owned(), |ended| format!("{} ms", ms(ended)));
        let Witness { line, client, user, asked, says, .. } = self;
        format!("line {line}, {} to {ended}, {client} ({user}), {asked}: {says}", ms(self.began_us))
    }
}

/// What a call asked, in a few words.
pub(crate) fn asked(history: &History, action: &Action) -> String {
    let name = |workspace| history.texts.get(workspace);
    match action {
        Action::Push { workspace, ops } => format!("push of {} ops to {}", ops.len(), name(*workspace)),
        Action::Pull { workspace, pull } => format!("pull of {} after {}", name(*workspace), pull.cursor),
        Action::Snapshot { workspace, snapshot } => match snapshot.token {
            None => format!("snapshot of {}", name(*workspace)),
            Some(_) => format!("next page of a snapshot of {}", name(*workspace)),
        },
        Action::UpdateCursor { workspace, version, .. } => {
            format!("update of a cursor in {} to {version}", name(*workspace))
        }
        Action::Collect(workspace) => format!("collection in {}", name(*workspace)),
        Action::Session(_) => "session".to_owned(),
        Action::List(_) => "list of workspaces".to_owned(),
        Action::Create { .. } => "creation of a workspace".to_owned(),
        Action::Rename { workspace, .. } => format!("rename of {}", name(*workspace)),
        Action::Members { workspace, .. } => format!("list of the members of {}", name(*workspace)),
        Action::Delete(workspace) => format!("deletion of {}", name(*workspace)),
        Action::Activate(workspace) => format!("activation of {}", name(*workspace)),
        Action::InWorkspace(workspace) => format!("request about {}", name(*workspace)),
        Action::Member { workspace, member, change } => {
            let (member, workspace) = (name(*member), name(*workspace));
            let role = |role: &Option<Text>| role.map_or("a member", name);
            match change {
                Membership::Added(new) => format!("{member} is added to {workspace} as {}", role(new)),
                Membership::Changed(new) => format!("{member} becomes {} of {workspace}", role(new)),
                Membership::Ended => format!("{member} is removed from {workspace}"),
            }
        }
        Action::Other => "another request".to_owned(),
    }
}
