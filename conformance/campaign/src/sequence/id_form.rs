//! The forms in which a UUID is written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

with_all! {
    /// How an op id is written, if not in small letters. A server may refuse all but those (`push.op-id-is-uuid`).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "snake_case")]
    pub enum IdForm {
        /// In capitals.
        Capitals,
        /// Every other letter a capital.
        Mixed,
        /// In braces.
        Braces,
        /// Without hyphens.
        Plain,
        /// As a URN.
        Urn,
        /// Of version 7 (RFC 9562), which is a UUID as any other.
        Seventh,
    }
}

impl IdForm {
    /// The UUID in that form. The last digits, which tell ids of one sequence apart, are the last to differ.
    #[must_use]
    pub fn of(self, uuid: &str) -> String {
        match self {
            IdForm::Capitals => uuid.to_uppercase(),
            IdForm::Mixed => {
                let letters = uuid.chars().enumerate();
                letters.map(|(place, c)| if place % 2 == 0 { c.to_ascii_uppercase() } else { c }).collect()
            }
            IdForm::Braces => format!("{{{uuid}}}"),
            IdForm::Plain => uuid.replace('-', ""),
            IdForm::Urn => format!("urn:uuid:{uuid}"),
            IdForm::Seventh => uuid.replacen("-4", "-7", 1),
        }
    }
}
