//! Building the server with all its mutants, and setting aside those with which it does not compile.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;

use super::mutant::Mutant;
use super::switched::{Plan, Switched};
use crate::mutant_server::MutantServer;

/// How often it may be built: what one fault hides shows in the next round, and there are few kinds of them.
const ROUNDS: usize = 12;

/// The module that reads the variable, and what declares it.
const MODULE: (&str, &str) = ("server/src/switch.rs", include_str!("../../switch.rs"));
const DECLARATION: &str = "\nmod switch;\n";
/// The files that declare modules: the library and the program are a crate each.
const ROOTS: [&str; 2] = ["server/src/lib.rs", "server/src/main.rs"];

/// What can be done with a mutant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// It is in the program.
    Ready,
    /// It cannot have a switch, and this is why.
    NotSwitchable(String),
    /// It does not compile, and this is what the compiler says.
    Unviable(String),
}

/// Builds the server with these mutants. `known` has those that are known not to compile. Returns the state of each, and
/// what stands at its place in the source.
pub(crate) fn build(
    server: &MutantServer,
    mutants: &[Mutant],
    known: &BTreeMap<usize, State>,
) -> Result<(Vec<State>, Vec<String>), String> {
    let mut files: BTreeMap<&str, Vec<(usize, &Mutant)>> = BTreeMap::new();
    for (number, mutant) in mutants.iter().enumerate() {
        files.entry(&mutant.file).or_default().push((number, mutant));
    }
    // A program without a mutant declares the module, too.
    for root in ROOTS {
        files.entry(root).or_default();
    }
    let texts: Vec<String> = files.keys().map(|file| server.read(file)).collect::<Result<_, _>>()?;
    let mut plans = BTreeMap::new();
    for ((file, mutants), text) in files.iter().zip(&texts) {
        plans.insert(*file, Plan::new(text, mutants).map_err(|error| format!("{file}: {error}"))?);
    }
    let mut out = known.clone();
    for (number, reason) in plans.values().flat_map(|plan| &plan.refused) {
        out.insert(*number, State::NotSwitchable((*reason).to_owned()));
    }
    server.write(MODULE.0, MODULE.1.as_bytes())?;
    for _ in 0..ROUNDS {
        let mut written = BTreeMap::new();
        for (file, plan) in &plans {
            let switched = plan.write(|number| out.contains_key(&number));
            let end = if ROOTS.contains(file) { DECLARATION } else { "" };
            server.write(file, format!("{}{end}", switched.text).as_bytes())?;
            written.insert(*file, switched);
        }
        let command = ["build", "--quiet", "--offline", "--message-format", "json", "--bin", "syncproof-server"];
        let (code, said) = server.ask_cargo(&command)?;
        if code == Some(0) {
            let state = |number| out.remove(&number).unwrap_or(State::Ready);
            let states: Vec<_> = (0..mutants.len()).map(state).collect();
            let source = |number: usize, mutant: &Mutant| plans.get(&*mutant.file).map(|plan| plan.source(number));
            let sources = mutants.iter().enumerate().map(|(number, mutant)| source(number, mutant).unwrap_or_default());
            return Ok((states, sources.map(str::to_owned).collect()));
        }
        let before = out.len();
        let faults: Vec<_> = said.lines().filter_map(Fault::read).collect();
        out.extend(faults.iter().flat_map(|fault| fault.blame(&written)));
        if out.len() == before {
            let first = faults.first().map_or_else(|| said.trim().to_owned(), |fault| format!("{fault:?}"));
            return Err(format!("it does not build, and this is due to no mutant: {first}"));
        }
    }
    Err(format!("it does not build after {ROUNDS} rounds"))
}

/// An error of the compiler.
#[derive(Debug)]
struct Fault {
    message: String,
    /// Where it is, what it is about first.
    places: Vec<(String, Range<usize>)>,
}

impl Fault {
    /// Reads a line of cargo's messages; `None` if it tells no error.
    fn read(line: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        let message = &value["message"];
        if value["reason"] != "compiler-message" || message["level"] != "error" {
            return None;
        }
        let spans = message["spans"].as_array()?;
        let primary = spans.iter().filter(|span| span["is_primary"] == true);
        let others = spans.iter().filter(|span| span["is_primary"] != true);
        let places: Vec<_> = primary.chain(others).filter_map(place).collect();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        (!places.is_empty()).then_some(Self { message: text(&message["message"])?, places })
    }

    /// The mutants to which it is due. Where none can be told, those that are closest around it.
    fn blame(&self, written: &BTreeMap<&str, Switched>) -> Vec<(usize, State)> {
        let switched = |(file, place): &(String, Range<usize>)| Some((written.get(file.as_str())?, place.clone()));
        let places: Vec<_> = self.places.iter().filter_map(switched).collect();
        let own = places.iter().find_map(|(file, place)| file.owner(place));
        if let Some(number) = own {
            return vec![(number, State::Unviable(self.message.clone()))];
        }
        let around = places.iter().map(|(file, place)| file.neighbours(place)).find(|numbers| !numbers.is_empty());
        let state = State::NotSwitchable(format!("with its switch: {}", self.message));
        around.unwrap_or_default().into_iter().map(|number| (number, state.clone())).collect()
    }
}

/// The file and the bytes; for the text of a macro those of its call.
fn place(span: &Value) -> Option<(String, Range<usize>)> {
    let mut span = span;
    // As deep as the compiler expands macros.
    for _ in 0..128 {
        match &span["expansion"]["span"] {
            Value::Null => break,
            outer => span = outer,
        }
    }
    let byte = |key: &str| usize::try_from(span[key].as_u64()?).ok();
    Some((span["file_name"].as_str()?.to_owned(), byte("byte_start")?..byte("byte_end")?))
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test says by panicking what is wrong")]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::super::mutant::tests::listed;
    use super::{Fault, Plan, State};

    #[test]
    fn an_error_is_due_to_the_mutant_that_it_is_in_or_to_those_around_it() {
        let text = "fn a(b: u8) -> u8 { b + 1 }";
        let mutants =
            [listed(text, "BinaryOperator", "+", "<"), listed(text, "FnValue", "b + 1", "Default::default()")];
        let plan = Plan::new(text, &mutants.iter().enumerate().collect::<Vec<_>>()).expect("places");
        let written = BTreeMap::from([("server/src/a.rs", plan.write(|_| false))]);
        let blame = |part: &str| {
            let start = written["server/src/a.rs"].text.find(part).expect("a part");
            let call = json!({ "file_name": "server/src/a.rs", "byte_start": start, "byte_end": start + part.len() });
            let span = json!({ "file_name": "other.rs", "byte_start": 0, "byte_end": 1, "is_primary": true,
                "expansion": { "span": call } });
            let message = json!({ "level": "error", "message": "wrong", "spans": [span] });
            let line = json!({ "reason": "compiler-message", "message": message }).to_string();
            Fault::read(&line).expect("an error").blame(&written)
        };
        assert_eq!(blame("b < 1"), [(0, State::Unviable("wrong".into()))]);
        assert_eq!(blame("Default"), [(1, State::Unviable("wrong".into()))]);
        assert_eq!(blame("b + 1"), [(0, State::NotSwitchable("with its switch: wrong".into()))]);
        assert_eq!(blame("; }"), [(1, State::NotSwitchable("with its switch: wrong".into()))]);
        assert!(blame("fn a").is_empty());
        let warning = json!({ "reason": "compiler-message", "message": { "level": "warning", "spans": [] } });
        assert!(Fault::read(&warning.to_string()).is_none() && Fault::read("no JSON").is_none());
    }
}
