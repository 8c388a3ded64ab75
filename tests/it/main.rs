//! Every test of the service as a whole, in one binary.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod accounts;
mod architecture;
mod authz;
mod chaos;
mod configuration;
mod replicas;
mod schema;
mod staff;
mod storms;
