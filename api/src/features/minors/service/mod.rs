//! Use cases: declaring an age and being asked anew; inviting, being and ceasing to be a guardian.

mod age;
mod guardian;

pub use age::{declare_age_band, review_ages, set_account_age_band};
pub use guardian::{
    confirm_ward, create_guardian_invitation, leave_wards, list_wards, set_ward_age_band,
    withdraw_guardian_consent,
};
