//! Texts of clients as mutants change them: on their way in, on their way out to one reader, and where they are compared.

use super::payload::{composed, unquoted};
use super::switch::{Switch, Switches, deviations};
use serde_json::{Value, json};
use std::sync::Arc;
use syncproof_model::{Op, Operation, Profile};

/// Where columns of text often end.
const COLUMN: usize = 255;

/// An op as mutants read it.
pub(super) fn taken(switches: Switches, op: &mut Op) {
    let is_marked = |op: &Op| op.payload.as_ref().is_some_and(|payload| payload.get("_deleted") == Some(&json!(true)));
    let end_at_nul = |text: &mut String| text.truncate(text.find('\0').unwrap_or(text.len()));
    deviations!(match switches {
        Switch::OpIdsLoweredEverywhere => op.stamp.op_id.make_ascii_lowercase(),
        Switch::DeletedMarkerDeletes if is_marked(op) => (op.operation, op.payload) = (Operation::Delete, None),
        Switch::HlcCut => op.stamp.hlc = op.stamp.hlc.chars().take(COLUMN).collect(),
        Switch::HlcCutByBytes => op.stamp.hlc = within_bytes(&op.stamp.hlc),
        Switch::StampDevicesCut => op.stamp.device_id = within_bytes(&op.stamp.device_id),
        Switch::StampDevicesLowered => op.stamp.device_id = op.stamp.device_id.to_lowercase(),
        Switch::StampsTrimmed => {
            for text in [&mut op.stamp.hlc, &mut op.stamp.device_id] {
                *text = text.trim().to_owned();
            }
        }
        Switch::StampsComposed => {
            for text in [&mut op.stamp.hlc, &mut op.stamp.device_id] {
                *text = composed(text);
            }
        }
        Switch::StampsEndAtNul => {
            end_at_nul(&mut op.stamp.hlc);
            end_at_nul(&mut op.stamp.device_id);
        }
        Switch::TextsEndAtNul => {
            if let Some(payload) = &mut op.payload {
                in_texts(Arc::make_mut(payload), &end_at_nul);
            }
        }
        _ => {}
    });
}

/// Changes every text of the value. The parser bounds the recursion.
fn in_texts(value: &mut Value, change: &impl Fn(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(items) => items.iter_mut().for_each(|item| in_texts(item, change)),
        Value::Object(fields) => fields.values_mut().for_each(|value| in_texts(value, change)),
        _ => {}
    }
}

/// As many whole characters as a column of bytes holds.
fn within_bytes(text: &str) -> String {
    text[..text.floor_char_boundary(COLUMN)].to_owned()
}

/// Puts the text at that place in small letters, if there is one.
fn lower(value: &mut Value, place: &str) {
    if let Some(Value::String(text)) = value.pointer_mut(place) {
        text.make_ascii_lowercase();
    }
}

/// The results of a push as mutants tell them.
pub(super) fn told(switches: Switches, results: &mut [Value]) {
    deviations!(match switches {
        Switch::OpIdsLoweredInFailures => {
            let failed = results.iter_mut().filter(|result| result["success"] == json!(false));
            failed.for_each(|result| lower(result, "/opId"));
        }
        Switch::OpIdsLoweredInReplays => {
            let replayed = results.iter_mut().filter(|result| result["replayed"] == json!(true));
            replayed.for_each(|result| lower(result, "/opId"));
        }
        Switch::OpIdsLoweredInWinners => results.iter_mut().for_each(|result| lower(result, "/winner/opId")),
        _ => {}
    });
}

/// The changes of a pull as mutants show them.
pub(super) fn pulled(switches: Switches, changes: &mut [Value], cursor: u64, has_filter: bool) {
    let each = |changes: &mut [Value], place: &str| changes.iter_mut().for_each(|change| lower(change, place));
    deviations!(match switches {
        Switch::OpIdsLoweredInPulls => each(changes, "/stamp/opId"),
        Switch::OpIdsLoweredOnLaterPages if cursor > 0 => each(changes, "/stamp/opId"),
        Switch::StampsLoweredWithFilter if has_filter => {
            each(changes, "/stamp/hlc");
            each(changes, "/stamp/deviceId");
        }
        _ => {}
    });
}

/// The items of a page of a snapshot as mutants show them.
pub(super) fn snapshotted(switches: Switches, items: &mut [Value], is_first: bool) {
    deviations!(match switches {
        Switch::OpIdsLoweredInSnapshots => items.iter_mut().for_each(|item| lower(item, "/revision/opId")),
        Switch::OpIdsLoweredInTombstones => {
            let tombstones = items.iter_mut().filter(|item| item["kind"] == json!("tombstone"));
            tombstones.for_each(|item| lower(item, "/revision/opId"));
        }
        Switch::HlcLoweredInLaterSnapshots if !is_first => {
            items.iter_mut().for_each(|item| lower(item, "/revision/hlc"));
        }
        Switch::SnapshotKeysTrimmed => {
            for item in items {
                let pk = item["pk"].as_str().unwrap_or_default().trim_end().to_owned();
                item["pk"] = json!(pk);
            }
        }
        _ => {}
    });
}

