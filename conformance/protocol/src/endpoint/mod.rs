//! Endpoints: method, path, body and permissions of each. `table.rs` has one row for each.

mod field;
mod filling;
mod row;
mod table;

pub use field::{Field, ValueKind};
pub use filling::Filling;
pub use row::{Access, Endpoint, Method, Permission};
pub use table::*;
