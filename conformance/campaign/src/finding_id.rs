//! The id of a finding: a short name for its symptom, the same in every campaign and on every machine.

use syncproof_protocol::symptom::Symptom;

/// The id: eight hexadecimal digits (FNV-1a of the symptom's parts, which no release of a library changes).
#[must_use]
pub fn finding_id(symptom: &Symptom) -> String {
    const START: u32 = 0x811c_9dc5;
    const PRIME: u32 = 0x0100_0193;
    let parts = [symptom.requirement, &symptom.endpoint, &symptom.answer, &symptom.message];
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
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
        let id = finding_id(&symptom);
        assert_eq!(id.len(), 8);
        symptom.message.clear();
        assert_ne!(finding_id(&symptom), id);
    }
}
