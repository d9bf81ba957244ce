//! `syncproof serve`: the reference server, the specimen, or a mutant of one of them.

use std::path::Path;
use std::process::ExitCode;

use syncproof_server::ServeArgs;

use super::console::{print, say_error, usage};
use super::secret::secret;
use super::serve_mutant::serve_mutant;
use super::signal;
use crate::reference::{self, Maintenance};
use crate::startup_mutant;
use syncproof_harness::exit::{CliError, Exit};
use syncproof_specimen as specimen;
use syncproof_specimen::{Mutant, Settings, Variant};

/// Where the specimen listens by default: the same address as the reference server.
const LISTEN: &str = "127.0.0.1:8787";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    server: ServeArgs,
    /// Serve the specimen, an independent in-memory server, instead of the reference server
    #[arg(long)]
    specimen: bool,
    /// Serve it with the bug of this mutant (`syncproof mutants --list`): of the specimen's mutants, of which several may be
    /// given, or, without --specimen, one of the start-up
    #[arg(long, value_name = "ID")]
    mutant: Vec<String>,
    /// Serve the specimen as the variant with this id (`syncproof variants --list`); may be given more than once
    #[arg(long, value_name = "ID", requires = "specimen")]
    variant: Vec<String>,
    /// With --specimen: take the word after `Authorization: Bearer` as the user's name, and check no token. This is
    /// for trying out `--header 'Authorization: Bearer {user}'`; it needs no secret
    #[arg(long, requires = "specimen")]
    trust_header: bool,
    /// Change the database of a stopped reference server to another version, and serve nothing
    #[arg(long, value_name = "VERSION", hide = true)]
    rewrite_schema: Option<Rewrite>,
    /// Count the tombstones of this workspace in the reference server's database, and serve nothing
    #[arg(long, value_name = "WORKSPACE", hide = true)]
    count_tombstones: Option<String>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Rewrite {
    Older,
    Newer,
}

pub(super) fn execute(args: Args) -> ExitCode {
    let maintenance = match (args.rewrite_schema, args.count_tombstones) {
        (Some(Rewrite::Older), _) => Some(Maintenance::MakeOlder),
        (Some(Rewrite::Newer), _) => Some(Maintenance::MakeNewer),
        (None, Some(workspace)) => Some(Maintenance::CountTombstones(workspace)),
        (None, None) => None,
    };
    if let Some(maintenance) = maintenance {
        return maintain_database(&args.server, &maintenance);
    }
    if args.specimen {
        return serve_specimen(&args.server, &args.mutant, &args.variant, args.trust_header);
    }
    if let Some(id) = args.mutant.iter().find(|id| specimen::find(id).is_some()) {
        return usage(&format!("`{id}` is a mutant of the specimen: add --specimen"));
    }
    match &args.mutant[..] {
        [] => syncproof_server::run(args.server),
        [id] => match startup_mutant::find(id) {
            Some(mutant) => serve_mutant(args.server, mutant.fault),
            None => usage(&unknown_mutant(id).message),
        },
        _ => usage("without --specimen, --mutant can be given only once: a server starts with one bug"),
    }
}

fn maintain_database(args: &ServeArgs, maintenance: &Maintenance) -> ExitCode {
    let Some(database) = args.database.as_deref().filter(|path| !path.is_empty()) else {
        return usage("--database names no database");
    };
    match reference::maintain(Path::new(database), maintenance) {
        Ok(printed) => {
            print(&printed);
            ExitCode::SUCCESS
        }
        Err(error) => {
            say_error(&error);
            ExitCode::FAILURE
        }
    }
}

fn serve_specimen(args: &ServeArgs, mutants: &[String], variants: &[String], trusts_header: bool) -> ExitCode {
    let (mutants, variants) = match (read_mutants(mutants), read_variants(variants)) {
        (Ok(mutants), Ok(variants)) => (mutants, variants),
        (Err(problems), _) | (_, Err(problems)) => return usage(&problems.message),
    };
    let settings = match trusts_header {
        true => Settings::new(&[], mutants, variants).trusting_header(),
        false => match secret(args) {
            Ok(secret) => Settings::new(&secret, mutants, variants),
            Err(problems) => return usage(&problems.message),
        },
    };
    let listen = args.listen.clone().filter(|listen| !listen.is_empty()).unwrap_or_else(|| LISTEN.to_owned());
    let served = tokio::runtime::Builder::new_multi_thread().enable_all().build().and_then(|runtime| {
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind(&listen).await?;
            print(&format!("listening on http://{}\n", listener.local_addr()?));
            specimen::serve(listener, settings, signal::stop()).await
        })
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say_error(&format!("the specimen cannot serve on {listen}: {error}"));
            ExitCode::from(Exit::Target.code())
        }
    }
}

fn unknown_mutant(id: &str) -> CliError {
    CliError::usage(format!("unknown mutant `{id}` (`syncproof mutants --list` names them)"))
}

/// The mutants of the specimen that have these ids.
pub(super) fn read_mutants(ids: &[String]) -> Result<Vec<Mutant>, CliError> {
    ids.iter().map(|id| specimen::find(id).copied().ok_or_else(|| unknown_mutant(id))).collect()
}

/// The variants that have these ids, if one server can be all of them.
pub(super) fn read_variants(ids: &[String]) -> Result<Vec<Variant>, CliError> {
    let mut variants: Vec<Variant> = Vec::with_capacity(ids.len());
    for id in ids {
        let variant = specimen::find_variant(id).ok_or_else(|| {
            CliError::usage(format!("unknown variant `{id}` (`syncproof variants --list` names them)"))
        })?;
        variants.push(*variant);
    }
    if let Some((one, two)) = specimen::contradiction(&variants) {
        return Err(CliError::usage(format!("no server can be both `{}` and `{}`", one.id, two.id)));
    }
    Ok(variants)
}
