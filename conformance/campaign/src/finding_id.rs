//! The id of a finding: a short name for its symptom, the same in every campaign and on every machine. Where different
//! faults have one symptom, what the finding needs is part of the name.

use std::collections::BTreeSet;

use syncproof_protocol::symptom::Symptom;

/// The id: eight hexadecimal digits (FNV-1a of its parts, which no release of a library changes).
#[must_use]
pub fn finding_id(symptom: &Symptom, needs: &BTreeSet<String>) -> String {
    const START: u32 = 0x811c_9dc5;
    const PRIME: u32 = 0x0100_0193;
    let symptom = [symptom.requirement, &symptom.endpoint, &symptom.answer, &symptom.message];
    let parts = symptom.into_iter().chain(needs.iter().map(String::as_str));
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
        symptom.message.clear();
        assert_ne!(finding_id(&symptom, &BTreeSet::new()), id);
    }
}
