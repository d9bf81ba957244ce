//! The cases, one folder for each chapter of the requirements, and the list of all cases.

// A case that is written and not listed does not compile.
#![deny(dead_code)]

use syncproof_harness::case::Case;

mod after_collection;
mod concurrent;
mod cursor;
mod durable;
mod expiry;
mod gc;
mod http;
mod isolation;
mod lww;
mod member;
mod notification;
mod op;
mod prelude;
mod pull;
mod push;
mod session;
mod snapshot;
mod startup;
mod support;
mod tombstone;
mod workspace;

/// Every case, chapter by chapter, with those last that run again after a collection.
#[must_use]
pub fn all() -> Vec<Case> {
    let cases = [
        http::wrong_requests::CASES,
        http::headers::CASES,
        http::codings::CASES,
        http::wrong_shapes::CASES,
        http::hostile_names::CASES,
        http::hostile_places::CASES,
        http::wrong_types::CASES,
        http::raw_head::CASES,
        http::raw_framing::CASES,
        http::raw_smuggling::CASES,
        http::raw_timing::CASES,
        http::raw_content::CASES,
        session::login::CASES,
        session::identity::CASES,
        session::profile::CASES,
        session::addresses::CASES,
        session::concurrent::CASES,
        session::expiry::CASES,
        session::credential_times::CASES,
        workspace::creation::CASES,
        workspace::names::CASES,
        workspace::texts::CASES,
        workspace::renames_at_once::CASES,
        workspace::activation_races::CASES,
        workspace::times::CASES,
        workspace::names_again::CASES,
        workspace::conditional::CASES,
        workspace::before_sync::CASES,
        workspace::access::CASES,
        workspace::deletion::CASES,
        workspace::deletion_closes::CASES,
        workspace::deletion_of_everything::CASES,
        workspace::deletion_races::CASES,
        workspace::many::CASES,
        member::management::CASES,
        member::adding::CASES,
        member::roles::CASES,
        member::last_owner::CASES,
        member::removal::CASES,
        member::many::CASES,
        member::paths::CASES,
        member::away::CASES,
        member::role_matrix::CASES,
        push::results::CASES,
        push::refused::CASES,
        push::refused_texts::CASES,
        push::payload::CASES,
        push::families::CASES,
        push::fields::CASES,
        push::json_limits::CASES,
        push::schema::CASES,
        push::size::CASES,
        push::batch_sizes::CASES,
        push::generated::CASES,
        push::keys::CASES,
        push::keys_twice::CASES,
        push::clock_written::CASES,
        op::replay::CASES,
        op::replay_in_other_bytes::CASES,
        op::replay_in_capitals::CASES,
        op::batch::CASES,
        op::conflict::CASES,
        op::reuse::CASES,
        op::concurrent::CASES,
        lww::order::CASES,
        lww::deletes::CASES,
        lww::arrival::CASES,
        lww::edges::CASES,
        lww::hlcs::CASES,
        lww::many_writes::CASES,
        tombstone::one_a_record::CASES,
        tombstone::payload::CASES,
        tombstone::emptied::CASES,
        isolation::data::CASES,
        isolation::access::CASES,
        isolation::existence::CASES,
        pull::pages::CASES,
        pull::asked_again::CASES,
        pull::filter::CASES,
        pull::long_log::CASES,
        pull::stamps::CASES,
        pull::large_pages::CASES,
        pull::log_shapes::CASES,
        cursor::device::CASES,
        gc::collection::CASES,
        gc::devices::CASES,
        gc::many_devices::CASES,
        gc::gaps::CASES,
        gc::records::CASES,
        gc::history::CASES,
        gc::tombstones::CASES,
        gc::retention::CASES,
        gc::edges::CASES,
        gc::private::CASES,
        gc::log_and_tombstones::CASES,
        gc::replay::CASES,
        gc::restart::CASES,
        gc::access::CASES,
        gc::concurrent::CASES,
        expiry::CASES,
        snapshot::pages::CASES,
        snapshot::long_keys::CASES,
        snapshot::token::CASES,
        snapshot::alike_keys::CASES,
        notification::reading::CASES,
        notification::writing::CASES,
        notification::corrected::CASES,
        notification::removed_members::CASES,
        notification::snapshot::CASES,
        snapshot::concurrent::CASES,
        concurrent::pushes::CASES,
        concurrent::readers::CASES,
        concurrent::large_batches::CASES,
        concurrent::instances::CASES,
        concurrent::instances_sync::CASES,
        tombstone::counted_in_store::CASES,
        startup::settings::CASES,
        startup::switches::CASES,
        durable::lost_answers::CASES,
        startup::migration::CASES,
        startup::migrated::CASES,
        durable::kill::CASES,
        durable::tenancy::CASES,
        durable::full_store::CASES,
        durable::graceful_stop::CASES,
        durable::restart::CASES,
        durable::restart_access::CASES,
        http::closing::CASES,
    ]
    .concat();
    let again = after_collection::again(&cases);
    [cases, again].concat()
}
