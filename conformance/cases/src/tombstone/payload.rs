//! Tombstones: what the payload of a delete says does not count.

use crate::prelude::*;

const UNKNOWN: &str = "tombstone.delete-of-unknown";

cases! {
    /// A delete whose payload bears another record's key deletes its own pk, or is refused.
    "tombstone/payload-names-another-record" checks [UNKNOWN] by names_another;
}

async fn names_another(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, UNKNOWN).await?;
    for table in context.tables_to_delete_from() {
        let named = user.put(table.name, "named").clock(1).mark("named");
        journal.push_ok(&[named.clone(), user.put(table.name, "live").clock(1)]).await.in_setup()?;
        let payloads =
            [json!({"id": named.pk()}), json!({table.pk_field: named.pk(), "pk": named.pk()}), json!(named.content())];
        for (number, payload) in (2..).zip(payloads) {
            for pk in [format!("unknown{number}"), "live".to_owned()] {
                let delete = user.delete(table.name, &pk).clock(number).payload(Some(payload.clone()));
                let settled = journal.attempt(&[delete]).await?;
                settled.answer.ensure(
                    UNKNOWN,
                    settled.result(0).is_some_and(|result| result.success) || settled.invalid(0),
                    format!("a delete in {} fails because of its payload {payload}, which does not count", table.name),
                    "success, 400 or VALIDATION_ERROR",
                    settled.answer.outcome(),
                )?;
            }
            journal.shows().await?;
        }
    }
    journal.holds().await
}
