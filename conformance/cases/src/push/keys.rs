//! Push: keys are text, byte for byte.
//!
//! These keys have no prefix that makes them the case's own, because the whole text counts. So no other case uses the same
//! text in the same table.

use crate::prelude::*;
use syncproof_harness::world::PushOutcome;

const EXACT: &str = "push.text-exact";

cases! {
    /// Pairs of pks that differ in case, accents, width, blanks or escapes are two records; one of each is deleted.
    "push/pks-that-look-alike" checks [EXACT] by alike;
    /// `%`, `_`, `*`, quotes and SQL in a pk match and end nothing: what is deleted is that one record.
    "push/pks-that-are-patterns" checks [EXACT] by patterns;
    /// NUL, control characters, the empty pk and very long ones are refused or kept exactly.
    "push/pks-that-may-be-refused" checks [EXACT] by may_be_refused;
}

/// Pairs of different keys that some servers treat as one.
const ALIKE: [(&str, &str); 34] = [
    ("case", "CASE"),
    ("case", "Case"),
    ("\u{e9}", "e\u{301}"),
    ("caf\u{e9}", "cafe"),
    ("\u{c5}", "\u{212b}"),
    ("stra\u{df}e", "strasse"),
    ("\u{df}", "\u{1e9e}"),
    ("i", "\u{131}"),
    ("I", "\u{130}"),
    ("\u{3c3}", "\u{3c2}"),
    ("\u{fb01}", "fi"),
    ("full", "\u{ff46}\u{ff55}\u{ff4c}\u{ff4c}"),
    ("\u{b2}", "2"),
    ("1", "01"),
    ("1", "1.0"),
    ("10", "1e1"),
    ("trail", "trail "),
    ("lead", " lead"),
    ("tab", "tab\t"),
    ("line", "line\n"),
    ("inner blank", "inner  blank"),
    ("zero", "ze\u{200b}ro"),
    ("bom", "\u{feff}bom"),
    ("nbsp here", "nbsp\u{a0}here"),
    ("a\u{323}\u{308}", "a\u{308}\u{323}"),
    ("\u{fffd}", "\u{1f600}"),
    // Line ends, and what a form or a page would decode.
    ("a\r\nb", "a\nb"),
    ("a\rb", "a\nb"),
    ("%41", "A"),
    ("a%2Fb", "a/b"),
    ("%25", "%"),
    ("a+b", "a b"),
    ("a&amp;b", "a&b"),
    ("a\\nb", "a\nb"),
];

/// Puts both keys of each pair and deletes one of them: in one table the second, in another the first.
async fn are_distinct(journal: &mut Journal, pairs: &[(String, String)]) -> Checked {
    let user = journal.user.clone();
    for (table, swap) in [("projects", false), ("kv", true)] {
        let pairs: Vec<(&str, &str)> =
            pairs.iter().map(|(left, right)| if swap { (&**right, &**left) } else { (&**left, &**right) }).collect();
        // The tables hold each pk once, though it may stand in several pairs: so each pair has its own clocks.
        let mut clock = 0;
        for (kept, gone) in pairs {
            clock += 10;
            let puts = [
                user.put_exactly(table, kept).clock(clock + 1).mark("kept"),
                user.put_exactly(table, gone).clock(clock + 2).mark("gone"),
            ];
            journal.push_ok(&puts).await?;
            journal.push_ok(&[Op::delete(table, gone).clock(clock + 3)]).await?;
            // The kept key accepts a lower clock than that of the other's delete.
            journal.push_ok(&[user.put_exactly(table, kept).clock(clock + 2).mark("kept again")]).await?;
        }
        user.shows(&journal.workspace, &journal.ops, EXACT).await?;
    }
    journal.holds().await
}

async fn alike(context: Context) -> Checked {
    let mut journal = Journal::open(&context, EXACT).await?;
    let pairs: Vec<(String, String)> =
        ALIKE.iter().map(|(left, right)| ((*left).to_owned(), (*right).to_owned())).collect();
    are_distinct(&mut journal, &pairs).await?;
    // All at once, in a workspace of their own: every pk is one record.
    let mut pks: Vec<&str> = ALIKE.iter().flat_map(|(left, right)| [*left, *right]).collect();
    pks.sort_unstable();
    pks.dedup();
    let mut journal = Journal::of(context.user("ben").await?, EXACT);
    let user = journal.user.clone();
    let puts: Vec<Op> = pks.iter().map(|pk| user.put_exactly("projects", pk).mark(pk)).collect();
    journal.push_ok(&puts).await?;
    let deletes: Vec<Op> = pks.iter().map(|pk| Op::delete("posts", pk)).collect();
    journal.push_ok(&deletes).await?;
    journal.holds().await
}

