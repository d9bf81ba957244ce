//! Combinations: faults that show only where two things meet, such as a filter and a page size after a collection.
//!
//! A row gives each of the things that vary a level; a covering array is a list of rows in which every pair of levels
//! stands in some row. Each row is a sequence, performed and judged as those of the generator are.

mod array;
mod case;
mod level;
mod row;

pub use case::cases;
