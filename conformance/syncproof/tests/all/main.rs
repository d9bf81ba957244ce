//! The suite, its command and its servers, tried from outside. One binary, since each one more links everything again.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test says by panicking what is wrong"
)]

mod against;
mod architecture;
mod blocked;
mod browser;
mod campaign;
mod campaign_reports;
mod causes;
mod closing;
mod command;
mod comparing;
mod container;
mod corpus;
mod doctor;
mod documents;
mod early_reader;
mod embedding;
mod exit_codes;
mod first_names;
mod gate;
mod histories;
mod hooks;
mod hostile;
mod init;
mod junit_form;
mod ledger;
mod listing;
mod merging;
mod patience;
mod power;
mod prints;
mod prints_reports;
mod probing;
mod provider;
mod repeating;
mod reports;
mod repro;
mod runner;
mod selection;
mod shell;
mod specimen;
mod specimen_tables;
mod suite;
mod tls;
mod wire_samples;
