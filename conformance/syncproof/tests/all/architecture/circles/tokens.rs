//! Rust source as tokens: comments, texts, characters and lifetimes left out, and what is compiled for tests only.

/// What paths are made of, and what ends them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A keyword, a name or a number.
    Word(&'a str),
    /// `::`
    Separator,
    /// Any other character.
    Sign(char),
}

/// The tokens of a file.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    without_tests(&lex(source))
}

fn lex(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some(length) = text(rest) {
            length
        } else if first == '\'' {
            character_or_lifetime(rest)
        } else if rest.starts_with("::") {
            tokens.push(Token::Separator);
            2
        } else if is_of_word(first) {
            let length = rest.find(|letter| !is_of_word(letter)).unwrap_or(rest.len());
            tokens.push(Token::Word(&rest[..length]));
            length
        } else {
            if !first.is_whitespace() {
                tokens.push(Token::Sign(first));
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The length of the block comment that this begins with; block comments nest.
fn block_comment(source: &str) -> usize {
    let mut level = 0_usize;
    let mut at = 0;
    while let Some(letter) = source[at..].chars().next() {
        let step = match &source[at..] {
            rest if rest.starts_with("/*") => {
                level += 1;
                2
            }
            rest if rest.starts_with("*/") => {
                level -= 1;
                2
            }
            _ => letter.len_utf8(),
        };
        at += step;
        if level == 0 {
            return at;
        }
    }
    source.len()
}

/// The length of the text literal that this begins with, if it does: plain, raw, of bytes or for C.
fn text(source: &str) -> Option<usize> {
    let prefix = source.find(|letter| !matches!(letter, 'b' | 'c' | 'r'))?;
    if !["", "b", "c", "r", "br", "cr"].contains(&&source[..prefix]) {
        return None;
    }
    let quoted = source[prefix..].trim_start_matches('#');
    let hashes = source.len() - prefix - quoted.len();
    let body = quoted.strip_prefix('"')?;
    let start = source.len() - body.len();
    if source[..prefix].ends_with('r') {
        let end = format!("\"{}", "#".repeat(hashes));
        return Some(body.find(&end).map_or(source.len(), |at| start + at + end.len()));
    }
    (hashes == 0).then(|| start + escaped(body, '"'))
}

/// How far it is behind the next quote that no backslash stands before.
fn escaped(body: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, letter) in body.char_indices() {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if letter == quote => return at + letter.len_utf8(),
            _ => {}
        }
    }
    body.len()
}

fn character_or_lifetime(source: &str) -> usize {
    let body = &source[1..];
    let mut letters = body.chars();
    let (first, second) = (letters.next(), letters.next());
    match (first, second) {
        (Some('\\'), _) | (Some(_), Some('\'')) => 1 + escaped(body, '\''),
        _ => 1 + body.find(|letter| !is_of_word(letter)).unwrap_or(body.len()),
    }
}

/// Leaves out every item under `#[cfg(test)]`.
fn without_tests<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    const CFG_TEST: [Token<'_>; 7] = [
        Token::Sign('#'),
        Token::Sign('['),
        Token::Word("cfg"),
        Token::Sign('('),
        Token::Word("test"),
        Token::Sign(')'),
        Token::Sign(']'),
    ];
    let mut kept = Vec::new();
    let mut rest = tokens;
    while let Some(first) = rest.first() {
        match rest.strip_prefix(&CFG_TEST) {
            Some(item) => rest = &item[item_length(item)..],
            None => {
                kept.push(*first);
                rest = &rest[1..];
            }
        }
    }
    kept
}

/// The length of the item that this begins with: to its `;` or to the end of its block.
fn item_length(tokens: &[Token<'_>]) -> usize {
    let mut level = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign('{' | '[' | '(') => level += 1,
            Token::Sign(']' | ')') => level = level.saturating_sub(1),
            Token::Sign('}') if level <= 1 => {
                return at + 1 + usize::from(tokens.get(at + 1) == Some(&Token::Sign(';')));
            }
            Token::Sign('}') => level -= 1,
            Token::Sign(';') if level == 0 => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}
