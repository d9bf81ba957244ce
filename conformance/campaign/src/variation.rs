//! Whether two symptoms are one check that failed. Which rule a check names depends on all that has happened before, so
//! the shortest sequence that fails it names the rule best: nothing in it distracts.

use syncproof_protocol::symptom::Symptom;

/// Rules that decide only where all rules before them leave a tie.
const TIE_BREAKS: [&str; 3] = ["lww.higher-clock", "lww.hlc-breaks-tie", "lww.op-id-breaks-tie"];
/// What a comparison of several answers says. A read that is judged by itself says more.
const COMPARISONS: [&str; 3] = [
    "a log in small pages is not what it is in large ones",
    "a snapshot is not the fold of the log that a pull shows",
    "the same ops in another order and in other batches end in another state",
];

/// Whether `to` is the same check at the same endpoint and no deeper tie-break, or says more than a comparison.
pub(super) fn is_variation(from: &Symptom, to: &Symptom) -> bool {
    let depth = |symptom: &Symptom| TIE_BREAKS.iter().position(|rule| *rule == symptom.requirement);
    let is_deeper = depth(from).zip(depth(to)).is_some_and(|(from, to)| to > from);
    let is_same_check = from.message == to.message && from.endpoint == to.endpoint && from.answer == to.answer;
    (is_same_check && !is_deeper) || COMPARISONS.contains(&from.message.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symptom(requirement: &'static str, message: &str) -> Symptom {
        let endpoint = "POST /api/sync/snapshot".to_owned();
        Symptom { requirement, endpoint, answer: String::new(), message: message.to_owned() }
    }

    #[test]
    fn a_check_may_name_another_rule_but_no_deeper_tie_break() {
        let [clock, hlc] = ["lww.higher-clock", "lww.hlc-breaks-tie"].map(|rule| symptom(rule, "not the fold"));
        let resurrection = symptom("lww.no-resurrection", "not the fold");
        assert!(is_variation(&resurrection, &clock) && is_variation(&hlc, &clock) && !is_variation(&clock, &hlc));
        assert!(!is_variation(&clock, &symptom("lww.higher-clock", "another check")));
        assert!(is_variation(&symptom("lww.order-free", COMPARISONS[2]), &clock));
    }
}
