//! One module per table: model, columns, words a column may hold, and scopes.
//! No I/O and no decisions; rules live in the features.

#[macro_use]
mod macros;

pub mod account;
pub mod article;
pub mod article_category;
pub mod attempt_answer;
pub mod audit_entry;
pub mod booking;
pub mod booking_event;
pub mod complaint;
pub mod complaint_event;
pub mod idempotency_key;
pub mod job;
pub mod lab;
pub mod lab_service;
pub mod login_session;
pub mod monitoring_point;
pub mod notification;
pub mod quiz;
pub mod quiz_attempt;
pub mod quiz_item;
pub mod quiz_option;
pub mod refresh_token;
pub mod region;
pub mod role;
pub mod role_permission;
pub mod scope;
pub mod slot;
pub mod staff_grant;
pub mod staff_member;
pub mod system_marker;
pub mod wechat_identity;
pub mod wechat_token;

all_tables! {
    account, article, article_category, attempt_answer, audit_entry, booking, booking_event,
    complaint, complaint_event, idempotency_key, job, lab, lab_service, login_session,
    monitoring_point, notification, quiz, quiz_attempt, quiz_item, quiz_option, refresh_token, region, role,
    role_permission, slot, staff_grant, staff_member, system_marker, wechat_identity, wechat_token,
}
