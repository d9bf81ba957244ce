//! The owner of a record: a notification belongs to one user, everything else to all members (requirements
//! `notification.*`).

use serde_json::{Map, Value};

use super::op_error::{OpError, OpErrorCode};

const PRIVATE_TABLE: &str = "notifications";
const OWNER_FIELD: &str = "user_id";

/// The owner of what `actor` writes to this table; `None` if every member may see it.
pub(crate) fn of_write<'a>(table_name: &str, actor: &'a str) -> Option<&'a str> {
    (table_name == PRIVATE_TABLE).then_some(actor)
}

/// Whether `user` may see and replace a record of `owner`.
pub(crate) fn may_access(owner: Option<&str>, user: &str) -> bool {
    owner.is_none_or(|owner| owner == user)
}

/// Checks that a payload for this table names no owner but `actor` (requirement `notification.no-forging`).
pub(crate) fn check_payload_owner(table_name: &str, payload: &Map<String, Value>, actor: &str) -> Result<(), OpError> {
    let named = payload.get(OWNER_FIELD).and_then(Value::as_str);
    if table_name == PRIVATE_TABLE && !may_access(named, actor) { Err(belongs_to_another()) } else { Ok(()) }
}

/// The one error for a notification that belongs, or would belong, to another user: it does not reveal which of the two.
pub(crate) fn belongs_to_another() -> OpError {
    OpError { code: OpErrorCode::Unauthorized, message: "A notification belongs to another user".into() }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{check_payload_owner, may_access, of_write};
    use crate::protocol::op_error::OpErrorCode;

    fn error_of(table: &str, payload: Value) -> Option<OpErrorCode> {
        let Value::Object(payload) = payload else { panic!("no object") };
        check_payload_owner(table, &payload, "ann").err().map(|error| error.code)
    }

    #[test]
    fn notifications_belong_to_their_writer_and_other_records_to_all_members() {
        assert_eq!(of_write("notifications", "ann"), Some("ann"));
        assert_eq!(of_write("messages", "ann"), None);
        assert!(may_access(Some("ann"), "ann") && may_access(None, "ann"));
        assert!(!may_access(Some("bob"), "ann") && !may_access(Some(""), "ann"));
    }

    #[test]
    fn a_notification_may_not_name_another_user() {
        assert_eq!(error_of("notifications", json!({ "user_id": "bob" })), Some(OpErrorCode::Unauthorized));
        assert_eq!(error_of("notifications", json!({ "user_id": "Ann" })), Some(OpErrorCode::Unauthorized));
        assert_eq!(error_of("notifications", json!({ "user_id": "ann" })), None);
        assert_eq!(error_of("notifications", json!({})), None, "a deletion need not name a user");
        assert_eq!(error_of("posts", json!({ "user_id": "bob" })), None, "other tables have no owners");
    }
}
