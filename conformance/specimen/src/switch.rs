//! The switches: one for each mutant, read where the behaviour differs. The enum is made from `mutants.md`.

include!(concat!(env!("OUT_DIR"), "/switch.rs"));
