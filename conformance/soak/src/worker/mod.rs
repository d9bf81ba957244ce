//! What clients do in a round, one file for each kind. Each goes on until the round settles.

mod collector;
mod device;
mod manager;
mod newcomer;
mod owner;
mod quitter;
mod reader;
mod writer;

pub(crate) use collector::{collect, collect_rested, follow_and_tell, register};
pub(crate) use device::come_and_go;
pub(crate) use manager::manage;
pub(crate) use newcomer::log_in_at_once;
pub(crate) use owner::own_together;
pub(crate) use quitter::quit;
pub(crate) use reader::{follow, look, snapshot};
pub(crate) use writer::write;
