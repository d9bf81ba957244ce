//! A server for the protocol with several writers at once, on PostgreSQL: settings, start and stop.

mod http;
mod push;
mod read;
mod shape;
mod store;
mod workspaces;

use std::fs;
use std::io::{Error, ErrorKind, Write as _};
use std::path::Path;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use crate::store::{SWITCHES, Store};

/// What the file at the database path begins with; the name of the schema that holds the data follows.
const MARK: &str = "postgres-server, format 1, schema s_";
/// How long requests in flight may take to finish after SIGTERM.
const DRAIN: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> Result<(), String> {
    let setting = |name| std::env::var(name).unwrap_or_default();
    // Before anything else, so that no signal is missed.
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
    let name = setting("WRONG");
    let wrong = SWITCHES.split_whitespace().chain([""]).find(|switch| *switch == name);
    let wrong = wrong.ok_or_else(|| format!("WRONG: there is no {name:?}, only: {SWITCHES}"))?;
    let path = setting("OR3_SQLITE_DB_PATH");
    let schema = schema_at(&path).map_err(|error| format!("OR3_SQLITE_DB_PATH: {path:?} cannot be used: {error}"))?;
    let connections = setting("CONNECTIONS").parse().unwrap_or(8);
    let store = Store::open(&setting("DATABASE_URL"), &schema, connections, wrong).await;
    let store = store.map_err(|refused| format!("DATABASE_URL: PostgreSQL cannot be used: {refused:?}"))?;
    let secret = Some(setting("SYNCPROOF_JWT_SECRET")).filter(|secret| !secret.is_empty());
    let secret = secret.ok_or("SYNCPROOF_JWT_SECRET: the secret that credentials are signed with is missing")?;
    let address = format!("127.0.0.1:{}", setting("PORT").parse().unwrap_or(8787_u16));
    let listener = tokio::net::TcpListener::bind(&address).await.map_err(|error| format!("{address}: {error}"))?;
    println!("listening on http://{address}");
    let (stopping, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = axum::serve(listener, http::router(store, secret.as_bytes()));
    let serving = tokio::spawn(async { serving.with_graceful_shutdown(async { drop(stopped.await) }).await });
    terminate.recv().await;
    drop(stopping);
    // A connection on which half a request came must not hold up the stop.
    drop(tokio::time::timeout(DRAIN, serving).await);
    Ok(())
}

/// The schema that the file at the database path names. Where there is no file, makes one that names a new schema: so each
/// path has data of its own, and whoever copies or removes the file copies or removes the way to them.
fn schema_at(path: &str) -> std::io::Result<String> {
    if matches!(path, "" | ":memory:") {
        return Err(Error::other("it has to be the path of a file, which names where the data are"));
    }
    if !Path::new(path).try_exists()? {
        let (name, new) = (uuid::Uuid::new_v4().simple(), format!("{path}.{}", std::process::id()));
        let mut file = fs::File::create(&new)?;
        file.write_all(format!("{MARK}{name}\n").as_bytes()).and_then(|()| file.sync_all())?;
        // Of several processes that start at once, one makes the file, and none ever sees a part of it.
        let linked = fs::hard_link(&new, path);
        fs::remove_file(&new)?;
        linked.or_else(|error| if error.kind() == ErrorKind::AlreadyExists { Ok(()) } else { Err(error) })?;
    }
    let text = String::from_utf8(fs::read(path)?).unwrap_or_default();
    let name =
        text.strip_prefix(MARK).map(str::trim_end).filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric()));
    name.map(|name| format!("s_{name}")).ok_or(Error::other("it is of a newer version, or another program's"))
}
