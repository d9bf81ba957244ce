//! What the protocol says about one endpoint: how it is asked, what its body holds, who may. `table.rs` has a row for each.

mod field;
mod filling;
mod row;
mod table;

pub use field::{Field, ValueKind};
pub use filling::Filling;
pub use row::{Access, Endpoint, Method, Permission};
pub use table::*;