async fn patterns(context: Context) -> Checked {
    const PKS: [&str; 34] = [
        "%",
        "_",
        "%%",
        "a%",
        "a_",
        "ab",
        "abc",
        "*",
        "a*",
        "?",
        "[ab]",
        "^a",
        "a.*",
        ".",
        "..",
        "/",
        "a/b",
        "\\",
        "a\\b",
        "'",
        "''",
        "\"",
        "\"\"",
        "`",
        "' OR '1'='1",
        "x'; DELETE FROM threads; --",
        ":id",
        "$1",
        "?1",
        "{}",
        "null",
        "undefined",
        "NaN",
        "true",
    ];
    let (user, mut journal) = Journal::with_user(&context, EXACT).await?;
    let puts: Vec<Op> = PKS.iter().map(|pk| user.put_exactly("file_meta", pk).mark(pk)).collect();
    journal.push_ok(&puts).await?;
    journal.holds().await?;
    for (number, pk) in PKS.into_iter().enumerate() {
        journal.push_ok(&[Op::delete("file_meta", pk).clock(2)]).await?;
        if number % 6 == 0 {
            journal.shows().await?;
        }
    }
    journal.push_ok(&[user.put_exactly("file_meta", "a%").clock(3).mark("back")]).await?;
    journal.holds().await
}

/// Pushes ops of one pk that a server may refuse.
async fn offered(journal: &mut Journal, op: Op) -> Checked<PushOutcome> {
    let settled = journal.attempt(&op).await?;
    let code = settled.result(0).filter(|result| !result.success).map(|result| result.error_code);
    let fair = [None, Some(Some(ErrorCode::ValidationError)), Some(Some(ErrorCode::Oversized))].contains(&code);
    let message = format!("the pk `{}` is neither accepted nor refused as invalid", shortened(op.pk()));
    let actual = settled.answer.outcome();
    settled.answer.ensure(EXACT, fair, message, "success, a 4xx, or VALIDATION_ERROR", actual)?;
    Ok(settled)
}

fn shortened(pk: &str) -> String {
    pk.escape_debug().take(60).collect()
}

async fn may_be_refused(context: Context) -> Checked {
    let long = |length: usize, last: &str| format!("{}{last}", "k".repeat(length - 1));
    let pks = [
        "a".to_owned(),
        "a\0".to_owned(),
        "a\0b".to_owned(),
        "a\0c".to_owned(),
        "\0".to_owned(),
        "\0a".to_owned(),
        String::new(),
        " ".to_owned(),
        "  ".to_owned(),
        "\t".to_owned(),
        "\n".to_owned(),
        "a\u{1}".to_owned(),
        "a\u{2}".to_owned(),
        "a\u{7f}".to_owned(),
        "__proto__".to_owned(),
        "constructor".to_owned(),
        "prototype".to_owned(),
        "toString".to_owned(),
        "hasOwnProperty".to_owned(),
        "\u{ffff}".to_owned(),
        "\u{10ffff}".to_owned(),
        long(64, "a"),
        long(64, "b"),
        long(200, "a"),
        long(200, "b"),
        long(256, "a"),
        long(256, "b"),
        long(3000, "a"),
        long(3000, "b"),
        "é".repeat(200),
        format!("{}e", "é".repeat(199)),
    ];
    let (user, mut journal) = Journal::with_user(&context, EXACT).await?;
    let mut taken = Vec::new();
    for pk in &pks {
        let settled = offered(&mut journal, user.put_exactly("file_meta", pk).clock(1).mark(&shortened(pk))).await?;
        if !settled.refused(0) {
            taken.push(pk);
        }
    }
    // Refused keys have left nothing, and accepted ones are unchanged.
    journal.holds().await?;
    for pk in taken.into_iter().step_by(2) {
        offered(&mut journal, Op::delete("file_meta", pk).clock(2)).await?;
    }
    journal.holds().await?;
    for pk in &pks {
        offered(&mut journal, Op::delete("kv", pk).clock(1)).await?;
    }
    journal.holds().await
}
