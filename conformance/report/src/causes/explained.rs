//! Which groups of failures are explained by the fault of another group, and move to it.

use std::collections::BTreeMap;

use super::cluster::{Cluster, Groups, Shown, cases, is_breakdown, size};

/// From this number of cases on that meet a fault at an endpoint although they look at something else, others will meet it.
const MIN_IN_PASSING: usize = 20;
/// What they explain fails at most this part of that number.
const SHARE: usize = 4;
/// What they explain of the cases that look at nothing but the requirement they fail for.
const DIRECT_SHARE: usize = 32;

/// Moves what few cases see to the group that many cases meet in passing at the same endpoint.
pub(super) fn explain_in_passing(groups: &mut Groups<'_>) {
    let mut keys: Vec<String> = groups.keys().cloned().collect();
    keys.sort_by_key(|key| usize::MAX - size(&groups[key]));
    for key in &keys {
        let Some(large) = groups.get(key).filter(|large| !is_breakdown(large)) else { continue };
        let mut passing: BTreeMap<String, usize> = BTreeMap::new();
        for endpoint in large.iter().map(|cluster| cluster.sign.endpoint()).filter(|endpoint| !endpoint.is_empty()) {
            let there = large.iter().filter(|cluster| cluster.sign.endpoint() == endpoint);
            let met = there.flat_map(|cluster| &cluster.shown).filter(|shown| !shown.is_about_it());
            passing.insert(endpoint.to_owned(), cases(met));
        }
        passing.retain(|_, met| *met >= MIN_IN_PASSING);
        let mut moved = Vec::new();
        for other in keys.iter().filter(|other| *other != key) {
            let Some(clusters) = groups.get_mut(other).filter(|clusters| !is_breakdown(clusters)) else { continue };
            let seen_by = size(clusters);
            let is_explained = |cluster: &mut Cluster<'_>| {
                passing.get(cluster.sign.endpoint()).is_some_and(|met| {
                    let is_direct = cluster.shown.iter().any(Shown::is_direct);
                    seen_by * if is_direct { DIRECT_SHARE } else { SHARE } <= *met
                })
            };
            moved.extend(clusters.extract_if(.., is_explained));
            if clusters.is_empty() {
                groups.remove(other);
            }
        }
        if let Some(large) = groups.get_mut(key) {
            large.extend(moved);
        }
    }
}

/// Moves groups of what cases found beside the failure with which they ended to the group of that failure.
pub(super) fn explain_further_failures(groups: &mut Groups<'_>) {
    let keys: Vec<String> = groups.keys().cloned().collect();
    for key in keys {
        let shown = groups[&key].iter().flat_map(|cluster| &cluster.shown);
        let (further, first): (Vec<_>, Vec<_>) = shown.partition(|shown| !shown.is_first);
        let Some(case) = further.first().map(|shown| shown.report.case.id).filter(|_| first.is_empty()) else {
            continue;
        };
        let ends_it = |shown: &Shown<'_>| shown.is_first && shown.report.case.id == case;
        let host = groups.iter().find(|(_, clusters)| clusters.iter().flat_map(|cluster| &cluster.shown).any(ends_it));
        let Some(host) = host.map(|(host, _)| host.clone()) else { continue };
        let moved = groups.remove(&key).unwrap_or_default();
        groups.entry(host).or_default().extend(moved);
    }
}
