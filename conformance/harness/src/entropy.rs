//! How hard ids are to guess.

/// The most random bits that these ids can have, judged by the places in which they differ and the characters in them.
#[must_use]
pub fn bits(ids: &[String]) -> f64 {
    let shortest = ids.iter().map(|id| id.chars().count()).min().unwrap_or_default();
    let rows: Vec<Vec<char>> = ids.iter().map(|id| id.chars().collect()).collect();
    let varying = (0..shortest).filter(|&column| rows.iter().any(|row| row[column] != rows[0][column])).count();
    let used = |kind: fn(&char) -> bool| rows.iter().flatten().any(kind);
    let mut alphabet = 10.0;
    if used(|c| c.is_ascii_alphabetic()) {
        alphabet = if used(|c| c.is_ascii_alphabetic() && !c.is_ascii_hexdigit()) { 32.0 } else { 16.0 };
        if alphabet > 16.0 && used(char::is_ascii_lowercase) && used(char::is_ascii_uppercase) {
            alphabet = 62.0;
        }
    }
    f64::from(u32::try_from(varying).unwrap_or(u32::MAX)) * f64::log2(alphabet)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds_64(make: impl Fn(u64) -> String) -> bool {
        bits(&(0..21).map(make).collect::<Vec<_>>()) >= 58.0
    }

    #[test]
    fn random_ids_pass_and_counted_ones_do_not() {
        let random = || uuid::Uuid::new_v4();
        assert!(holds_64(|_| random().to_string()));
        assert!(holds_64(|_| format!("ws_{}", random().simple())));
        assert!(holds_64(|_| (random().as_u128() as u64 | 1 << 63).to_string()));
        // A UUID of version 7: 48 bits of time, then 74 random ones.
        assert!(holds_64(|number| format!("0198a0b1-c2d{:x}-7{}", number % 16, &random().to_string()[15..])));
        assert!(!holds_64(|number| number.to_string()));
        assert!(!holds_64(|number| format!("00000000-0000-4000-8000-{number:012x}")));
        assert!(!holds_64(|number| (1_750_000_000_000 + number * 977).to_string()));
        assert!(!holds_64(|_| random().simple().to_string()[..8].to_owned()));
    }
}
