//! The mutants of the reference server that cargo-mutants finds, all in one program behind switches, which the suite runs
//! against one after the other.

mod build;
mod chapters;
mod fate;
mod mutant;
mod place;
mod survivor;
mod switched;
mod tally;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use globset::GlobSet;

use crate::mutant_server::MutantServer;
use crate::outcome::Outcome;
use crate::suite::{Server, Suite, Verdict};
use build::State;
use fate::{Fate, Fates};
use mutant::Mutant;
use survivor::Survivors;
use tally::{Tally, Tried};

/// The exit codes with which the suite says that the server does not take its credentials (2), and that it cannot be started,
/// or has died (3).
const CANNOT_GO_ON: [i32; 2] = [2, 3];

/// Which mutants are tried
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only the mutants whose file below server/src, or whose description, matches one of these globs
    #[arg(value_name = "GLOB")]
    pub(crate) filter: Vec<String>,

    /// Only every N-th mutant, beginning with the I-th: a sample, or a part of the work
    #[arg(long, value_name = "I/N", value_parser = shard)]
    shard: Option<(usize, usize)>,

    /// How many are tried at once: a run waits most of its time
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u8).range(1..))]
    jobs: u8,

    /// Only print the mutants, without building them
    #[arg(long)]
    list: bool,

    /// The command of the suite [default: `syncproof` beside this program]
    #[arg(long, value_name = "PATH")]
    pub(crate) syncproof: Option<PathBuf>,
}

fn shard(text: &str) -> Result<(usize, usize), String> {
    let parts = text.split_once('/').and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
    parts.filter(|(part, of)| (1..=*of).contains(part)).ok_or_else(|| "it is no I/N, such as 1/8".to_owned())
}

/// Where things are.
pub(crate) struct Paths<'a> {
    /// The repository.
    pub(crate) root: &'a Path,
    /// Where what happens is kept.
    pub(crate) fates: PathBuf,
    /// The suite's command.
    pub(crate) syncproof: PathBuf,
}

/// Tries the chosen mutants, and tells what happens, line by line. Returns whether every survivor has its reason.
pub(crate) fn generated(
    server: &MutantServer,
    paths: &Paths<'_>,
    arguments: &Arguments,
    filter: &GlobSet,
    tell: &mut dyn FnMut(&str),
) -> Result<bool, String> {
    let survivors = Survivors::read(paths.root)?;
    server.restore_all()?;
    let mutants = list(server)?;
    let is_chosen = |(number, mutant): &(usize, &Mutant)| {
        let in_shard = arguments.shard.is_none_or(|(part, of)| number % of == part - 1);
        in_shard && (filter.is_match(mutant.short_file()) || filter.is_match(mutant.description()))
    };
    let chosen: Vec<(usize, &Mutant)> = mutants.iter().enumerate().filter(is_chosen).collect();
    if chosen.is_empty() {
        return Err("no mutant is chosen; --list shows them".into());
    }
    if arguments.list {
        chosen.iter().for_each(|(_, mutant)| tell(&mutant.title()));
        return Ok(true);
    }
    let suite = Suite::new(paths.syncproof.clone())?;
    let of = format!("{}, {}", server.fingerprint()?, suite.fingerprint()?);
    let earlier = Fates::go_on(&paths.fates, &of)?;
    let known = earlier.as_ref().map(|fates| unviable(&mutants, fates)).unwrap_or_default();
    let (states, sources) = build::build(server, &mutants, &known)?;
    let mut fates = match earlier {
        Some(fates) => fates,
        None => {
            suite.check_unchanged(&Server { program: server.program(), arguments: &[], switch: None })?;
            Fates::begin(&paths.fates, &of)?
        }
    };
    for (mutant, state) in mutants.iter().zip(states) {
        let fate = match state {
            State::Unviable(said) => Fate::Unviable { said },
            State::NotSwitchable(reason) => Fate::NotSwitchable { reason },
            State::Ready => continue,
        };
        if fates.of(&mutant.name).is_none() {
            fates.add(&mutant.name, fate)?;
        }
    }
    let left: Vec<_> = chosen.iter().copied().filter(|(_, mutant)| fates.of(&mutant.name).is_none()).collect();
    let program = server.program();
    try_all(&program, paths, &left, usize::from(arguments.jobs), &mut |mutant, fate, took| {
        tell(&format!("{} · {fate} · {:.1} s", mutant.title(), took.as_secs_f64()));
        fates.add(&mutant.name, fate)
    })?;
    let is_of_choice = |number: usize| chosen.iter().any(|(other, _)| *other == number);
    let tried = mutants.iter().zip(&sources).enumerate().map(|(number, (mutant, at))| Tried {
        mutant,
        at,
        fate: fates.of(&mutant.name).filter(|_| is_of_choice(number)),
    });
    let tally = Tally::new(tried.collect(), &survivors);
    tell(tally.to_string().trim_end());
    Ok(tally.is_as_expected())
}

