//! `syncproof list`.

use serde_json::json;

use super::{Format, say};
use crate::cases;
use crate::exit::{Exit, Trouble};
use crate::selection::select;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// List only cases whose id, or one of whose requirements, matches this glob; may be given more than once
    #[arg(long, value_name = "GLOB")]
    filter: Vec<String>,
    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

pub(super) fn execute(args: &Args) -> Result<Exit, Trouble> {
    let cases = select(cases::all(), &args.filter)?;
    match args.format {
        Format::Human => {
            for case in &cases {
                say(&format!("{:6} {}\n       {}\n", case.level(), case.id, case.requirements.join(", ")));
            }
            say(&format!("{} cases\n", cases.len()));
        }
        Format::Json => {
            let entries: Vec<_> = cases
                .iter()
                .map(|case| {
                    json!({
                        "id": case.id,
                        "requirements": case.requirements,
                        "level": case.level(),
                        "needs": case.needs,
                        "summary": case.summary,
                    })
                })
                .collect();
            say(&format!("{:#}\n", json!({"cases": entries})));
        }
    }
    Ok(Exit::Conformant)
}
