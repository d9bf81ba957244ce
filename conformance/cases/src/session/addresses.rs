//! What a provider says about a user, apart from who they are: an address and a name, which are that user's alone.

use crate::prelude::*;
use crate::session::login::{LoggedIn, identity, log_in};
use syncproof_harness::credential::{Headers, Identity};
use syncproof_protocol::wire::MembersAnswer;

const PAIR: &str = "session.identity-is-a-pair";

cases! {
    /// One of two people with one id at two providers gets another address and name; a member list shows the other as before.
    "session/a-new-address-is-one-users" checks [PAIR] needs [Providers, Members] by one_users;
}

async fn one_users(context: Context) -> Checked {
    let subject = context.name("anna");
    let address = |name: &str| format!("{}@{name}.test", context.name("anna"));
    let (ben, shared) = owner_of(&context, "shared").await?;
    let mut annas: Vec<(Identity, Headers)> = Vec::new();
    for provider in ["syncproof", "syncproof-other"] {
        let anna = identity(provider, &subject, address(provider));
        let headers = context.exact_credential(&anna).await?;
        if annas.iter().any(|(_, known)| *known == headers) {
            return Err(Stop::Skipped("the credentials cannot express two providers".to_owned()));
        }
        let client = context.anonymous().with_credential(provider, &headers);
        let LoggedIn { session, .. } = log_in(&client, PAIR).await?;
        ben.add_member(&shared, &session.user.id, "viewer")
            .await
            .expect_status("member.owner-manages", &[200])
            .in_setup()?;
        annas.push((anna, headers));
    }
    for (number, (anna, _)) in annas.iter().enumerate() {
        let before = addresses(&ben, &shared).await?;
        let moved = Identity { email: address("moved"), name: format!("Anna {number}"), ..anna.clone() };
        let client = context.anonymous().with_credential("anna, moved", &context.exact_credential(&moved).await?);
        let LoggedIn { answer, session, .. } = log_in(&client, PAIR).await?;
        let after = addresses(&ben, &shared).await?;
        let others = |all: &[(Id, Value)]| -> Vec<Value> {
            all.iter().filter(|(id, _)| *id != session.user.id).map(|(id, shown)| json!([id, shown])).collect()
        };
        let message = "a user of another provider has changed, because one with the same id has";
        answer.equal(PAIR, message, others(&before), others(&after))?;
    }
    Ok(())
}

/// Whom the members of a workspace are shown as.
async fn addresses(user: &User, workspace: &Id) -> Checked<Vec<(Id, Value)>> {
    let answer = user.members(workspace).await;
    let members = answer.read::<MembersAnswer>(PAIR)?.members.into_iter();
    Ok(members.map(|member| (member.user_id, json!([member.email, member.display_name]))).collect())
}
