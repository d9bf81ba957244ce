//! Repro bundles: a folder for each broken case, with a script that repeats it without the suite.

mod bundles;
mod context;
mod ids;
mod pieces;
mod places;
mod script;
mod template;

pub use bundles::Bundles;
