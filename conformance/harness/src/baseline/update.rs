//! Updates a baseline after a run: keeps entries that still fail, drops those that pass, adds new ones. Comments stay.

use std::io::Write as _;
use std::path::Path;

use chrono::{Days, NaiveDate as Date};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

use super::entry::{Entry, PLACEHOLDER};
use super::list::Baseline;
use crate::case::CaseReport;
use crate::exit::CliError;

/// How long a new failure is accepted.
const ACCEPTED: Days = Days::new(90);

/// The comment at the start of a new file.
const HEAD: &str = "\
# Failures of this server that are known and accepted for now (syncproof run --baseline FILE).
# An entry that passes, expires or names no case breaks the run; `expires` is the last day on which it holds.

";

/// Owner and reason of new entries.
#[derive(Debug, Clone, Default)]
pub struct Update {
    /// Who is responsible for them.
    pub owner: Option<String>,
    /// Why they are accepted.
    pub reason: Option<String>,
}

/// How many entries were changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Changes {
    added: usize,
    dropped: usize,
    kept: usize,
}

impl Update {
    /// Writes the file and returns the new baseline, and a sentence about what has changed.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn apply(
        &self,
        old: &Baseline,
        reports: &[CaseReport],
        is_failure: impl Fn(&CaseReport) -> bool,
    ) -> Result<(Baseline, String), CliError> {
        let cannot =
            |why: String| CliError::usage(format!("the baseline {} cannot be written: {why}", old.path.display()));
        let judgement = old.judge(reports, is_failure);
        let gone = judgement.fixed.iter().chain(&judgement.unknown).map(|entry| entry.case.as_str());
        // An entry for another requirement gives no reason for this failure.
        let replaced = judgement.unlisted.iter().filter(|one| one.listed_for.is_some()).map(|one| one.case);
        let gone: Vec<&str> = gone.chain(replaced).collect();
        let new = judgement.unlisted.iter().map(|one| self.entry(one.case, one.fails_for, old.today));
        let new: Vec<Entry> = new.collect();
        let text = match std::fs::read_to_string(&old.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => HEAD.to_owned(),
            Err(error) => return Err(cannot(error.to_string())),
        };
        let (text, changes) = rewrite(&text, &gone, &new).map_err(cannot)?;
        replace(&old.path, &text).map_err(|error| cannot(error.to_string()))?;
        let Changes { added, dropped, kept } = changes;
        let note = format!("baseline {} written: {added} added, {dropped} dropped, {kept} kept", old.path.display());
        Ok((Baseline::read(old.path.clone(), old.today, old.known.clone())?, note))
    }

    fn entry(&self, case: &str, requirement: Option<&str>, today: Date) -> Entry {
        let or_placeholder = |text: &Option<String>, what: &str| {
            text.clone().filter(|text| !text.trim().is_empty()).unwrap_or_else(|| format!("{PLACEHOLDER}: {what}"))
        };
        Entry {
            case: case.to_owned(),
            requirement: requirement.map(str::to_owned),
            reason: or_placeholder(&self.reason, "why is this failure accepted?"),
            owner: or_placeholder(&self.owner, "who answers for it?"),
            expires: today.checked_add_days(ACCEPTED).unwrap_or(today),
            line: 0,
        }
    }
}

fn rewrite(text: &str, gone: &[&str], new: &[Entry]) -> Result<(String, Changes), String> {
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    let known = document.remove("known").unwrap_or(Item::ArrayOfTables(ArrayOfTables::new()));
    let known = known.into_array_of_tables().map_err(|_| "`known` is not a list of entries".to_owned())?;
    let mut tables = ArrayOfTables::new();
    let mut changes = Changes::default();
    let mut head = String::new();
    for (index, mut table) in known.into_iter().enumerate() {
        let prefix = table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default().to_owned();
        let (of_file, of_entry) = if index == 0 { split_head(&prefix) } else { ("", prefix.as_str()) };
        head.push_str(of_file);
        if table.get("case").and_then(Item::as_str).is_some_and(|case| gone.contains(&case)) {
            // A comment above an entry is about the entry and is removed with it.
            changes.dropped += 1;
            continue;
        }
        let prefix = format!("{}{of_entry}", std::mem::take(&mut head));
        table.decor_mut().set_prefix(prefix);
        tables.push(table);
        changes.kept += 1;
    }
    for entry in new {
        let mut table = Table::new();
        table.insert("case", value(entry.case.as_str()));
        if let Some(requirement) = &entry.requirement {
            table.insert("requirement", value(requirement.as_str()));
        }
        table.insert("reason", value(entry.reason.as_str()));
        table.insert("owner", value(entry.owner.as_str()));
        let date: toml_edit::Datetime = entry.expires.to_string().parse().map_err(|_| "not a date".to_owned())?;
        table.insert("expires", value(date));
        let prefix = if tables.is_empty() {
            let trailing = document.trailing().as_str().unwrap_or_default().to_owned();
            document.set_trailing("");
            as_head(&format!("{head}{trailing}"))
        } else {
            "\n".to_owned()
        };
        table.decor_mut().set_prefix(prefix);
        tables.push(table);
        changes.added += 1;
    }
    if tables.is_empty() {
        let trailing = document.trailing().as_str().unwrap_or_default().to_owned();
        document.set_trailing(format!("{head}{trailing}"));
    } else {
        document.insert("known", Item::ArrayOfTables(tables));
    }
    Ok((document.to_string(), changes))
}

