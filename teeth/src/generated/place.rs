//! Where in the syntax of a file its mutants are, and which of these places cannot have a switch.

use std::collections::BTreeMap;
use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Arm, Block, Expr, Pat};

use super::mutant::Genre;

/// What a switch is put around, in bytes of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// What is between the braces of a function.
    Body(Range<usize>),
    /// An expression that contains what is replaced.
    Expression(Range<usize>),
    /// The condition of an arm.
    Guard(Range<usize>),
    /// An arm without a condition: where its pattern ends, and the `match` in which it is.
    Arm { end: usize, of: Range<usize> },
    /// An arm with this condition.
    GuardedArm(Range<usize>),
}

/// A place, or why there is none.
pub(crate) type Found = Result<Place, &'static str>;

/// The places of these mutants, by their numbers.
pub(crate) fn find(text: &str, mutants: &[(usize, Genre, Range<usize>)]) -> Result<BTreeMap<usize, Found>, String> {
    let file = syn::parse_file(text).map_err(|error| error.to_string())?;
    let mut finder = Finder { mutants, constant: None, found: BTreeMap::new() };
    for (number, genre, _) in mutants {
        let unknown = if *genre == Genre::Other { "of a kind that is not known here" } else { "in a macro" };
        finder.found.insert(*number, Err(unknown));
    }
    finder.visit_file(&file);
    Ok(finder.found)
}

struct Finder<'m> {
    mutants: &'m [(usize, Genre, Range<usize>)],
    /// What the compiler evaluates here, where it does.
    constant: Option<&'static str>,
    found: BTreeMap<usize, Found>,
}

fn range(node: &impl Spanned) -> Range<usize> {
    node.span().byte_range()
}

/// Whether a condition has a `let` that binds for what follows it.
fn binds(condition: &Expr) -> bool {
    match condition {
        Expr::Let(_) => true,
        Expr::Binary(binary) => binds(&binary.left) || binds(&binary.right),
        _ => false,
    }
}

const CHAIN: &str = "in a chain of `let`s";

impl Finder<'_> {
    /// Notes the place of the mutants of that genre that are there. What is further inside comes later, and replaces it.
    fn note(&mut self, genre: Genre, is_there: impl Fn(&Range<usize>) -> bool, place: Found) {
        for (number, _, _) in self.mutants.iter().filter(|(_, of, span)| *of == genre && is_there(span)) {
            let place = self.constant.map_or_else(|| place.clone(), Err);
            self.found.insert(*number, place);
        }
    }

    fn within(&mut self, constant: Option<&'static str>, visit: impl FnOnce(&mut Self)) {
        let outside = std::mem::replace(&mut self.constant, constant);
        visit(self);
        self.constant = outside;
    }

    fn function(&mut self, is_const: bool, block: &Block, visit: impl FnOnce(&mut Self)) {
        self.within(is_const.then_some("in a const function"), |finder| {
            let braces = block.brace_token.span;
            let inside = braces.open().byte_range().end..braces.close().byte_range().start;
            let is_there = |span: &Range<usize>| inside.start <= span.start && span.end <= inside.end;
            finder.note(Genre::FnValue, is_there, Ok(Place::Body(inside.clone())));
            visit(finder);
        });
    }

    fn arm(&mut self, arm: &Arm, of: &Range<usize>) {
        let whole = range(arm);
        let place = match &arm.pat {
            Pat::Guard(guarded) => {
                let guard = range(&guarded.guard);
                let place = |place: Place| if binds(&guarded.guard) { Err(CHAIN) } else { Ok(place) };
                self.note(Genre::MatchArmGuard, |span| *span == guard, place(Place::Guard(guard.clone())));
                place(Place::GuardedArm(guard))
            }
            pattern => Ok(Place::Arm { end: range(pattern).end, of: of.clone() }),
        };
        self.note(Genre::MatchArm, |span| whole.start <= span.start && span.end <= whole.end, place);
    }
}

