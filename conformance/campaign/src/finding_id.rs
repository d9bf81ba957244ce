//! The id of a finding: a short name for its fault, the same in every campaign and on every machine. It is made from what
//! findings of one fault have in common, whichever of them a campaign meets first: endpoints are not, where the same check
//! fails at several. Where different faults fail the same check, what the finding needs is part of the name.

use std::collections::BTreeSet;

use super::same_fault::RULES_OF_ONE_FAULT;
use syncproof_protocol::symptom::Symptom;

/// Rules about content that shows in pulls and in snapshots.
const RULES_OF_READS: [&str; 2] = ["push.payload-round-trips", "push.text-exact"];

/// The id: eight hexadecimal digits (FNV-1a of its parts, which no release of a library changes).
#[must_use]
pub fn finding_id(symptom: &Symptom, needs: &BTreeSet<String>) -> String {
    const START: u32 = 0x811c_9dc5;
    const PRIME: u32 = 0x0100_0193;
    let (endpoint, answer, message) = match (&symptom.endpoint, &symptom.answer, &symptom.message) {
        // What is not kept as it was pushed shows in whatever is read.
        _ if RULES_OF_READS.contains(&symptom.requirement) || RULES_OF_ONE_FAULT.contains(&symptom.requirement) => {
            ("", "", "")
        }
        (endpoint, answer, message) if message.is_empty() => (endpoint.as_str(), answer.as_str(), ""),
        (_, _, message) => ("", "", message.as_str()),
    };
    let parts = [symptom.requirement, endpoint, answer, message].into_iter().chain(needs.iter().map(String::as_str));
    let bytes = parts.flat_map(|part| part.bytes().chain([0]));
    let hash = bytes.fold(START, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(PRIME));
    format!("{hash:08x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_stays_as_it_is_in_the_files_of_users() {
        let mut symptom = Symptom {
            requirement: "push.all-tables",
            endpoint: "POST /api/sync/push".to_owned(),
            answer: "400 no".to_owned(),
            message: "a push is refused".to_owned(),
        };
        let id = finding_id(&symptom, &BTreeSet::new());
        assert_eq!(id.len(), 8);
        assert_ne!(finding_id(&symptom, &BTreeSet::from(["null".to_owned()])), id);
        symptom.endpoint = "POST /api/sync/pull".to_owned();
        assert_eq!(finding_id(&symptom, &BTreeSet::new()), id, "the same check at another endpoint");
        symptom.message.clear();
        assert_ne!(finding_id(&symptom, &BTreeSet::new()), id);
    }

    #[test]
    fn what_is_not_kept_has_one_id_wherever_it_is_read() {
        let of = |endpoint: &str, message: &str| {
            let (endpoint, message) = (endpoint.to_owned(), message.to_owned());
            let symptom = Symptom { requirement: "push.text-exact", endpoint, answer: String::new(), message };
            finding_id(&symptom, &BTreeSet::from(["blank".to_owned()]))
        };
        assert_eq!(of("POST /api/sync/pull", "another change"), of("POST /api/sync/snapshot", "another item"));
    }
}
