//! The table of endpoints (section 2 of the requirements), one row for each. Loops over endpoints read it, so that a new
//! endpoint is one new row.

use super::field::{Field, ValueKind};
use super::row::Permission::{self, No, Open, Yes};
use super::row::{Endpoint, Method};
use crate::capability::Capability::{self, Gc, Members, Snapshot};

/// Makes a constant of each row, and the list of all.
macro_rules! endpoints {
    ($($(#[$doc:meta])* $row:ident = $endpoint:expr;)+) => {
        $($(#[$doc])* pub const $row: Endpoint = $endpoint;)+

        /// Every endpoint. The one that deletes a workspace is last, so that loops over all of them call it last.
        pub const ENDPOINTS: &[&Endpoint] = &[$(&$row),+];
    };
}

const READERS: [Permission; 3] = [Yes, Yes, Yes];
const WRITERS: [Permission; 3] = [Yes, Yes, No];
const OWNERS: [Permission; 3] = [Yes, No, No];

const COUNT: ValueKind = ValueKind::Count { min: 0 };
const NAMING: &[Field] =
    &[Field::required("/name", ValueKind::Text), Field::optional("/description", ValueKind::TextOrNull)];
const ROLE: Field = Field::required("/role", ValueKind::Text);
const RETENTION: &[Field] = &[Field::required("/retentionSeconds", ValueKind::Count { min: 1 })];
const TABLES: Field = Field::optional("/tables", ValueKind::Tables);

endpoints! {
    /// The user and their active workspace.
    SESSION = Endpoint::new("session", Method::Get, "/api/auth/session", "session.stable").anybody();
    /// The workspaces of a user.
    LIST_WORKSPACES = Endpoint::new("list workspaces", Method::Get, "/api/workspaces", "workspace.list-order");
    /// A new workspace.
    CREATE_WORKSPACE = Endpoint::new("create workspace", Method::Post, "/api/workspaces", "workspace.create-makes-owner")
        .body(r#"{"name": "made"}"#, NAMING);
    /// Another name for a workspace.
    RENAME_WORKSPACE = Endpoint::new("rename workspace", Method::Patch, "/api/workspaces/{id}", "workspace.rename")
        .members(WRITERS, "workspace.rename")
        .body(r#"{"name": "renamed"}"#, NAMING);
    /// Another active workspace.
    ACTIVATE = Endpoint::new("activate workspace", Method::Post, "/api/workspaces/active", "workspace.activate-switches-session")
        .members(READERS, "workspace.activate-switches-session")
        .body(r#"{"id": "{id}"}"#, &[Field::required("/id", ValueKind::Id)]);
    /// Ops for a workspace.
    PUSH = Endpoint::new("push", Method::Post, "/api/sync/push", "push.all-tables")
        .members(WRITERS, "member.roles")
        .body(r#"{"ops": "{ops}"}"#, &[Field::required("/ops", ValueKind::List)]);
    /// What changed after a cursor.
    PULL = Endpoint::new("pull", Method::Post, "/api/sync/pull", "pull.complete")
        .members(READERS, "member.roles")
        .body(
            r#"{"cursor": 0, "limit": 10}"#,
            &[Field::required("/cursor", COUNT), Field::required("/limit", ValueKind::PageSize), TABLES],
        );
    /// How far a device has read.
    UPDATE_CURSOR = Endpoint::new("update-cursor", Method::Post, "/api/sync/update-cursor", "cursor.forward-only")
        .members(READERS, "member.roles")
        .body(
            r#"{"deviceId": "device", "version": 0}"#,
            &[Field::required("/deviceId", ValueKind::Text), Field::required("/version", COUNT)],
        );
    /// A page of what a workspace holds.
    SNAPSHOT = Endpoint::new("snapshot", Method::Post, "/api/sync/snapshot", "snapshot.complete")
        .needs(Snapshot)
        .members(READERS, "member.roles")
        .body(
            r#"{"pageSize": 10}"#,
            &[
                Field::required("/pageSize", ValueKind::PageSize),
                Field::optional("/pageToken", ValueKind::PageToken),
                TABLES,
            ],
        );
    /// The end of old entries of the change log.
    GC_CHANGE_LOG = Endpoint::new("gc-change-log", Method::Post, "/api/sync/gc-change-log", "gc.collects")
        .needs(Gc)
        .members([Yes, Open, No], "member.roles")
        .body(r#"{"retentionSeconds": 86400}"#, RETENTION);
    /// The end of old tombstones.
    GC_TOMBSTONES = Endpoint::new("gc-tombstones", Method::Post, "/api/sync/gc-tombstones", "gc.collects")
        .needs(Gc)
        .members([Yes, Open, No], "member.roles")
        .body(r#"{"retentionSeconds": 86400}"#, RETENTION);
    /// The members of a workspace.
    LIST_MEMBERS = Endpoint::new("list members", Method::Get, "/api/workspaces/{id}/members", "member.owner-manages")
        .needs(Members)
        .members([Yes, Open, Open], "member.owner-manages");
    /// A new member.
    ADD_MEMBER = Endpoint::new("add member", Method::Post, "/api/workspaces/{id}/members", "member.owner-manages")
        .needs(Members)
        .members(OWNERS, "member.owner-manages")
        .body(r#"{"userId": "{newcomer}", "role": "{role}"}"#, &[Field::required("/userId", ValueKind::Id), ROLE]);
    /// Another role for a member.
    CHANGE_MEMBER = Endpoint::new("change member", Method::Patch, "/api/workspaces/{id}/members/{userId}", "member.owner-manages")
        .needs(Members)
        .members(OWNERS, "member.owner-manages")
        .body(r#"{"role": "{role}"}"#, &[ROLE]);
    /// The end of a membership.
    REMOVE_MEMBER = Endpoint::new("remove member", Method::Delete, "/api/workspaces/{id}/members/{userId}", "member.owner-manages")
        .needs(Members)
        .members(OWNERS, "member.owner-manages");
    /// The end of a workspace.
    DELETE_WORKSPACE = Endpoint::new("delete workspace", Method::Delete, "/api/workspaces/{id}", "workspace.delete-owner-only")
        .members(OWNERS, "workspace.delete-owner-only");
}

/// The endpoints of a target that has these capabilities.
pub fn offered(has: impl Fn(Capability) -> bool) -> impl Iterator<Item = &'static Endpoint> {
    ENDPOINTS.iter().copied().filter(move |endpoint| endpoint.capability.is_none_or(&has))
}

/// The endpoint that a request calls, by its method and its path without a query.
#[must_use]
pub fn find(method: &str, path: &str) -> Option<&'static Endpoint> {
    ENDPOINTS.iter().copied().find(|endpoint| endpoint.method.name() == method && endpoint.matches(path))
}

/// The methods of a path; none where there is no such path.
#[must_use]
pub fn methods_of(path: &str) -> Vec<Method> {
    ENDPOINTS.iter().filter(|endpoint| endpoint.matches(path)).map(|endpoint| endpoint.method).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::Filling;
    use crate::requirement;
    use crate::wire::Id;

    #[test]
    fn bodies_are_in_order() {
        let id = Id::text("id");
        for endpoint in ENDPOINTS {
            let body = endpoint.filled_body(&Filling::of(&id, &id)).unwrap_or_default();
            for field in endpoint.fields() {
                let value = body.pointer(field.pointer);
                assert_eq!(value.is_some(), field.is_required, "{} {}", endpoint.name, field.pointer);
                assert!(!value.is_some_and(|value| field.kind.refuses(value)), "{} {}", endpoint.name, field.pointer);
                let leaves_open = matches!(field.kind, ValueKind::PageToken | ValueKind::Unused);
                for wrong in field.kind.wrong_values() {
                    assert_eq!(field.kind.refuses(&wrong), !leaves_open, "{wrong} in {}", field.pointer);
                }
            }
            assert_eq!(body.is_object(), endpoint.has_body(), "{}", endpoint.name);
            assert!(!body.to_string().contains("\"{"), "{}: a place of its body is not filled", endpoint.name);
            for status in [401, 403, 400] {
                let requirement = endpoint.broken_by_refusal(Some(status));
                assert!(requirement::find(requirement).is_some(), "{requirement}");
            }
        }
        assert_eq!(ENDPOINTS.last().map(|endpoint| endpoint.name), Some(DELETE_WORKSPACE.name));
    }

    /// The names of a body's fields, as the page of requirements writes them: `{name, description?}`.
    fn named_on_page(request: &str) -> Vec<String> {
        let mut depth = 0;
        let outer: String = request
            .chars()
            .filter(|character| {
                depth += i32::from(*character == '{') - i32::from(*character == '}');
                depth == 1 && *character != '{' && *character != '}' && *character != '`'
            })
            .collect();
        let is_part = |character: char| character.is_alphanumeric() || character == '?';
        outer.split(',').filter_map(|field| field.trim().split(|end| !is_part(end)).next().map(str::to_owned)).collect()
    }

    #[test]
    fn the_page_of_requirements_has_the_same_rows() {
        let page = include_str!("../../../../planning/requirements.md");
        let section = page.split("## 2.").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap_or_default();
        let rows = section
            .lines()
            .filter(|line| ["| `GET", "| `POST", "| `PATCH", "| `DELETE"].iter().any(|m| line.starts_with(m)));
        let mut on_page: Vec<String> = rows
            .map(|row| {
                let cells: Vec<&str> = row.split('|').map(str::trim).collect();
                let mut fields = named_on_page(cells[2]);
                fields.retain(|name| !name.is_empty());
                format!("{} {}", cells[1].replace('`', ""), fields.join(","))
            })
            .collect();
        let mut here: Vec<String> = ENDPOINTS
            .iter()
            .map(|endpoint| {
                let capability =
                    endpoint.capability.map_or(String::new(), |needed| format!(" [cap: {}]", needed.name()));
                let top = endpoint.fields().filter(|field| field.pointer.matches('/').count() == 1);
                let fields =
                    top.map(|field| format!("{}{}", &field.pointer[1..], if field.is_required { "" } else { "?" }));
                let fields = fields.collect::<Vec<_>>().join(",");
                format!("{} {}{capability} {fields}", endpoint.method.name(), endpoint.path)
            })
            .collect();
        on_page.sort();
        here.sort();
        assert_eq!(here, on_page);
    }
}
