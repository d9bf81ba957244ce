//! Start-up: which settings a server accepts, and which it refuses.

use std::collections::BTreeSet;
use std::path::Path;

use crate::prelude::*;
use crate::support::server_fixture::{ServerFixture, does_not_serve, output_names};
use syncproof_harness::targets::{ExitedProcess, StartError, StartOptions, Storage};

const NEEDS_PATH: &str = "startup.needs-a-path";
const MEMORY: &str = "startup.memory-is-explicit";
const STRICT: &str = "startup.strict-forbids-memory";
const BAD_PATH: &str = "startup.bad-path";

/// A server need not have in-memory storage. Whether it stays without is not asked for.
const NO_MEMORY: &str =
    "the server has no in-memory storage: it asks for a database path even with the switch for that storage";

cases! {
    /// Starts the server without a database path: it has to refuse, and to name the setting.
    "startup/needs-a-path" checks [NEEDS_PATH] needs [Launch] by needs_a_path;
    /// Starts the server with an empty path and with `:memory:`, without the switch: it has to refuse.
    "startup/empty-path-is-no-path" checks [NEEDS_PATH, MEMORY] needs [Launch] by empty_path;
    /// Starts the server with the switch for in-memory storage: it serves and says so, or has no such storage.
    "startup/memory-is-explicit-and-warned-of" checks [MEMORY] needs [Launch] by memory_is_explicit;
    /// Starts the server in strict mode with the switch for in-memory storage: it has to refuse.
    "startup/strict-forbids-memory" checks [STRICT] needs [Launch] by strict;
    /// Starts the server in strict mode with a file: it serves, and what is pushed is in the file.
    "startup/strict-takes-a-file" checks [STRICT] needs [Launch] by strict_with_file;
    /// Starts the server with paths that cannot be opened: a folder, below a file, in a folder that takes none, in no folder.
    "startup/bad-path" checks [BAD_PATH] needs [Launch] by bad_path;
    /// Starts the server on files that are no database: refused, and left byte for byte as they were.
    "startup/foreign-file" checks [BAD_PATH] needs [Launch] by foreign_file;
}

async fn needs_a_path(context: Context) -> Checked {
    let fixture = ServerFixture::new(&context)?;
    for strict in [false, true] {
        let launch = StartOptions { strict, ..StartOptions::without_path() };
        let output = fixture.refuses(&launch, NEEDS_PATH, "without a database path").await?;
        let setting = fixture.launcher.settings.database.as_str();
        output_names(
            &output,
            &[setting],
            NEEDS_PATH,
            "the output of a server that refuses to start without a database path does not name the setting",
        )?;
    }
    Ok(())
}

async fn empty_path(context: Context) -> Checked {
    let fixture = ServerFixture::new(&context)?;
    let launch = StartOptions::with_file(Path::new(""));
    fixture.refuses(&launch, NEEDS_PATH, "with an empty database path").await?;
    let launch = StartOptions::with_file(Path::new(":memory:"));
    fixture.refuses(&launch, MEMORY, "with the path `:memory:` and no switch").await.map(drop)
}

async fn memory_is_explicit(context: Context) -> Checked {
    let fixture = ServerFixture::new(&context)?;
    let launch = StartOptions { allow_in_memory: true, ..StartOptions::without_path() };
    let (base, process) = match fixture.launcher.start(&launch).await {
        Ok(started) => started,
        Err(reason) if still_needs_a_path(&reason, &fixture.launcher.settings.database) => {
            return Err(Stop::Skipped(NO_MEMORY.to_owned()));
        }
        Err(reason) => return Err(does_not_serve(MEMORY, "with the switch for in-memory storage", &reason)),
    };
    let anna = context.user_at("anna", &base).await?;
    anna.push_ok(&anna.home, &[anna.put("threads", "pk")], MEMORY).await?;
    let in_memory = process.stop().await.output;
    let launch = StartOptions::with_file(&fixture.path("file.sqlite"));
    let (_, process) = fixture.serves(&launch, MEMORY, "with a file").await?;
    let with_file = process.stop().await.output;
    // A line that always appears is no warning.
    let warned = lines_of_loss(&in_memory).difference(&lines_of_loss(&with_file)).count() > 0;
    if warned {
        return Ok(());
    }
    let message = "a server that keeps all data in memory does not say so, or says the same with a file";
    Err(Failure::new(MEMORY, message, "a line of its own that names memory or loss", in_memory.trim().to_owned())
        .into())
}

/// The lines of an output that speak of memory or of losing data, without numbers, which differ from start to start.
fn lines_of_loss(output: &str) -> BTreeSet<String> {
    const WORDS: [&str; 8] = ["memory", "lost", "lose", "loss", "persist", "volatile", "ephemeral", "discard"];
    let lines = output.lines().map(str::to_lowercase);
    let of_loss = lines.filter(|line| WORDS.iter().any(|word| line.contains(word)));
    of_loss.map(|line| line.replace(|letter: char| letter.is_ascii_digit(), "")).collect()
}