/// Comments above the first entry that are about the whole file.
fn as_head(text: &str) -> String {
    match text.trim_end() {
        "" => String::new(),
        text => format!("{text}\n\n"),
    }
}

/// Splits the comments above the first entry at the last blank line: before it is the head of the file, after it what
/// is about the entry.
fn split_head(prefix: &str) -> (&str, &str) {
    prefix.rfind("\n\n").map_or(("", prefix), |place| prefix.split_at(place + 2))
}

/// Writes a new file beside the old one and then renames it, so that readers see either the old or the new one.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    // A link is followed, so that the file it points to is replaced.
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let open_to_all = std::fs::Permissions::from_mode(0o666);
    let mut file = tempfile::Builder::new().permissions(open_to_all).tempfile_in(folder)?;
    if let Ok(old) = std::fs::metadata(&path) {
        file.as_file().set_permissions(old.permissions())?;
    }
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
# Of the team.

# About a.
[[known]]
case = \"a/a\"   # the first
reason = \"r\"
owner = \"o\"
expires = 2026-10-01

# About b.
[[known]]
case = \"b/b\"
reason = \"r\"
owner = \"o\"
expires = \"2026-10-01\"
";

    fn entry(case: &str) -> Entry {
        let day = Date::from_ymd_opt(2026, 12, 1).expect("a day");
        Update { owner: Some("ops".into()), reason: None }.entry(case, Some("pull.complete"), day)
    }

    #[test]
    fn entries_that_are_kept_do_not_change() {
        let (text, changes) = rewrite(FILE, &[], &[]).expect("rewritten");
        assert_eq!(text, FILE);
        assert_eq!(changes, Changes { added: 0, dropped: 0, kept: 2 });
    }

    #[test]
    fn an_entry_is_removed_with_its_comment_and_the_head_of_the_file_stays() {
        let (text, changes) = rewrite(FILE, &["a/a"], &[]).expect("rewritten");
        assert!(
            text.starts_with("# Of the team.\n") && !text.contains("About a") && text.contains("# About b.\n[["),
            "{text}"
        );
        assert_eq!(changes, Changes { added: 0, dropped: 1, kept: 1 });
        let (text, _) = rewrite(FILE, &["a/a", "b/b"], &[]).expect("rewritten");
        assert_eq!(text.trim_end(), "# Of the team.");
        let (text, _) = rewrite(&text, &[], &[entry("c/c")]).expect("rewritten");
        assert!(text.starts_with("# Of the team.\n") && text.contains("c/c"), "{text}");
    }

    #[test]
    fn a_new_entry_can_be_read_again_and_has_placeholders_for_what_is_missing() {
        for text in [FILE, HEAD, "", "known = [{case = 'a/a', reason = 'r', owner = 'o', expires = 2026-10-01}]\n"] {
            let (text, changes) = rewrite(text, &[], &[entry("c/c"), entry("d/d")]).expect("rewritten");
            assert_eq!(changes.added, 2);
            let file = tempfile::NamedTempFile::new().expect("a file");
            std::fs::write(file.path(), &text).expect("written");
            let read =
                Baseline::read(file.path().to_owned(), Date::from_ymd_opt(2026, 12, 1).expect("a day"), Vec::new())
                    .expect("read");
            let new = read.entries.iter().find(|entry| entry.case == "c/c").expect("the new entry");
            assert_eq!(new.expires, Date::from_ymd_opt(2027, 3, 1).expect("a day"));
            assert_eq!(new.requirement.as_deref(), Some("pull.complete"));
            assert!(new.is_incomplete() && new.owner == "ops" && new.reason.starts_with("TODO"), "{text}");
        }
    }

    #[test]
    fn the_file_is_replaced_whole_and_keeps_its_mode() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let (path, link) = (folder.path().join("known.toml"), folder.path().join("link.toml"));
        std::fs::write(&path, "old").expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("a mode");
        std::os::unix::fs::symlink(&path, &link).expect("a link");
        replace(&link, "new").expect("replaced");
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "new");
        assert!(std::fs::symlink_metadata(&link).expect("a link").is_symlink());
        assert_eq!(std::fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o640);
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 2, "nothing is left beside it");
    }
}
