//! Concurrency: batches that are so large that a server may write them in several steps, amid others' small ones.

use crate::concurrent::pushes::versions_of_batch;
use crate::prelude::*;

const ATOMIC: &str = "concurrent.batches-atomic";

cases! {
    /// Batches of 101 to 1000 ops are pushed while others push single ops without a pause: their versions are adjacent.
    "concurrent/large-batches-among-small-ones" checks [ATOMIC, "concurrent.versions-unique"] by among_small_ones;
}

async fn among_small_ones(context: Context) -> Checked {
    const SMALL: usize = 24;
    let (anna, mut home) = Journal::with_user(&context, ATOMIC).await?;
    for size in [101, 257, 501, 1000] {
        let put = |writer: usize, number: usize| anna.put("kv", &format!("{size}-{writer}-{number}"));
        let large: Vec<Op> = (0..size).map(|number| put(0, number)).collect();
        let mut work = vec![vec![large]];
        work.extend((1..5).map(|writer| (0..SMALL).map(|number| vec![put(writer, number)]).collect()));
        let mut pushes = Vec::new();
        for batches in work {
            let user = anna.on_new_connections()?;
            user.session(ATOMIC).await.in_setup()?;
            pushes.push(async move {
                let mut pushed = Vec::new();
                for batch in batches {
                    let answer = user.push(&user.home, &batch).await?;
                    // A server may refuse a large one (`push.large-batch`), and has then changed nothing.
                    if batch.len() == 1 || !answer.is(&[400, 413]) {
                        pushed.extend(versions_of_batch(&answer, batch)?);
                    }
                }
                Checked::Ok(pushed)
            });
        }
        let pushed = at_once(pushes).await?.into_iter().collect::<Checked<Vec<_>>>()?;
        home.acknowledge(pushed.concat()).await?;
    }
    home.holds().await
}
