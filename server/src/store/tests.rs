//! Tests of the store's threads: group commit, isolation of jobs, and closing.

use std::sync::mpsc;
use std::time::Duration;

use rusqlite::Connection;

use super::{Refusal, Storage, Store, StoreError};

/// Blocks the writer of a store until the returned sender is dropped, so that later jobs form one group.
fn hold(store: &Store) -> (mpsc::Sender<()>, impl Future<Output = Result<(), StoreError>>) {
    let (release, held) = mpsc::channel::<()>();
    let store = store.clone();
    let holding = async move {
        store
            .write(move |_| {
                let _ = held.recv_timeout(Duration::from_secs(60));
                Ok(())
            })
            .await
    };
    (release, holding)
}

fn insert(connection: &Connection, name: &str) -> Result<(), StoreError> {
    connection.execute("INSERT INTO workspaces (id, name, created_at) VALUES (?1, ?1, 0)", [name])?;
    Ok(())
}

async fn names(store: &Store) -> Vec<String> {
    store
        .read(|connection| {
            let mut statement = connection.prepare("SELECT name FROM workspaces ORDER BY name")?;
            let names = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            Ok(names)
        })
        .await
        .unwrap()
}

fn on_disk() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&Storage::File(folder.path().join("sync.db"))).unwrap();
    (folder, store)
}

#[tokio::test]
async fn a_job_that_fails_or_panics_leaves_the_others_of_its_group_alone() {
    let (_folder, store) = on_disk();
    let (release, holding) = hold(&store);
    let refused = store.write(|connection| {
        insert(connection, "refused")?;
        Err::<(), _>(Refusal::Forbidden.into())
    });
    let panicking = store.write(|connection| -> Result<(), StoreError> {
        insert(connection, "panicking")?;
        panic!("for the test")
    });
    let broken = store.write(|connection| {
        insert(connection, "broken")?;
        insert(connection, "broken")
    });
    let (held, first, refused, panicking, broken, last, ()) = tokio::join!(
        holding,
        store.write(|connection| insert(connection, "first")),
        refused,
        panicking,
        broken,
        store.write(|connection| insert(connection, "last")),
        async { drop(release) },
    );
    assert!(held.is_ok() && first.is_ok() && last.is_ok());
    assert!(matches!(refused, Err(StoreError::Refused(Refusal::Forbidden))));
    assert!(matches!(panicking, Err(StoreError::Panicked)));
    assert!(matches!(broken, Err(StoreError::Sqlite(_))));
    assert_eq!(names(&store).await, ["first", "last"]);
}

#[tokio::test]
async fn a_failed_commit_acknowledges_nothing_and_the_store_keeps_working() {
    let (_folder, store) = on_disk();
    let (release, holding) = hold(&store);
    // A deferred foreign key is checked at the commit, after the job itself went well.
    let dangling = store.write(|connection| {
        connection.execute("INSERT INTO users (id, active_workspace_id, created_at) VALUES ('u', 'w', 0)", [])?;
        Ok(())
    });
    let (_, innocent, dangling, ()) =
        tokio::join!(holding, store.write(|connection| insert(connection, "innocent")), dangling, async {
            drop(release)
        },);
    assert!(matches!(innocent, Err(StoreError::NotCommitted)));
    assert!(matches!(dangling, Err(StoreError::NotCommitted)));
    assert!(names(&store).await.is_empty());
    store.write(|connection| insert(connection, "next")).await.unwrap();
    assert_eq!(names(&store).await, ["next"]);
}

#[tokio::test]
async fn closing_finishes_queued_jobs_and_refuses_later_ones() {
    let (_folder, store) = on_disk();
    let (release, holding) = hold(&store);
    let closing = {
        let store = store.clone();
        async move {
            let closing = store.close();
            drop(release);
            closing.await;
        }
    };
    let (held, waiting, ()) = tokio::join!(holding, store.write(|connection| insert(connection, "waiting")), closing);
    assert!(held.is_ok() && waiting.is_ok());
    let late = store.write(|connection| insert(connection, "late")).await;
    assert!(matches!(late, Err(StoreError::Closed)));
    assert!(matches!(store.read(|_| Ok(())).await, Err(StoreError::Closed)));
    store.close().await;
}

#[tokio::test]
async fn readers_see_one_moment_and_do_not_wait_for_the_writer() {
    let (_folder, store) = on_disk();
    store.write(|connection| insert(connection, "before")).await.unwrap();
    let (release, holding) = hold(&store);
    let reading = async {
        let seen = names(&store).await;
        drop(release);
        seen
    };
    let (held, seen) = tokio::join!(holding, reading);
    assert!(held.is_ok());
    assert_eq!(seen, ["before"]);
}
