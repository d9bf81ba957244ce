//! The badge: the result in a few words, as SVG and as JSON for endpoint badges of shields.io.

use askama::Template;
use serde_json::json as object;

use super::analysis::Analysis;
use super::ladder::reached;
use syncproof_harness::exit::Exit;
use syncproof_protocol::counted::counted;
use syncproof_protocol::milestone::Milestone;

/// What stands before the result.
const LABEL: &str = "syncproof";
/// The room at both sides of a text, in pixels.
const PADDING: usize = 12;

/// The colours, as shields.io names them and as the picture has them.
const GREEN: (&str, &str) = ("brightgreen", "#2c7a3f");
const YELLOW: (&str, &str) = ("yellow", "#8a6100");
const ORANGE: (&str, &str) = ("orange", "#a8480a");
const RED: (&str, &str) = ("red", "#b3261e");
const GREY: (&str, &str) = ("lightgrey", "#6a6a6a");

#[derive(Template)]
#[template(path = "badge.svg")]
struct Picture<'a> {
    label: &'static str,
    label_width: usize,
    message: &'a str,
    message_width: usize,
    color: &'static str,
}

/// The badge as a picture.
///
/// # Errors
/// When it cannot be rendered, which would be a fault of the suite.
pub(super) fn svg(finished: &Analysis<'_>) -> Result<String, String> {
    let (message, (_, color)) = message(finished);
    let width = |text: &str| PADDING + text.chars().map(width_of).sum::<usize>() / 10;
    let (label_width, message_width) = (width(LABEL), width(&message));
    let picture = Picture { label: LABEL, label_width, message: &message, message_width, color };
    picture.render().map(|text| text + "\n").map_err(|error| error.to_string())
}

/// The width of a letter in Verdana at 11 pixels, in tenths of a pixel.
fn width_of(letter: char) -> usize {
    match letter {
        'i' | 'l' => 30,
        ' ' | ',' | '.' | 'f' | 'j' => 39,
        'r' | 't' => 45,
        'c' | 's' | 'z' => 57,
        'w' => 90,
        'm' => 107,
        _ => 68,
    }
}

/// The badge as shields.io reads it.
pub(super) fn json(finished: &Analysis<'_>) -> String {
    let (message, (color, _)) = message(finished);
    format!("{:#}\n", object!({"schemaVersion": 1, "label": LABEL, "message": message, "color": color}))
}

/// The result in a few words, with the level that is reached, and its colour.
fn message(finished: &Analysis<'_>) -> (String, (&'static str, &'static str)) {
    let summary = finished.summary();
    let (result, color) = match finished.exit() {
        Exit::Conformant if finished.passed_up_to_a_level() || finished.is_of_a_part() => {
            ("not a verdict".to_owned(), GREY)
        }
        Exit::Conformant if summary.warned > 0 => (format!("passing, {}", counted(summary.warned, "warning")), YELLOW),
        Exit::Conformant => ("passing".to_owned(), GREEN),
        Exit::NotConformant if summary.failed == 0 && summary.blocked > 0 => ("blocked".to_owned(), ORANGE),
        Exit::NotConformant => match finished.causes.len() {
            0 => ("not passing".to_owned(), RED),
            count => (counted(count, "cause"), RED),
        },
        _ => ("no verdict".to_owned(), GREY),
    };
    let level = finished.shows_levels().then(|| reached(&finished.ladder())).flatten();
    let level = level.map(|level| format!(", level {} of {}", level.number(), Milestone::LAST.number()));
    (result + level.unwrap_or_default().as_str(), color)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finished::Finished;
    use crate::test_case::CASE;
    use syncproof_harness::case::{CaseReport, Status};
    use syncproof_protocol::failure::Failure;

    fn finished(status: Status) -> Finished {
        let mut report = CaseReport::without_run(&CASE, status, String::new());
        if status == Status::Failed {
            report.failures = vec![Failure::new("pull.complete", "what is wrong", "one", "another")];
        }
        Finished { reports: vec![report], aborted: None, ..Finished::without_run(&[], "") }
    }

    #[test]
    fn it_says_the_result_and_the_level() {
        let said = |status| message(&Analysis::of(&finished(status))).0;
        assert!(said(Status::Passed).starts_with("passing, level "), "{}", said(Status::Passed));
        assert!(said(Status::Failed).starts_with("1 cause"), "{}", said(Status::Failed));
        assert!(said(Status::Blocked).starts_with("blocked"), "{}", said(Status::Blocked));
        assert!(said(Status::Skipped).starts_with("no verdict"), "{}", said(Status::Skipped));
    }

    #[test]
    fn narrow_letters_take_less_room_than_wide_ones() {
        let width = |text: &str| text.chars().map(width_of).sum::<usize>() / 10;
        assert!(width("level 7 of 7") < width("causescauses"));
        // Verdana takes 111 pixels for it: with much more or less, letters would be far apart or pressed together.
        assert!((108..=115).contains(&width("passing, level 7 of 7")), "{}", width("passing, level 7 of 7"));
    }

    #[test]
    fn the_picture_is_well_formed_and_the_json_has_what_shields_io_asks_for() {
        let run = finished(Status::Failed);
        let picture = svg(&Analysis::of(&run)).expect("a picture");
        let document = roxmltree::Document::parse(&picture).expect("well-formed");
        assert_eq!(document.root_element().tag_name().name(), "svg");
        assert!(picture.contains("syncproof: 1 cause"), "{picture}");
        let badge: serde_json::Value = serde_json::from_str(&json(&Analysis::of(&run))).expect("JSON");
        assert_eq!((&badge["schemaVersion"], &badge["label"]), (&object!(1), &object!("syncproof")));
        assert!(badge["message"].as_str().is_some_and(|message| message.starts_with("1 cause")), "{badge}");
        assert_eq!(badge["color"], "red");
    }
}
