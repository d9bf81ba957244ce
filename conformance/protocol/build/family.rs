//! Turns the names of the families in `values.txt` into the enum that `src/family.rs` includes.

use std::fmt::Write as _;

/// The source of the enum `Family`, with its descriptions, names and which of them may be refused.
pub(super) fn families(file: &str) -> Result<String, String> {
    const MARK: &str = "may be refused";
    let mut families: Vec<(String, &str, bool)> = Vec::new();
    let (mut variants, mut comment) = (String::new(), Vec::new());
    for (index, line) in file.lines().enumerate() {
        if let Some(text) = line.strip_prefix('#') {
            comment.push(text.trim());
            continue;
        }
        if let Some((name, mark)) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            let is_name =
                !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            let variant = super::pascal_case(name);
            let is_new = families.iter().all(|(known, ..)| *known != variant);
            if !is_name || !is_new || comment.is_empty() || !["", MARK].contains(&mark.trim()) {
                return Err(format!(
                    "line {}: a family has a comment, a new name, and no mark but `{MARK}`",
                    index + 1
                ));
            }
            writeln!(variants, "/// {}\n{variant},", comment.join(" ")).map_err(|error| error.to_string())?;
            families.push((variant, name, mark.trim() == MARK));
        }
        comment.clear();
    }
    let all: Vec<String> = families.iter().map(|(variant, ..)| format!("Family::{variant}")).collect();
    let refusable: Vec<String> = families
        .iter()
        .filter(|(.., refusable)| *refusable)
        .map(|(variant, ..)| format!("Family::{variant}"))
        .collect();
    let names: Vec<String> =
        families.iter().map(|(variant, name, _)| format!("Family::{variant} => {name:?},")).collect();
    Ok(format!(
        "/// A family of values.\n\
         #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]\n\
         #[serde(rename_all = \"snake_case\")]\npub enum Family {{\n{variants}}}\n\
         impl Family {{\n/// Every family, in the order of the file.\npub const ALL: [Family; {}] = [{}];\n\
         /// Its name.\n#[must_use]\npub fn name(self) -> &'static str {{\nmatch self {{\n{}\n}}\n}}\n\
         /// Whether a server may refuse its texts as keys, names or stamps.\n#[must_use]\npub fn may_be_refused(self) -> bool {{\n\
         matches!(self, {})\n}}\n}}\n",
        all.len(),
        all.join(", "),
        names.join("\n"),
        refusable.join(" | "),
    ))
}