/// Whether the server refused to start because it has no database path, which it names.
fn still_needs_a_path(reason: &StartError, setting: &str) -> bool {
    let StartError::ExitedProcess(ExitedProcess { status: Some(status), output, .. }) = reason else { return false };
    !status.success() && output.to_lowercase().contains(&setting.to_lowercase())
}

async fn strict(context: Context) -> Checked {
    let fixture = ServerFixture::new(&context)?;
    for storage in [Storage::Unset, Storage::File(":memory:".into())] {
        let launch = StartOptions { storage, allow_in_memory: true, strict: true, ..StartOptions::without_path() };
        fixture.refuses(&launch, STRICT, "in strict mode with the switch for in-memory storage").await?;
    }
    Ok(())
}

async fn strict_with_file(context: Context) -> Checked {
    let fixture = ServerFixture::new(&context)?;
    let path = fixture.path("strict.sqlite");
    let launch = StartOptions { strict: true, ..StartOptions::with_file(&path) };
    let (base, process) = fixture.serves(&launch, STRICT, "in strict mode with a file").await?;
    let anna = context.user_at("anna", &base).await?;
    anna.push_ok(&anna.home, &[anna.put("threads", "pk")], STRICT).await?;
    process.stop().await;
    let size = std::fs::metadata(&path).map_or(0, |data| data.len());
    if size == 0 {
        let message = "after a push, the database file is missing or empty";
        return Err(Failure::new(
            STRICT,
            message,
            "a database with what was pushed",
            format!("a file of {size} bytes"),
        )
        .into());
    }
    Ok(())
}

fn cannot_prepare(error: &std::io::Error) -> Stop {
    Stop::Skipped(format!("a file for the case cannot be written: {error}"))
}

async fn bad_path(context: Context) -> Checked {
    let fixture = ServerFixture::new(&context)?;
    std::fs::write(fixture.path("file"), "a file").map_err(|error| cannot_prepare(&error))?;
    std::fs::create_dir(fixture.path("folder")).map_err(|error| cannot_prepare(&error))?;
    let mut paths = vec![
        ("a folder as its database", fixture.path("folder")),
        ("a database below a file", fixture.path("file/below.sqlite")),
    ];
    // Linux's folder of processes takes no files, not even those of root.
    if Path::new("/proc/self").is_dir() {
        paths.push(("a database in a folder that takes no files", Path::new("/proc").join("syncproof.sqlite")));
    }
    for (what, path) in paths {
        fixture.refuses_with_error(&StartOptions::with_file(&path), BAD_PATH, &format!("with {what}")).await?;
    }
    let text = std::fs::read(fixture.path("file")).unwrap_or_default();
    if text != b"a file" {
        let message = "the server changed a file that is in place of a folder of its path";
        return Err(
            Failure::new(BAD_PATH, message, "its text as before: a file", String::from_utf8_lossy(&text)).into()
        );
    }
    // The server may create a missing folder. If not, it has to exit with an error.
    match fixture.launcher.start(&StartOptions::with_file(&fixture.path("no/such/folder.sqlite"))).await {
        Ok((_, process)) => drop(process.stop().await),
        Err(StartError::ExitedProcess(ExitedProcess { status: Some(status), .. })) if !status.success() => {}
        Err(other) => {
            let message = "with a path in a missing folder, the server neither serves nor exits with an error";
            let expected = "an exit with a status that is not 0, or a server that answers";
            return Err(Failure::new(BAD_PATH, message, expected, other.to_string()).into());
        }
    }
    Ok(())
}

async fn foreign_file(context: Context) -> Checked {
    let fixture = ServerFixture::new(&context)?;
    let text = "These are notes, and no database.\n".repeat(200).into_bytes();
    // The header of a SQLite database (its file format, section 1.3), followed by invalid data.
    let torn = [&b"SQLite format 3\0"[..], &[0xff; 4080]].concat();
    let files = [
        ("a text file", "notes.txt", text),
        ("a short text", "short.txt", b"remember the milk\n".to_vec()),
        ("an archive", "archive.zip", [&b"PK\x03\x04"[..], &[0x5a; 5000]].concat()),
        ("a torn database", "torn.sqlite", torn),
    ];
    for (what, name, bytes) in files {
        let path = fixture.path(name);
        std::fs::write(&path, &bytes).map_err(|error| cannot_prepare(&error))?;
        let launch = StartOptions::with_file(&path);
        fixture.refuses_with_error(&launch, BAD_PATH, &format!("with {what} as its database")).await?;
        if std::fs::read(&path).ok().as_ref() != Some(&bytes) {
            let message = format!("the server refused {what} as its database, but changed or removed it");
            return Err(Failure::new(BAD_PATH, message, "the same bytes", "other bytes, or no file").into());
        }
    }
    Ok(())
}
