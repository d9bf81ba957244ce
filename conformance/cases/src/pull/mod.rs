//! The change log, page by page.

pub(crate) mod filter;
pub(crate) mod pages;
