//! Every switch is thrown somewhere: each mutant answers the script otherwise than the unmutated specimen.

use super::script::record;
use super::{Mutant, mutants};
use futures_util::{StreamExt, stream};

/// How often a mutant may try: one that races shows only when the race comes about.
const TRIES: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_mutant_shows_at_the_endpoints() {
    let expected = record(None).await;
    assert_eq!(record(None).await, expected, "the script itself is not stable");
    let verdicts = stream::iter(mutants()).map(|mutant| shows(mutant, &expected));
    let hidden: Vec<_> = verdicts.buffer_unordered(4).filter_map(|id| async move { id }).collect().await;
    assert!(hidden.is_empty(), "no request shows {hidden:?}");
}

/// The mutant's id, if the script does not show it.
async fn shows(mutant: &Mutant, expected: &[String]) -> Option<&'static str> {
    for _ in 0..TRIES {
        if record(Some(mutant)).await != expected {
            return None;
        }
    }
    Some(mutant.id)
}
