//! The text of a file in which every mutant is present behind a switch.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use super::mutant::Mutant;
use super::place::{self, Place};

/// The text, and what in it belongs to which mutant.
#[derive(Debug)]
pub(crate) struct Switched {
    pub(crate) text: String,
    /// What is there for one mutant alone.
    regions: Vec<(usize, Range<usize>)>,
    /// What was put around the source, with the mutants that it is there for.
    sites: Vec<(Vec<usize>, Range<usize>)>,
}

/// What goes around a part of the source, which is left as it is inside.
#[derive(Debug, Default)]
struct Site {
    /// Before the first statement, if it is one of these.
    returns: Vec<(usize, String)>,
    /// Instead of the expression, if it is one of these.
    instead: Vec<(usize, String)>,
    /// The condition of the arm holds, if it is this one.
    always: Option<usize>,
    /// The condition does not hold, if it is one of these.
    never: Vec<usize>,
    /// A `match` in which these have an arm. Nothing is written for them here.
    arms: Vec<usize>,
}

/// The order in which sites are written: by their starts, outer ones first; the last number tells apart what has the same
/// place, a body from a condition from an expression.
type Key = (usize, Reverse<usize>, u8);

/// The mutants of a file that may have a switch, and what is in the way of others.
pub(crate) struct Plan<'m> {
    text: &'m str,
    found: Vec<(usize, &'m Mutant, Range<usize>, Place)>,
    /// Why a mutant has no switch.
    pub(crate) refused: BTreeMap<usize, &'static str>,
}

impl<'m> Plan<'m> {
    /// Looks where these mutants of the file are.
    pub(crate) fn new(text: &'m str, mutants: &[(usize, &'m Mutant)]) -> Result<Self, String> {
        let mut wanted = Vec::new();
        for (number, mutant) in mutants {
            let span = mutant.span.bytes(text).ok_or_else(|| format!("{}: no such place", mutant.title()))?;
            wanted.push((*number, mutant.genre, span));
        }
        let mut places = place::find(text, &wanted)?;
        let mut plan = Self { text, found: Vec::new(), refused: BTreeMap::new() };
        for ((number, mutant), (_, _, span)) in mutants.iter().zip(wanted) {
            match places.remove(number) {
                Some(Ok(place)) => plan.found.push((*number, mutant, span, place)),
                Some(Err(reason)) => drop(plan.refused.insert(*number, reason)),
                None => drop(plan.refused.insert(*number, "not found")),
            }
        }
        Ok(plan)
    }

    /// What stands at the place of a mutant.
    pub(crate) fn source(&self, number: usize) -> &'m str {
        let of = self.found.iter().find(|(of, ..)| *of == number);
        let range = of.map(|(_, _, span, place)| match place {
            Place::Expression(whole) => whole.clone(),
            _ => span.clone(),
        });
        range.and_then(|range| self.text.get(range)).unwrap_or_default()
    }

    /// Writes the file with a switch for each mutant, without those that are `left_out`.
    pub(crate) fn write(&self, left_out: impl Fn(usize) -> bool) -> Switched {
        let mut sites: BTreeMap<Key, (Range<usize>, Site)> = BTreeMap::new();
        for (number, mutant, span, place) in self.found.iter().filter(|(number, ..)| !left_out(*number)) {
            let (whole, rank) = match place {
                Place::Body(inside) => (inside.clone(), 0),
                Place::Guard(guard) | Place::GuardedArm(guard) => (guard.clone(), 1),
                Place::Expression(whole) => (whole.clone(), 2),
                Place::Arm { end, .. } => (*end..*end, 1),
            };
            if let Place::Arm { of, .. } = place {
                let site = sites.entry((of.start, Reverse(of.end), 3)).or_insert_with(|| (of.clone(), Site::default()));
                site.1.arms.push(*number);
            }
            let key = (whole.start, Reverse(whole.end), rank);
            let site = &mut sites.entry(key).or_insert_with(|| (whole.clone(), Site::default())).1;
            match place {
                Place::Body(_) => site.returns.push((*number, mutant.replacement.clone())),
                Place::Guard(_) if mutant.replacement == "true" => site.always = Some(*number),
                Place::Guard(_) | Place::Arm { .. } | Place::GuardedArm(_) => site.never.push(*number),
                Place::Expression(_) => {
                    let part = |range: Range<usize>| self.text.get(range).unwrap_or_default();
                    let before = part(whole.start..span.start);
                    let form = format!("{before}{}{}", mutant.replacement, part(span.end..whole.end));
                    site.instead.push((*number, form));
                }
            }
        }
        let sites: Vec<_> = sites.into_values().collect();
        let mut written = Switched { text: String::new(), regions: Vec::new(), sites: Vec::new() };
        written.write(self.text, 0..self.text.len(), &sites);
        written
    }
}

