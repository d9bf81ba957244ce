//! Pull: reading the change log, with and without a filter of tables.

pub(crate) mod asked_again;
pub(crate) mod filter;
pub(crate) mod large_pages;
pub(crate) mod log_shapes;
pub(crate) mod long_log;
pub(crate) mod pages;
pub(crate) mod stamps;
