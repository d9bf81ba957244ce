//! Where a person's session may stand: one place when an answer has told it, several while the protocol leaves open
//! which of them the target has chosen.

use syncproof_protocol::wire::Id;

/// One place where a session may stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Spot {
    /// In that workspace.
    In(Id),
    /// In none (`workspace.delete-last`).
    Nowhere,
    /// In a default workspace that nobody has seen yet.
    Fresh,
}

/// All places where it may stand, and the requirement that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) spots: Vec<Spot>,
    pub(super) why: &'static str,
    /// Whether there may be a default workspace that nobody has seen yet, whether or not they stand in it.
    pub(super) has_unseen: bool,
}

impl Standing {
    /// Nobody who has never been there stands anywhere: their first request makes a default workspace.
    pub(super) fn newcomer() -> Self {
        Standing { spots: vec![Spot::Fresh], why: "session.provisions-user", has_unseen: true }
    }

    /// Whether it stands there for certain.
    pub(super) fn is_in(&self, workspace: &Id) -> bool {
        self.spots.iter().all(|spot| *spot == Spot::In(workspace.clone()))
    }

    /// An answer has shown where it stands, as it may.
    pub(super) fn settle(&mut self, spot: Spot) {
        self.spots = vec![spot];
        self.why = "session.stable";
    }

    /// The person was moved there.
    pub(super) fn move_to(&mut self, workspace: &Id, why: &'static str) {
        (self.spots, self.why) = (vec![Spot::In(workspace.clone())], why);
    }

    /// The person may have been moved there (a creation, which may activate what it creates).
    pub(super) fn may_move_to(&mut self, workspace: &Id) {
        self.spots.push(Spot::In(workspace.clone()));
    }

    /// The workspace is gone for them: whoever may have stood in it may stand in any of these now, or where there are
    /// none, in a fresh one or nowhere. Whether they may have stood in it.
    pub(super) fn lose(&mut self, workspace: &Id, homes: &[Id], why: &'static str) -> bool {
        let lost = Spot::In(workspace.clone());
        let before = self.spots.len();
        self.spots.retain(|spot| *spot != lost);
        if self.spots.len() == before {
            return false;
        }
        self.why = why;
        let new: Vec<Spot> = match homes {
            [] => {
                self.has_unseen = true;
                vec![Spot::Nowhere, Spot::Fresh]
            }
            // One that an earlier loss has made, and that no answer has shown, is one of theirs, too.
            homes => {
                let unseen = self.has_unseen.then_some(Spot::Fresh);
                homes.iter().cloned().map(Spot::In).chain(unseen).collect()
            }
        };
        for spot in new {
            if !self.spots.contains(&spot) {
                self.spots.push(spot);
            }
        }
        true
    }

    /// The default workspace that nobody had seen is this one.
    pub(super) fn found(&mut self, workspace: &Id) {
        self.has_unseen = false;
        for spot in &mut self.spots {
            if *spot == Spot::Fresh {
                *spot = Spot::In(workspace.clone());
            }
        }
    }

    /// The places in words.
    pub(super) fn shown(&self) -> String {
        let word = |spot: &Spot| match spot {
            Spot::In(id) => id.to_string(),
            Spot::Nowhere => "none".to_owned(),
            Spot::Fresh => "a fresh default workspace".to_owned(),
        };
        self.spots.iter().map(word).collect::<Vec<_>>().join(" or ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_loses_all_and_then_something_else_may_stand_in_what_nobody_has_seen() {
        let [home, made, shared] = ["home", "made", "shared"].map(Id::text);
        let mut standing = Standing { spots: vec![Spot::In(home.clone())], why: "", has_unseen: false };
        assert!(standing.lose(&home, &[], "workspace.delete-last"));
        standing.may_move_to(&made);
        standing.move_to(&shared, "workspace.activate");
        assert!(standing.lose(&shared, std::slice::from_ref(&made), "workspace.delete-rehomes-all"));
        assert_eq!(standing.spots, [Spot::In(made.clone()), Spot::Fresh]);
        // Once it has been seen it is one of their homes.
        let unseen = Id::text("unseen");
        standing.found(&unseen);
        assert_eq!(standing.spots, [Spot::In(made), Spot::In(unseen)]);
    }
}
