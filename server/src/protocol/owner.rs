//! Whose a record is: a notification belongs to one user, everything else to every member (requirements
//! `notification.*`).

use serde_json::{Map, Value};

use super::op_error::{OpError, OpErrorCode};

const PRIVATE_TABLE: &str = "notifications";
const OWNER_FIELD: &str = "user_id";

/// Who alone gets to see what `actor` writes to that table; nobody in particular for what every member sees.
pub(crate) fn of_write<'a>(table_name: &str, actor: &'a str) -> Option<&'a str> {
    (table_name == PRIVATE_TABLE).then_some(actor)
}

/// May `user` see and replace what belongs to `owner`?
pub(crate) fn admits(owner: Option<&str>, user: &str) -> bool {
    owner.is_none_or(|owner| owner == user)
}

/// Checks that a payload for that table names nobody but `actor` (requirement `notification.no-forging`).
pub(crate) fn check_named(table_name: &str, payload: &Map<String, Value>, actor: &str) -> Result<(), OpError> {
    let named = payload.get(OWNER_FIELD).and_then(Value::as_str);
    if table_name == PRIVATE_TABLE && !admits(named, actor) { Err(not_theirs()) } else { Ok(()) }
}

/// The one answer for a notification that is, or would be, another's: it says nothing about what is there.
pub(crate) fn not_theirs() -> OpError {
    OpError { code: OpErrorCode::Unauthorized, message: "A notification belongs to another user".into() }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{admits, check_named, of_write};
    use crate::protocol::op_error::OpErrorCode;

    fn named(table: &str, payload: Value) -> Option<OpErrorCode> {
        let Value::Object(payload) = payload else { panic!("no object") };
        check_named(table, &payload, "ann").err().map(|fault| fault.code)
    }

    #[test]
    fn notifications_belong_to_who_writes_them_and_everything_else_to_all() {
        assert_eq!(of_write("notifications", "ann"), Some("ann"));
        assert_eq!(of_write("messages", "ann"), None);
        assert!(admits(Some("ann"), "ann") && admits(None, "ann"));
        assert!(!admits(Some("bob"), "ann") && !admits(Some(""), "ann"));
    }

    #[test]
    fn a_notification_names_nobody_else() {
        assert_eq!(named("notifications", json!({ "user_id": "bob" })), Some(OpErrorCode::Unauthorized));
        assert_eq!(named("notifications", json!({ "user_id": "Ann" })), Some(OpErrorCode::Unauthorized));
        assert_eq!(named("notifications", json!({ "user_id": "ann" })), None);
        assert_eq!(named("notifications", json!({})), None, "a deletion need not name anyone");
        assert_eq!(named("posts", json!({ "user_id": "bob" })), None, "other tables have no owners");
    }
}