/// The mutants of the copy, as cargo-mutants lists them.
fn list(server: &MutantServer) -> Result<Vec<Mutant>, String> {
    let (code, said) = server.ask_cargo(&["mutants", "--list", "--json", "--no-config"])?;
    if said.contains("no such command") {
        return Err("cargo-mutants is missing: `cargo install cargo-mutants --locked` installs it".into());
    }
    if code == Some(0) { Mutant::read(&said) } else { Err(format!("cargo-mutants fails: {}", said.trim())) }
}

/// What is known from an earlier run not to compile.
fn unviable(mutants: &[Mutant], fates: &Fates) -> BTreeMap<usize, State> {
    let state = |mutant: &Mutant| match fates.of(&mutant.name)? {
        Fate::Unviable { said } => Some(State::Unviable(said.clone())),
        Fate::NotSwitchable { reason } => Some(State::NotSwitchable(reason.clone())),
        _ => None,
    };
    mutants.iter().enumerate().filter_map(|(number, mutant)| Some((number, state(mutant)?))).collect()
}

/// Tries these mutants, so many at once, and hands over what happens as it comes.
fn try_all(
    program: &Path,
    paths: &Paths<'_>,
    mutants: &[(usize, &Mutant)],
    jobs: usize,
    done: &mut dyn FnMut(&Mutant, Fate, Duration) -> Result<(), String>,
) -> Result<(), String> {
    let (sender, receiver) = mpsc::channel();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..jobs {
            let (sender, next, suite) = (sender.clone(), &next, Suite::new(paths.syncproof.clone())?);
            scope.spawn(move || {
                while let Some((number, mutant)) = mutants.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let started = Instant::now();
                    let fate = attempt(program, &suite, *number, mutant);
                    // Nobody takes it once the file cannot be written.
                    if sender.send((*mutant, fate, started.elapsed())).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        receiver.into_iter().try_for_each(|(mutant, fate, took)| done(mutant, fate?, took))
    })
}

/// Runs the cases that most likely notice it, and, if they do not, all of them.
fn attempt(program: &Path, suite: &Suite, number: usize, mutant: &Mutant) -> Result<Fate, String> {
    let arguments = chapters::arguments(mutant.short_file());
    let switched = Server { program: program.to_owned(), arguments: &arguments, switch: Some(number) };
    let first = fate(suite.run_once(&switched, &chapters::first(mutant.short_file()))?);
    if first == Fate::Survives { Ok(fate(suite.run_once(&switched, &[])?)) } else { Ok(first) }
}

/// A run that cannot begin or go on because of the server tells the same as a case that fails: without a switch it could. A
/// run that took too long tells nothing.
fn fate(verdict: Verdict) -> Fate {
    match verdict {
        Verdict::Given(Outcome::Killed { requirement, case }) => Fate::Killed { requirement, case },
        Verdict::Given(Outcome::Survives) => Fate::Survives,
        Verdict::Missing { code, said } if code.is_some_and(|code| CANNOT_GO_ON.contains(&code)) => {
            Fate::Stopped { said }
        }
        Verdict::Missing { code, said } => Fate::NoVerdict { said: format!("exit code {code:?}: {said}") },
    }
}

#[cfg(test)]
mod tests {
    use super::{Fate, Verdict, fate, shard};

    #[test]
    fn a_server_that_does_not_start_is_noticed_and_a_run_without_an_end_is_not() {
        let missing = |code| fate(Verdict::Missing { code, said: String::new() });
        assert!(missing(Some(2)).is_killed() && missing(Some(3)).is_killed());
        assert!(matches!(missing(None), Fate::NoVerdict { .. }) && matches!(missing(Some(70)), Fate::NoVerdict { .. }));
    }

    #[test]
    fn a_part_is_one_of_several() {
        assert_eq!(shard("2/8"), Ok((2, 8)));
        for wrong in ["", "2", "0/8", "9/8", "1/0", "a/b"] {
            assert!(shard(wrong).is_err(), "{wrong}");
        }
    }
}
