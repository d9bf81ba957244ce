//! The reference server of the sync protocol.
