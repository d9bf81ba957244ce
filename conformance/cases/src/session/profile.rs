//! Sessions: e-mail address and name of a user.

use crate::prelude::*;
use crate::session::login::log_in;
use syncproof_harness::credential::Identity;
use syncproof_protocol::family::{Family, is_name};

const AS_GIVEN: &str = "session.profile-as-given";

cases! {
    /// Addresses in capitals and with tags, and names in every form: session and members show them as the credential does.
    "session/profiles-of-every-family" checks [AS_GIVEN] by profiles;
}

/// Whether a profile shows that text, or none at all.
fn shows(answer: &Answer, what: &str, expected: &str, actual: Option<&String>) -> Checked {
    let Some(actual) = actual else { return Ok(()) };
    answer.equal(AS_GIVEN, format!("the {what} of a user is not shown as the credential has it"), expected, actual)
}

async fn profiles(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let shared = match context.has(Capability::Members) {
        true => Some(anna.new_workspace("shared").await?),
        false => None,
    };
    let families = [Family::LetterCase, Family::NormalForms, Family::Compatibility, Family::Scripts, Family::Astral];
    let names: Vec<&str> =
        families.into_iter().flat_map(|family| family.texts().filter(|text| is_name(text)).take(8)).collect();
    for (number, address) in Family::Emails.texts().chain(names.iter().copied()).enumerate() {
        let own = context.identity("person");
        let name = names[number % names.len()].to_owned();
        let email = format!("{}-{address}", own.subject);
        let identity = Identity { email, name, ..own };
        let headers = context.exact_credential(&identity).await?;
        let client = context.anonymous().with_credential(&format!("person {number}"), &headers);
        let login = log_in(&client, AS_GIVEN).await?;
        let user = &login.session.user;
        context.check_should(shows(&login.answer, "e-mail address", &identity.email, user.email.as_ref()));
        context.check_should(shows(&login.answer, "name", &identity.name, user.display_name.as_ref()));
        let Some(shared) = &shared else { continue };
        anna.add_member(shared, &user.id, "viewer").await.read::<OkAnswer>(AS_GIVEN).in_setup()?;
        let answer = anna.members(shared).await;
        let members = answer.read::<MembersAnswer>(AS_GIVEN)?.members;
        let Some(member) = members.iter().find(|member| member.user_id == user.id) else { continue };
        context.check_should(shows(&answer, "e-mail address", &identity.email, member.email.as_ref()));
        context.check_should(shows(&answer, "name", &identity.name, member.display_name.as_ref()));
    }
    Ok(())
}
