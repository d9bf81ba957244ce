//! Many clients at one instant, and several processes on one store.

pub(crate) mod instances;
pub(crate) mod instances_sync;
pub(crate) mod large_batches;
pub(crate) mod pushes;
pub(crate) mod readers;
