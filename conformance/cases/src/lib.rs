//! The cases, chapter by chapter of the requirements, and the one list of them all.

use syncproof_harness::case::Case;

mod bench;
mod closing;
mod concurrent;
mod cursor;
mod deletion;
mod deletion_closing;
mod deletion_race;
mod durable_kill;
mod durable_lost;
mod durable_restart;
mod durable_restart_access;
mod durable_stop;
mod durable_tenancy;
mod endpoint;
mod existence;
mod gc;
mod gc_access;
mod gc_age;
mod gc_apart;
mod gc_concurrent;
mod gc_device;
mod gc_gap;
mod gc_replay;
mod gc_restart;
mod gc_retention;
mod gc_state;
mod gc_tombstone;
mod hostile_places;
mod http;
mod http_hostile;
mod http_raw;
mod http_raw_content;
mod http_raw_framing;
mod http_raw_head;
mod http_raw_smuggle;
mod http_raw_timing;
mod http_shape;
mod http_types;
mod inspect;
mod instances;
mod instances_sync;
mod isolation;
mod isolation_access;
mod lasting;
mod lww;
mod lww_delete;
mod lww_edge;
mod lww_order;
mod member;
mod member_removal;
mod member_roles;
mod notification;
mod notification_corrected;
mod notification_gone;
mod notification_snapshot;
mod notification_write;
mod op;
mod op_again;
mod op_batch;
mod op_concurrent;
mod op_conflict;
mod op_reuse;
mod pull;
mod pull_filter;
mod push;
mod push_fields;
mod push_generated;
mod push_limits;
mod push_payload;
mod push_refused;
mod push_schema;
mod push_size;
mod push_text;
mod restart_means;
mod role_matrix;
mod session;
mod session_concurrent;
mod session_expiry;
mod session_identity;
mod snapshot;
mod snapshot_token;
mod snapshot_writers;
mod startup;
mod startup_migration;
mod storm;
mod tombstone;
mod tombstone_payload;
mod workspace;
mod workspace_access;
mod workspace_names;

/// Every case, chapter by chapter.
#[must_use]
pub fn all() -> Vec<Case> {
    [
        http::CASES,
        http_shape::CASES,
        http_hostile::CASES,
        hostile_places::CASES,
        http_types::CASES,
        http_raw_head::CASES,
        http_raw_framing::CASES,
        http_raw_smuggle::CASES,
        http_raw_timing::CASES,
        http_raw_content::CASES,
        session::CASES,
        session_identity::CASES,
        session_concurrent::CASES,
        session_expiry::CASES,
        workspace::CASES,
        workspace_names::CASES,
        workspace_access::CASES,
        deletion::CASES,
        deletion_closing::CASES,
        deletion_race::CASES,
        member::CASES,
        member_roles::CASES,
        member_removal::CASES,
        role_matrix::CASES,
        push::CASES,
        push_refused::CASES,
        push_payload::CASES,
        push_fields::CASES,
        push_limits::CASES,
        push_schema::CASES,
        push_size::CASES,
        push_generated::CASES,
        push_text::CASES,
        op::CASES,
        op_again::CASES,
        op_batch::CASES,
        op_conflict::CASES,
        op_reuse::CASES,
        op_concurrent::CASES,
        lww::CASES,
        lww_delete::CASES,
        lww_order::CASES,
        lww_edge::CASES,
        tombstone::CASES,
        tombstone_payload::CASES,
        isolation::CASES,
        isolation_access::CASES,
        existence::CASES,
        pull::CASES,
        pull_filter::CASES,
        cursor::CASES,
        gc::CASES,
        gc_device::CASES,
        gc_gap::CASES,
        gc_state::CASES,
        gc_tombstone::CASES,
        gc_retention::CASES,
        gc_age::CASES,
        gc_apart::CASES,
        gc_replay::CASES,
        gc_restart::CASES,
        gc_access::CASES,
        gc_concurrent::CASES,
        lasting::CASES,
        snapshot::CASES,
        snapshot_token::CASES,
        notification::CASES,
        notification_write::CASES,
        notification_corrected::CASES,
        notification_gone::CASES,
        notification_snapshot::CASES,
        snapshot_writers::CASES,
        concurrent::CASES,
        instances::CASES,
        instances_sync::CASES,
        inspect::CASES,
        startup::CASES,
        durable_lost::CASES,
        startup_migration::CASES,
        durable_kill::CASES,
        durable_tenancy::CASES,
        durable_stop::CASES,
        durable_restart::CASES,
        durable_restart_access::CASES,
        closing::CASES,
    ]
    .concat()
}
