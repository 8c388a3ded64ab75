//! All SQL of labs.

mod accreditations;
mod directory;
mod labs;
mod services;

pub use accreditations::{accreditations, end_accreditation, insert_accreditation, settle};
pub use directory::{Search, active_page, near};
pub use labs::{
    Profile, by_id, capabilities, days_needed, in_scope, insert, locked_in_scope,
    replace_capabilities, replace_profile, scope_page, set_status, touch,
};
pub use services::{insert_service, offers, service, services, set_service_status, update_service};
