//! Runs the suite from your own program, with a case of your own in addition to those of the suite:
//! `cargo run --example embed -- http://127.0.0.1:8787`, for a server that trusts `Authorization: Bearer {user}`.

use syncproof::{Checked, Context, Credentials, Failure, Suite, Target, cases};

cases! {
    /// The default workspace has a name that is not blank.
    "mine/default-workspace-has-a-name" checks ["session.provisions-user"] by default_name;
}

async fn default_name(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let (session, _) = anna.session("session.provisions-user").await?;
    let name = session.workspace.map(|workspace| workspace.name).unwrap_or_default();
    if name.trim().is_empty() {
        return Err(Failure::new("session.provisions-user", "the name is blank", "some text", name).into());
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:8787".to_owned());
    let credentials = Credentials::header("Authorization: Bearer {user}")?;
    let suite = Suite::new(Target::at(&address), credentials).with_cases(CASES);
    let report = suite.filter("mine/*").filter("push/*").run().await?;
    std::fs::write("report.html", report.html()?)?;
    report.is_conformant().then_some(()).ok_or_else(|| report.verdict().into())
}