const CONSTANT: Option<&str> = Some("in a constant");

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_fn(&mut self, node: &'ast syn::ItemFn) {
        self.function(node.sig.constness.is_some(), &node.block, |finder| visit::visit_item_fn(finder, node));
    }

    fn visit_impl_item_fn(&mut self, node: &'ast syn::ImplItemFn) {
        self.function(node.sig.constness.is_some(), &node.block, |finder| visit::visit_impl_item_fn(finder, node));
    }

    fn visit_trait_item_fn(&mut self, node: &'ast syn::TraitItemFn) {
        if let Some(block) = &node.default {
            self.function(node.sig.constness.is_some(), block, |finder| visit::visit_trait_item_fn(finder, node));
        }
    }

    fn visit_item_const(&mut self, node: &'ast syn::ItemConst) {
        self.within(CONSTANT, |finder| visit::visit_item_const(finder, node));
    }

    fn visit_item_static(&mut self, node: &'ast syn::ItemStatic) {
        self.within(CONSTANT, |finder| visit::visit_item_static(finder, node));
    }

    fn visit_impl_item_const(&mut self, node: &'ast syn::ImplItemConst) {
        self.within(CONSTANT, |finder| visit::visit_impl_item_const(finder, node));
    }

    fn visit_trait_item_const(&mut self, node: &'ast syn::TraitItemConst) {
        self.within(CONSTANT, |finder| visit::visit_trait_item_const(finder, node));
    }

    fn visit_expr_const(&mut self, node: &'ast syn::ExprConst) {
        self.within(CONSTANT, |finder| visit::visit_expr_const(finder, node));
    }

    fn visit_variant(&mut self, node: &'ast syn::Variant) {
        self.within(CONSTANT, |finder| visit::visit_variant(finder, node));
    }

    // Lengths of arrays and arguments of generic types.
    fn visit_type(&mut self, node: &'ast syn::Type) {
        self.within(CONSTANT, |finder| visit::visit_type(finder, node));
    }

    fn visit_expr_repeat(&mut self, node: &'ast syn::ExprRepeat) {
        self.visit_expr(&node.expr);
        self.within(CONSTANT, |finder| finder.visit_expr(&node.len));
    }

    fn visit_generic_argument(&mut self, node: &'ast syn::GenericArgument) {
        self.within(CONSTANT, |finder| visit::visit_generic_argument(finder, node));
    }

    fn visit_pat(&mut self, node: &'ast Pat) {
        match node {
            Pat::Guard(guarded) => {
                self.visit_pat(&guarded.pat);
                self.visit_expr(&guarded.guard);
            }
            _ => self.within(Some("in a pattern"), |finder| visit::visit_pat(finder, node)),
        }
    }

    fn visit_expr_match(&mut self, node: &'ast syn::ExprMatch) {
        for arm in &node.arms {
            self.arm(arm, &range(node));
        }
        visit::visit_expr_match(self, node);
    }

    fn visit_expr_binary(&mut self, node: &'ast syn::ExprBinary) {
        let operator = range(&node.op);
        let binds = binds(&node.left) || binds(&node.right);
        let place = if binds { Err(CHAIN) } else { Ok(Place::Expression(range(node))) };
        self.note(Genre::BinaryOperator, |span| *span == operator, place);
        visit::visit_expr_binary(self, node);
    }

    fn visit_expr_unary(&mut self, node: &'ast syn::ExprUnary) {
        let operator = range(&node.op);
        self.note(Genre::UnaryOperator, |span| *span == operator, Ok(Place::Expression(range(node))));
        visit::visit_expr_unary(self, node);
    }

    fn visit_expr_struct(&mut self, node: &'ast syn::ExprStruct) {
        let is_a_field = |span: &Range<usize>| node.fields.iter().any(|field| range(field).start == span.start);
        self.note(Genre::StructField, is_a_field, Ok(Place::Expression(range(node))));
        visit::visit_expr_struct(self, node);
    }
}