impl Switched {
    /// Writes a part of the source with the sites in it, which are in order.
    fn write(&mut self, source: &str, range: Range<usize>, sites: &[(Range<usize>, Site)]) {
        let mut at = range.start;
        let mut rest = sites;
        while let Some(((whole, site), after)) = rest.split_first() {
            let (inside, later) = after.split_at(after.iter().take_while(|(other, _)| other.start < whole.end).count());
            self.text.push_str(source.get(at..whole.start).unwrap_or_default());
            let start = self.text.len();
            let closing = self.open(site, whole.is_empty());
            self.write(source, whole.clone(), inside);
            self.text.push_str(closing);
            let returns = site.returns.iter().chain(&site.instead).map(|(number, _)| *number);
            let numbers = returns.chain(site.always).chain(site.never.iter().chain(&site.arms).copied()).collect();
            self.sites.push((numbers, start..self.text.len()));
            at = whole.end;
            rest = later;
        }
        self.text.push_str(source.get(at..range.end).unwrap_or_default());
    }

    /// Writes what stands before the source of a site; returns what stands behind it. Lines stay where they are.
    fn open(&mut self, site: &Site, is_empty: bool) -> &'static str {
        for (number, value) in &site.returns {
            self.choice(*number, "return ", value);
            self.text.push_str("; } ");
        }
        if !site.instead.is_empty() {
            self.text.push('(');
            for (number, form) in &site.instead {
                self.choice(*number, "", form);
                self.text.push_str(" } else ");
            }
            self.text.push_str("{ ");
            return " })";
        }
        let never: Vec<_> = site.never.iter().map(|number| format!("!crate::switch::on({number})")).collect();
        match (site.always, never.join(" && ")) {
            (None, never) if never.is_empty() => "",
            (None, never) if is_empty => {
                self.text.push_str(&format!(" if {never}"));
                ""
            }
            (None, never) => {
                self.text.push_str(&format!("{never} && ("));
                ")"
            }
            // An arm that is left out has no condition that could hold.
            (Some(always), never) => {
                let never = if never.is_empty() { never } else { format!("{never} && ") };
                self.text.push_str(&format!("(crate::switch::on({always}) || ({never}("));
                ")))"
            }
        }
    }

    fn choice(&mut self, number: usize, before: &str, value: &str) {
        self.text.push_str(&format!("if crate::switch::on({number}) {{ {before}"));
        let start = self.text.len();
        self.text.push_str(value);
        self.regions.push((number, start..self.text.len()));
    }

    /// The mutant for which something was written into the text.
    pub(crate) fn owner(&self, place: &Range<usize>) -> Option<usize> {
        let own = self.regions.iter().find(|(_, range)| range.start <= place.start && place.end <= range.end);
        own.map(|(number, _)| *number)
    }

    /// The mutants of the smallest site around something in the text.
    pub(crate) fn neighbours(&self, place: &Range<usize>) -> Vec<usize> {
        let around = |range: &Range<usize>| range.start <= place.start && place.end <= range.end;
        let sites = self.sites.iter().filter(|(_, range)| around(range)).min_by_key(|(_, range)| range.len());
        sites.map(|(numbers, _)| numbers.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test says by panicking what is wrong")]
mod tests {
    use super::super::mutant::tests::listed;
    use super::{Mutant, Plan, Switched};

    const TEXT: &str = r#"// A file.

fn nested(a: usize, b: usize) -> bool {
    a + 1 < b && !(a - b == 7)
}

fn arms(text: &str, ready: bool) -> u8 {
    match text {
        "plain" => 1,
        "guarded" if ready && text.len() > 2 => 2,
        _ => 3,
    }
}

fn fields(name: String) -> Thing {
    Thing { name, count: 3 | 8, ..Thing::default() }
}
"#;

    const UNUSUAL: &str = r#"
const SIZE: usize = 4 * 5;

const fn five() -> [u8; 7 & 2] {
    FIVE
}

fn chain(a: Option<i8>) -> bool {
    if let Some(b) = a && b % 2 == 0 { println!("{}", b ^ 6) }
    a == Some(0) || if let Some(-1) = a { false } else { true }
}
"#;

    fn switched(text: &str, changes: &[(&str, &str, &str)]) -> (Switched, Vec<(usize, &'static str)>) {
        let mutants: Vec<Mutant> =
            changes.iter().map(|(genre, part, replacement)| listed(text, genre, part, replacement)).collect();
        let plan = Plan::new(text, &mutants.iter().enumerate().collect::<Vec<_>>()).expect("places");
        let written = plan.write(|_| false);
        assert!(syn::parse_file(&written.text).is_ok(), "{}", written.text);
        (written, plan.refused.into_iter().collect())
    }

    fn assert_has(text: &str, part: &str) {
        assert!(text.contains(part), "{part}\n is not in \n{text}");
    }

    #[test]
    fn without_mutants_a_file_stays_as_it_is() {
        assert_eq!(switched(TEXT, &[]).0.text, TEXT);
    }

    #[test]
    fn operators_are_nested_and_bodies_begin_with_what_they_return() {
        let body = "a + 1 < b && !(a - b == 7)";
        let (written, refused) = switched(
            TEXT,
            &[
                ("FnValue", body, "true"),
                ("BinaryOperator", "&&", "||"),
                ("BinaryOperator", "<", ">"),
                ("BinaryOperator", "<", "=="),
                ("UnaryOperator", "!", ""),
            ],
        );
        assert!(refused.is_empty());
        let less =
            "(if crate::switch::on(2) { a + 1 > b } else if crate::switch::on(3) { a + 1 == b } else { a + 1 < b })";
        let not = "(if crate::switch::on(4) { (a - b == 7) } else { !(a - b == 7) })";
        let both = format!("(if crate::switch::on(1) {{ a + 1 < b || !(a - b == 7) }} else {{ {less} && {not} }})");
        assert_has(&written.text, " -> bool {if crate::switch::on(0) { return true; } ");
        assert_has(&written.text, &format!("    {both}\n"));
        assert_eq!(written.text.lines().count(), TEXT.lines().count());
    }

    #[test]
    fn arms_get_conditions_and_conditions_get_exceptions() {
        let guard = "ready && text.len() > 2";
        let (written, refused) = switched(
            TEXT,
            &[
                ("MatchArm", "\"plain\" => 1,", ""),
                ("MatchArm", "\"guarded\" if ready && text.len() > 2 => 2,", ""),
                ("MatchArmGuard", guard, "true"),
                ("MatchArmGuard", guard, "false"),
                ("BinaryOperator", "> 2", "< 2"),
            ],
        );
        assert_eq!(refused, [(4, "in a macro")], "there is no such operator");
        assert_has(&written.text, "\"plain\" if !crate::switch::on(0) => 1,");
        assert_has(
            &written.text,
            "\"guarded\" if (crate::switch::on(2) || (!crate::switch::on(1) && !crate::switch::on(3) && \
             (ready && text.len() > 2))) => 2,",
        );
    }

    #[test]
    fn fields_are_left_out_of_a_copy_of_the_expression() {
        let (written, _) = switched(TEXT, &[("StructField", "name, ", ""), ("BinaryOperator", "|", "^")]);
        assert_has(
            &written.text,
            "(if crate::switch::on(0) { Thing { count: 3 | 8, ..Thing::default() } } else { \
             Thing { name, count: (if crate::switch::on(1) { 3 ^ 8 } else { 3 | 8 }), ..Thing::default() } })",
        );
    }

    #[test]
    fn what_cannot_have_a_switch_says_why() {
        let changes = [
            ("BinaryOperator", "*", "+", Some("in a constant")),
            ("FnValue", "FIVE", "[1; 5]", Some("in a const function")),
            ("BinaryOperator", "&", "|", Some("in a constant")),
            ("BinaryOperator", "&&", "||", Some("in a chain of `let`s")),
            ("BinaryOperator", "%", "/", None),
            ("BinaryOperator", "^", "|", Some("in a macro")),
            ("BinaryOperator", "||", "&&", None),
            ("UnaryOperator", "-1", "", Some("in a macro")),
            ("Unheard", "-1", "", Some("of a kind that is not known here")),
        ];
        let listed: Vec<_> = changes.iter().map(|(genre, part, to, _)| (*genre, *part, *to)).collect();
        let (written, refused) = switched(UNUSUAL, &listed);
        let told: Vec<_> =
            (0..changes.len()).map(|at| refused.iter().find(|(of, _)| *of == at).map(|(_, why)| *why)).collect();
        assert_eq!(told, changes.map(|(.., why)| why));
        assert_has(&written.text, "(if crate::switch::on(4) { b / 2 } else { b % 2 }) == 0");
        assert_has(&written.text, "(if crate::switch::on(6) { a == Some(0) && if let");
    }

    #[test]
    fn faults_are_due_to_the_form_that_they_are_in_or_to_what_is_around_them() {
        let (written, _) = switched(TEXT, &[("BinaryOperator", "&&", "||"), ("BinaryOperator", "<", ">")]);
        let at = |part: &str| written.text.find(part).map(|start| start..start + part.len()).expect("a part");
        assert_eq!(written.owner(&at("||")), Some(0));
        assert_eq!(written.owner(&at("a + 1 > b")), Some(1));
        assert_eq!(written.owner(&at("} else")), None);
        assert_eq!(written.neighbours(&at("&& !(a - b == 7) })")), [0]);
        assert_eq!(written.neighbours(&at("fn arms")), [0_usize; 0]);
        let (written, _) = switched(TEXT, &[("MatchArm", "\"plain\" => 1,", ""), ("FnValue", "match text", "5")]);
        let start = written.text.find("text {").expect("a match");
        assert_eq!(
            written.neighbours(&(start..start + 4)),
            [0],
            "that the arms are not all is told of what is matched"
        );
    }
}
