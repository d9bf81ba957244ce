//! `syncproof mutants`.
use crate::exit::{Exit, Trouble};
#[derive(Debug, clap::Args)]
pub(super) struct Args {}
pub(super) async fn execute(_args: Args) -> Result<Exit, Trouble> {
    Ok(Exit::Conformant)
}
