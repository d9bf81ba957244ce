//! Where mutants begin a later page of a snapshot that go on from the last item instead of from a place.

use super::switch::{Switch, Switches, deviation};
use serde_json::Value;

/// How many characters of a pk a page token holds.
const TOKEN_CHARACTERS: usize = 64;

/// The place of the first item of a page, which is `offset` but for these mutants.
pub(super) fn start(switches: Switches, items: &[Value], offset: usize) -> usize {
    let Some(last) = offset.checked_sub(1).and_then(|place| items.get(place)) else {
        return offset;
    };
    let pk = |item: &Value| item["pk"].as_str().unwrap_or_default().to_owned();
    let same_table = |item: &Value| item["tableName"] == last["tableName"];
    let skipped = |is_skipped: &dyn Fn(&&Value) -> bool| offset + items[offset..].iter().take_while(is_skipped).count();
    let cut: String = pk(last).chars().take(TOKEN_CHARACTERS).collect();
    deviation!(match switches {
        Switch::PageTokenByPk => skipped(&|item| pk(item) == pk(last)),
        Switch::PagesTieByCase =>
            skipped(&|item| same_table(item) && pk(item).to_lowercase() == pk(last).to_lowercase()),
        Switch::TokenCutsKeys =>
            items.iter().position(|item| same_table(item) && pk(item) > cut).unwrap_or(offset).min(offset),
        _ => offset,
    })
}
