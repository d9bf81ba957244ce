//! What a loss of power may leave: which changes are on the disk for sure, and which of the others by chance.

mod draw;
mod durable;
mod left;
mod model;
mod ordered;
mod part;
mod posix;
mod survivors;

pub use draw::Draw;
pub use left::left;
pub use model::Model;
pub use part::Part;
pub(crate) use part::SECTOR;
pub use survivors::Survivors;
