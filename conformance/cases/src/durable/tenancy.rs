//! Users, workspaces, memberships, roles and sessions survive a kill.

use rand::RngExt as _;
use std::time::Duration;

use crate::prelude::*;
use crate::support::server_fixture::{server, start_again};
use syncproof_harness::world::SessionView;

const STABLE: &str = "session.stable";
const CREATED: &str = "workspace.create-makes-owner";
const SWITCHES: &str = "workspace.activate-switches-session";

cases! {
    /// Creates, renames, activates, deletes, invites, and kills just after each answer: all of it still holds.
    "durable/kill-keeps-who-stands-where"
        checks [STABLE, CREATED, SWITCHES, "workspace.rename", "workspace.delete-rehomes-actor"] needs [Restart]
        by tenancy;
}

/// What a user sees: the active workspace, the role there, and every workspace with its name and role.
fn seen(place: &SessionView) -> Value {
    json!({
        "user": place.session.user.id,
        "workspace": place.workspace(),
        "role": place.session.role,
        "list": place.entries(),
    })
}

async fn tenancy(context: Context) -> Checked {
    let mut rng = context.rng();
    let mut server = server(&context, STABLE).await?;
    let mut anna = context.user_at("anna", server.base()).await?;
    let mut ben = context.user_at("ben", server.base()).await?;
    let mut second: Option<Id> = None;
    for step in 0..6 {
        // The last answer before the kill is about something else each time.
        let requirement = match (step, &second) {
            (1, Some(second)) => {
                anna.rename_ok(second, &json!({"name": "renamed"}), "workspace.rename").await?;
                "workspace.rename"
            }
            (2, Some(second)) => {
                anna.activate_ok(second).await?;
                SWITCHES
            }
            (3, Some(second)) if context.has(Capability::Members) => {
                anna.invite(second, &ben, Role::Viewer).await?;
                ben.activate_ok(second).await?;
                STABLE
            }
            (4, Some(second)) => {
                anna.delete_workspace_ok(second, "workspace.delete-rehomes-actor").await?;
                "workspace.delete-rehomes-actor"
            }
            (5, _) => {
                // Nothing but the first session of a new user.
                ben = context.user_at("newcomer", server.base()).await?;
                STABLE
            }
            _ => {
                second = Some(anna.new_workspace("second").await?);
                CREATED
            }
        };
        let before = all_see(&[&anna, &ben]).await.in_setup()?;
        // Reading changes nothing in the store, so one more change follows, and the kill right after its answer.
        let name = format!("step {step}");
        anna.rename_ok(&anna.home, &json!({"name": name}), "workspace.rename").await.in_setup()?;
        server.kill_in(Duration::from_micros(rng.random_range(0..2_000))).await;
        start_again(&mut server, "durable.acknowledged-survives-kill").await?;
        (anna, ben) = (anna.at(server.base())?, ben.at(server.base())?);
        let place = anna.place(requirement).await?;
        let kept = place.entry(&anna.home).map(|entry| entry.name.clone());
        place.answer.equal(
            "workspace.rename",
            "after a kill, a workspace does not have the name that was acknowledged",
            Some(name),
            kept,
        )?;
        // Back to the name that was seen before.
        let old = before[0]["list"].as_array().into_iter().flatten().find(|entry| entry["id"] == json!(anna.home));
        let old = json!({"name": old.map_or("home", |entry| entry["name"].as_str().unwrap_or("home"))});
        anna.rename_ok(&anna.home, &old, "workspace.rename").await.in_setup()?;
        let after = all_see(&[&anna, &ben]).await?;
        place.answer.equal(
            requirement,
            "after a kill, users, workspaces or roles are not as they were acknowledged",
            before,
            after,
        )?;
    }
    server.stop().await;
    Ok(())
}

async fn all_see(users: &[&User]) -> Checked<Vec<Value>> {
    let mut all = Vec::new();
    for user in users {
        all.push(seen(&user.place(STABLE).await?));
    }
    Ok(all)
}
