//! Workspaces: activations beside other requests of the same user at one instant.

use crate::prelude::*;

const ACTIVATES: &str = "workspace.activate-switches-session";
/// How often it is tried, there and back.
const ROUNDS: usize = 30;

cases! {
    /// While a user's other clients ask for session and list at one instant, an activation that is answered stands.
    "workspace/activated-while-others-ask" checks [ACTIVATES] by while_others_ask;
}

async fn while_others_ask(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let second = anna.new_workspace("second").await?;
    for round in 0..ROUNDS {
        let place = if round % 2 == 0 { &second } else { &anna.home };
        let mut requests = vec![Request::get(endpoint::SESSION.path); 2 + round % 6];
        requests.push(Request::get(endpoint::LIST_WORKSPACES.path));
        let at = round % requests.len();
        requests.insert(at, Request::post(endpoint::ACTIVATE.path, &json!({"id": place})));
        let together = requests.into_iter().map(|request| (anna.client().clone(), request)).collect();
        let answers = send_together(together).await?;
        if let Some(answer) = answers.get(at) {
            answer.read::<OkAnswer>(ACTIVATES)?;
        }
        let (session, answer) = anna.session(ACTIVATES).await?;
        let message = "an activation was answered, and the session stands elsewhere: others asked at the same instant";
        answer.equal(ACTIVATES, message, Some(place), session.workspace.as_ref().map(|workspace| &workspace.id))?;
    }
    Ok(())
}
