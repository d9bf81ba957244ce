//! Which workspace may be active in a session: one when an answer has shown it, several while the protocol leaves open
//! which of them the target has chosen.

use syncproof_protocol::wire::Id;

/// One possible state of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Location {
    /// In that workspace.
    In(Id),
    /// In none (`workspace.delete-last`).
    Nowhere,
    /// In a default workspace that no answer has shown yet.
    Fresh,
}

/// All possible states of a session, and the requirement that they follow from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ActiveWorkspace {
    pub(super) locations: Vec<Location>,
    pub(super) why: &'static str,
    /// The requirement by which it is still what it was, after the user has lost another workspace.
    pub(super) undisturbed: Option<&'static str>,
    /// Whether there may be a default workspace that no answer has shown yet, active or not.
    pub(super) has_unseen: bool,
}

impl ActiveWorkspace {
    /// A new user has no workspace: their first request creates a default one.
    pub(super) fn newcomer() -> Self {
        ActiveWorkspace {
            locations: vec![Location::Fresh],
            why: "session.provisions-user",
            undisturbed: None,
            has_unseen: true,
        }
    }

    /// Whether that workspace is certainly the active one.
    pub(super) fn is_in(&self, workspace: &Id) -> bool {
        self.locations.iter().all(|location| *location == Location::In(workspace.clone()))
    }

    /// An answer has shown which of the allowed states it is.
    pub(super) fn settle(&mut self, location: Location) {
        self.locations = vec![location];
        (self.why, self.undisturbed) = ("session.stable", None);
    }

    /// That workspace is now active.
    pub(super) fn move_to(&mut self, workspace: &Id, why: &'static str) {
        (self.locations, self.why) = (vec![Location::In(workspace.clone())], why);
        self.undisturbed = None;
    }

    /// That workspace may be active now (a creation may activate what it creates).
    pub(super) fn may_move_to(&mut self, workspace: &Id) {
        self.locations.push(Location::In(workspace.clone()));
    }

    /// The user loses the workspace. If it may have been active, any of `homes` may be active now; without homes, a new
    /// default workspace or none. Returns whether it may have been active.
    pub(super) fn lose(&mut self, workspace: &Id, homes: &[Id], why: &'static str) -> bool {
        let lost = Location::In(workspace.clone());
        let before = self.locations.len();
        self.locations.retain(|location| *location != lost);
        if self.locations.len() == before {
            let is_removal = why == "member.removed-at-once";
            self.undisturbed = Some(if is_removal { why } else { "workspace.delete-leaves-others" });
            return false;
        }
        self.undisturbed = None;
        self.why = if homes.is_empty() && why != "member.removed-at-once" { "workspace.delete-last" } else { why };
        let new: Vec<Location> = match homes {
            [] => {
                self.has_unseen = true;
                vec![Location::Nowhere, Location::Fresh]
            }
            // A default workspace that an earlier loss created, and that no answer has shown, is one of theirs, too.
            homes => {
                let unseen = self.has_unseen.then_some(Location::Fresh);
                homes.iter().cloned().map(Location::In).chain(unseen).collect()
            }
        };
        for location in new {
            if !self.locations.contains(&location) {
                self.locations.push(location);
            }
        }
        true
    }

    /// The default workspace that no answer had shown is this one.
    pub(super) fn found(&mut self, workspace: &Id) {
        self.has_unseen = false;
        for location in &mut self.locations {
            if *location == Location::Fresh {
                *location = Location::In(workspace.clone());
            }
        }
    }

    /// The possible states in words.
    pub(super) fn shown(&self) -> String {
        let word = |location: &Location| match location {
            Location::In(id) => id.to_string(),
            Location::Nowhere => "none".to_owned(),
            Location::Fresh => "a fresh default workspace".to_owned(),
        };
        self.locations.iter().map(word).collect::<Vec<_>>().join(" or ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_loses_all_and_then_something_else_may_stand_in_what_nobody_has_seen() {
        let [home, made, shared] = ["home", "made", "shared"].map(Id::text);
        let mut standing = ActiveWorkspace {
            locations: vec![Location::In(home.clone())],
            why: "",
            undisturbed: None,
            has_unseen: false,
        };
        assert!(standing.lose(&home, &[], "workspace.delete-last"));
        standing.may_move_to(&made);
        standing.move_to(&shared, "workspace.activate");
        assert!(standing.lose(&shared, std::slice::from_ref(&made), "workspace.delete-rehomes-all"));
        assert_eq!(standing.locations, [Location::In(made.clone()), Location::Fresh]);
        // Once it has been seen it is one of their homes.
        let unseen = Id::text("unseen");
        standing.found(&unseen);
        assert_eq!(standing.locations, [Location::In(made), Location::In(unseen)]);
    }
}
