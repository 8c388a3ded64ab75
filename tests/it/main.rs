//! Every test of the service as a whole, in one binary.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails loudly")]

mod accounts;
mod appointments;
mod architecture;
mod articles;
mod authz;
mod chaos;
mod complaints;
mod configuration;
mod import;
mod kv;
mod labs;
mod quizzes;
mod readme;
mod regions;
mod replicas;
mod schema;
mod staff;
mod storms;
