//! The paths of a file: what it imports, what it names in full, and the modules that stand in it.

use super::tokens::{Token, tokens};

/// Where a module stands in its crate: the names from the root down.
pub(super) type Module = Vec<String>;

/// One path, as it is written.
#[derive(Debug)]
pub(super) struct Named {
    /// The module that it stands in.
    pub(super) within: Module,
    pub(super) path: Vec<String>,
    /// The name under which a `use` brings it in.
    pub(super) alias: Option<String>,
    /// Whether it says what is used: a private `use` that only gives a module a name does not.
    pub(super) is_use_of: bool,
}

/// What a file says about modules.
#[derive(Debug, Default)]
pub(super) struct Paths {
    pub(super) named: Vec<Named>,
    /// The modules whose bodies stand in this file.
    pub(super) inline: Vec<Module>,
}

/// Reads the file of a module.
pub(super) fn paths(module: &[String], source: &str) -> Paths {
    let tokens = tokens(source);
    let mut found = Paths::default();
    let mut within = module.to_vec();
    let mut level = 0_usize;
    let mut opened: Vec<usize> = Vec::new();
    let mut is_public = false;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let mut length = 1;
        match (token, tokens.get(at + 1), tokens.get(at + 2)) {
            (Token::Word("pub"), ..) => {
                // The path of `pub(in …)` is no import.
                length += visibility(&tokens[at + 1..]);
                is_public = true;
                at += length;
                continue;
            }
            (Token::Word("mod"), Some(Token::Word(name)), Some(Token::Sign('{'))) => {
                within.push((*name).to_owned());
                found.inline.push(within.clone());
                opened.push(level);
                level += 1;
                length = 3;
            }
            (Token::Sign('{'), ..) => level += 1,
            (Token::Sign('}'), ..) => {
                level = level.saturating_sub(1);
                if opened.last() == Some(&level) {
                    opened.pop();
                    within.pop();
                }
            }
            (Token::Word("use"), Some(next), _) if *next != Token::Sign('<') => {
                let mut tree = Tree { tokens: &tokens[at + 1..], within: &within, is_public, named: &mut found.named };
                tree.read(Vec::new());
                length = tokens.len() - at - tree.tokens.len();
            }
            (Token::Word(_), Some(Token::Separator), _) if at == 0 || tokens[at - 1] != Token::Separator => {
                let path = plain_path(&tokens[at..]);
                length = path.len() * 2 - 1;
                let is_use_of = path.len() > 1;
                found.named.push(Named { within: within.clone(), path, alias: None, is_use_of });
            }
            _ => {}
        }
        is_public = false;
        at += length;
    }
    found
}

/// How many tokens the brackets behind `pub` take.
fn visibility(tokens: &[Token<'_>]) -> usize {
    match tokens {
        [Token::Sign('('), Token::Word("in" | "super" | "crate" | "self"), ..] => {
            tokens.iter().position(|token| *token == Token::Sign(')')).map_or(0, |end| end + 1)
        }
        _ => 0,
    }
}

/// The names at the beginning that `::` stands between.
fn plain_path(tokens: &[Token<'_>]) -> Vec<String> {
    let mut path = Vec::new();
    let mut rest = tokens;
    while let [Token::Word(name), after @ ..] = rest {
        path.push((*name).to_owned());
        match after {
            [Token::Separator, after @ ..] => rest = after,
            _ => break,
        }
    }
    path
}

/// What follows a `use`.
struct Tree<'a> {
    /// What is not read yet.
    tokens: &'a [Token<'a>],
    within: &'a [String],
    is_public: bool,
    named: &'a mut Vec<Named>,
}

impl<'a> Tree<'a> {
    fn next(&mut self) -> Option<Token<'a>> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(*first)
    }

    fn skip(&mut self, token: Token<'_>) -> bool {
        let is_next = self.tokens.first() == Some(&token);
        if is_next {
            self.next();
        }
        is_next
    }

    /// Reads what follows this much of a path.
    fn read(&mut self, mut path: Vec<String>) {
        match self.next() {
            Some(Token::Sign('{')) => {
                while !self.tokens.is_empty() && !self.skip(Token::Sign('}')) {
                    self.read(path.clone());
                    self.skip(Token::Sign(','));
                }
            }
            Some(Token::Sign('*')) => self.end(path, None),
            Some(Token::Word(name)) => {
                let is_prefix = name == "self" && !path.is_empty();
                if !is_prefix {
                    path.push(name.to_owned());
                }
                if self.skip(Token::Separator) {
                    return self.read(path);
                }
                let mut alias = path.last().cloned();
                if self.skip(Token::Word("as"))
                    && let Some(Token::Word(name)) = self.next()
                {
                    alias = Some(name.to_owned());
                }
                self.end(path, alias);
            }
            // `::name` is another crate, and so is what cannot be read.
            _ => {}
        }
    }

    fn end(&mut self, path: Vec<String>, alias: Option<String>) {
        let is_use_of = self.is_public || alias.is_none();
        self.named.push(Named { within: self.within.to_vec(), path, alias, is_use_of });
    }
}
