//! The circles in which the modules of a crate import each other.
//!
//! A file depends on another when it imports or names an item of it, be it of its parent, its child or a stranger.
//! Declaring a child (`mod child;`) is no dependency, and neither is code for tests. Whoever names what a `mod.rs`
//! re-exports depends on that `mod.rs`. Macros that are in scope by their place in the text are not followed.

mod paths;
mod tokens;

use paths::{Module, Named, paths};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Which files each file depends on, by name.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// The circles among the files of a crate whose names begin with `folder`, one line each.
///
/// `files` are all files of the crate: their names below its source folder, and their texts.
pub(super) fn circles(files: &[(String, String)], folder: &str) -> Vec<String> {
    let mut graph = graph(files);
    graph.retain(|file, _| file.starts_with(folder));
    let mut reported = BTreeSet::new();
    let mut lines = Vec::new();
    for file in graph.keys() {
        let Some(circle) = shortest_circle(&graph, file).filter(|_| !reported.contains(file)) else { continue };
        let ahead = reachable(&graph, file);
        let knot: Vec<_> = ahead.into_iter().filter(|other| reachable(&graph, other).contains(file)).collect();
        lines.push(format!("{} (of {} files: {})", circle.join(" → "), knot.len(), knot.join(", ")));
        reported.extend(knot);
    }
    lines
}

fn graph(files: &[(String, String)]) -> Graph {
    let has_library = files.iter().any(|(file, _)| file == "lib.rs");
    // A `main.rs` beside a library is a crate of its own, which nothing can import.
    let files = files.iter().filter(|(file, _)| !(has_library && file == "main.rs"));
    let read: Vec<_> = files.map(|(file, text)| (file, module_of(file), paths(&module_of(file), text))).collect();
    let mut modules: BTreeMap<Module, &String> = BTreeMap::new();
    for (file, module, paths) in &read {
        modules.insert(module.clone(), file);
        modules.extend(paths.inline.iter().map(|module| (module.clone(), *file)));
    }
    let mut graph = Graph::new();
    for (file, _, paths) in &read {
        let targets = targets(&modules, &paths.named).into_iter().filter(|target| target != *file);
        graph.insert((*file).clone(), targets.collect());
    }
    graph
}

/// The module that a file holds.
fn module_of(file: &str) -> Module {
    let path = file.trim_end_matches(".rs");
    let path = if ["lib", "main"].contains(&path) { "mod" } else { path };
    path.split('/').filter(|name| *name != "mod").map(str::to_owned).collect()
}

/// The files that these paths lead to.
fn targets(modules: &BTreeMap<Module, &String>, named: &[Named]) -> BTreeSet<String> {
    let mut aliases: BTreeMap<(&Module, &str), Module> = BTreeMap::new();
    let mut found = BTreeSet::new();
    // Twice: a path may go by a name that is imported further down.
    for _ in 0..2 {
        for one in named {
            let Some(path) = absolute(modules, &aliases, one) else { continue };
            match &one.alias {
                Some(alias) if modules.contains_key(&path) => {
                    aliases.insert((&one.within, alias), path.clone());
                }
                _ => {}
            }
            let is_module = modules.contains_key(&path);
            if one.is_use_of || !is_module {
                let file = (0..=path.len()).rev().find_map(|length| modules.get(&path[..length]));
                found.extend(file.map(|file| (*file).clone()));
            }
        }
    }
    found
}

/// A path from the root of the crate, unless it leads into another one.
fn absolute(
    modules: &BTreeMap<Module, &String>,
    aliases: &BTreeMap<(&Module, &str), Module>,
    named: &Named,
) -> Option<Module> {
    let (first, rest) = named.path.split_first()?;
    let mut start = named.within.clone();
    let supers = rest.iter().take_while(|name| *name == "super").count();
    match first.as_str() {
        "crate" => Some(rest.to_vec()),
        "self" | "super" => {
            start.truncate(start.len().saturating_sub(supers + usize::from(first == "super")));
            Some([&start, &rest[supers..]].concat())
        }
        _ => {
            start.push(first.clone());
            let start = Some(&start).filter(|child| modules.contains_key(*child));
            let start = start.or_else(|| aliases.get(&(&named.within, first.as_str())))?;
            Some([start, rest].concat())
        }
    }
}

fn reachable(graph: &Graph, from: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(file) = open.pop() {
        let next = graph.get(&file).into_iter().flatten().filter(|next| graph.contains_key(*next));
        open.extend(next.filter(|next| found.insert((*next).clone())).cloned());
    }
    found
}

/// The shortest way from a file back to itself.
fn shortest_circle(graph: &Graph, from: &str) -> Option<Vec<String>> {
    let mut seen = BTreeSet::new();
    let mut open = VecDeque::from([vec![from.to_owned()]]);
    while let Some(way) = open.pop_front() {
        for next in way.last().and_then(|last| graph.get(last)).into_iter().flatten() {
            if graph.contains_key(next) && seen.insert(next) {
                let way = [&way[..], std::slice::from_ref(next)].concat();
                if next == from {
                    return Some(way);
                }
                open.push_back(way);
            }
        }
    }
    None
}
