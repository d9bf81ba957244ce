//! How a mutant is tried: which cases run first, since they most likely notice what is wrong in its file, and what the server
//! needs so that they can.

/// Files by a part of their paths from `server/src/`, with the chapters of cases about them. The first that fits counts.
const CHAPTERS: [(&str, &[&str]); 15] = [
    ("collect", &["gc"]),
    ("gc", &["gc"]),
    ("retention", &["gc"]),
    ("snapshot", &["snapshot"]),
    ("pull", &["pull"]),
    ("cursor", &["cursor"]),
    ("member", &["member"]),
    ("role", &["member"]),
    ("workspace", &["workspace"]),
    ("page_token", &["snapshot", "workspace"]),
    ("store/open", &["startup"]),
    ("maintenance", &["startup", "gc"]),
    ("store/", &["push", "op", "tombstone"]),
    ("protocol/", &["push", "op", "lww"]),
    ("wire/", &["push", "pull"]),
];

/// For all other files: requests, credentials and settings.
const OTHERS: [&str; 3] = ["http", "session", "startup"];

/// What switches on what is off by default.
pub(crate) fn arguments(file: &str) -> Vec<String> {
    let arguments: &[&str] = if file.contains("rate_limit") { &["--rate-limit", "300"] } else { &[] };
    arguments.iter().map(|argument| (*argument).to_owned()).collect()
}

/// The patterns of these cases.
pub(crate) fn first(file: &str) -> Vec<String> {
    let chapters = CHAPTERS.iter().find(|(part, _)| file.contains(part)).map_or(&OTHERS[..], |(_, chapters)| chapters);
    chapters.iter().map(|chapter| format!("{chapter}/*")).collect()
}

#[cfg(test)]
mod tests {
    use super::{arguments, first};

    #[test]
    fn a_file_has_the_cases_of_its_chapter() {
        assert_eq!(first("store/collect.rs"), ["gc/*"]);
        assert_eq!(first("store/row.rs"), ["push/*", "op/*", "tombstone/*"]);
        assert_eq!((arguments("rate_limiter.rs").len(), arguments("jwt.rs").len()), (2, 0));
        assert_eq!(first("jwt.rs"), ["http/*", "session/*", "startup/*"]);
    }
}