/// A key as mutants compare it.
pub(super) fn key(switches: Switches, pk: &mut String) {
    const INVISIBLE: [char; 5] = ['\u{200b}', '\u{200d}', '\u{2060}', '\u{feff}', '\u{ad}'];
    deviations!(match switches {
        Switch::PkBracesDropped => {
            let inner = pk.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            *pk = inner.filter(|inner| inner.len() == 36).map_or_else(|| pk.clone(), str::to_owned);
        }
        Switch::PkUuidsAlike => {
            if let Ok(id) = uuid::Uuid::try_parse(pk) {
                *pk = id.to_string();
            }
        }
        Switch::PkNumbersAlike => {
            if let Some(number) = pk.parse::<f64>().ok().filter(|number| number.is_finite()) {
                *pk = number.to_string();
            }
        }
        Switch::PkCut => *pk = pk.chars().take(COLUMN).collect(),
        Switch::PkCutByBytes => *pk = within_bytes(pk),
        Switch::PkPaddingDropped => *pk = pk.trim_end_matches('=').to_owned(),
        Switch::PkInvisibleDropped => pk.retain(|c| !INVISIBLE.contains(&c)),
        Switch::PkPathsCleaned => *pk = pk.replace("//", "/").replace("/./", "/"),
        Switch::PkFormDecoded => *pk = unquoted(&pk.replace('+', " ")),
        Switch::PkBlanksFolded => *pk = pk.split_whitespace().collect::<Vec<_>>().join(" "),
        _ => {}
    });
}

/// An hlc as mutants compare it: what stands for it in the order.
pub(super) fn hlc(switch: Switch, text: &str) -> String {
    match switch {
        // In the order of numbers, which is that of these texts.
        Switch::HlcAsNumber => text.parse::<u64>().map_or_else(|_| text.to_owned(), |number| format!("{number:020}")),
        Switch::HlcNormalFormsAlike => composed(text),
        Switch::HlcComparedTo255 => text.chars().take(COLUMN).collect(),
        Switch::HlcBlanksFolded => text.split_whitespace().collect::<Vec<_>>().join(" "),
        _ => text.to_owned(),
    }
}

/// The mutants that compare hlcs so.
pub(super) const OF_HLC: &[Switch] =
    &[Switch::HlcAsNumber, Switch::HlcNormalFormsAlike, Switch::HlcComparedTo255, Switch::HlcBlanksFolded];

/// The name or description of a workspace as mutants keep it.
pub(super) fn label(switches: Switches, text: &mut String) {
    deviations!(match switches {
        Switch::NamesComposed => *text = composed(text),
        Switch::NamesBlanksFolded => *text = text.split_whitespace().collect::<Vec<_>>().join(" "),
        Switch::NamesAstralReplaced => {
            *text = text.chars().map(|c| if c > '\u{ffff}' { '\u{fffd}' } else { c }).collect();
        }
        _ => {}
    });
}

/// The description of a workspace as mutants keep it.
pub(super) fn description(switches: Switches, text: &mut String) {
    deviations!(match switches {
        Switch::DescriptionLineEndsFolded => *text = text.replace("\r\n", "\n").replace('\r', "\n"),
        Switch::DescriptionEscaped => *text = text.replace('&', "&amp;").replace('<', "&lt;"),
        _ => {}
    });
}

/// The e-mail address and the name of a user as mutants show them.
pub(super) fn profile(switches: Switches, profile: &Profile) -> [Option<String>; 2] {
    let (mut email, mut name) = (profile.email.clone(), profile.display_name.clone());
    let untagged = |email: &String| {
        let (local, host) = email.split_once('@')?;
        Some(format!("{}@{host}", local.split_once('+')?.0))
    };
    deviations!(match switches {
        Switch::EmailLowered => email = email.map(|email| email.to_lowercase()),
        Switch::EmailTagDropped => email = email.map(|email| untagged(&email).unwrap_or(email)),
        Switch::DisplayNameComposed => name = name.map(|name| composed(&name)),
        _ => {}
    });
    [email, name]
}

/// The id of a cursor's device as mutants keep it.
pub(super) fn device(switches: Switches, id: &mut String) {
    deviations!(match switches {
        Switch::CursorDevicesComposed => *id = composed(id),
        Switch::CursorDevicesWithoutInvisible => id.retain(|c| c != '\u{200b}' && c != '\u{feff}'),
        Switch::CursorDevicesUnquoted => *id = unquoted(&id.replace('+', " ")),
        _ => {}
    });
}

/// A name of a table filter as mutants read it.
pub(super) fn table(switches: Switches, name: &mut String) {
    deviations!(match switches {
        Switch::FilterPlusIsBlank => *name = name.replace('+', " ").trim().to_owned(),
        Switch::FilterUnquoted => *name = unquoted(name),
        Switch::FilterEndsAtNul => name.truncate(name.find('\0').unwrap_or(name.len())),
        Switch::FilterIsPattern => {
            let start = name.strip_suffix(['%', '*']).unwrap_or(name).to_owned();
            if let Some(table) = syncproof_protocol::table::TABLES.iter().find(|table| table.name.starts_with(&start)) {
                *name = table.name.to_owned();
            }
        }
        _ => {}
    });
}
