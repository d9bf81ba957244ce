//! Sizes at edges: where servers, stores and libraries begin to do things differently.

/// One below, at and above: the pages and batches that people choose (50, 100, 500, 1000), powers of two, the bound
/// variables of a statement (SQLite's old limit is 999), and the digits of a number.
pub(crate) const EDGES: [u64; 28] = [
    1, 2, 9, 10, 11, 49, 50, 51, 63, 64, 65, 90, 91, 99, 100, 101, 127, 128, 129, 255, 256, 257, 499, 500, 501, 512,
    999, 1000,
];
