//! One module per table: model, columns, words a column may hold, and scopes.
//! No I/O and no decisions; rules live in the features.

#[macro_use]
mod macros;

pub mod account;
pub mod account_conflict;
pub mod account_deletion;
pub mod article;
pub mod article_category;
pub mod article_counter;
pub mod article_favourite;
pub mod article_label;
pub mod article_publication;
pub mod article_reading;
pub mod article_review;
pub mod article_revision;
pub mod article_share;
pub mod article_step;
pub mod article_vote;
pub mod attempt_answer;
pub mod audit_chain;
pub mod audit_entry;
pub mod audit_export;
pub mod booking;
pub mod booking_event;
pub mod booking_export;
pub mod booking_pause;
pub mod booking_reminder;
pub mod booking_roster;
pub mod bulletin;
pub mod bulletin_counter;
pub mod bulletin_event;
pub mod bulletin_import;
pub mod bulletin_notice;
pub mod bulletin_product;
pub mod bulletin_product_code;
pub mod calendar_feed;
pub mod campaign;
pub mod campaign_item;
pub mod check_in_scan;
pub mod class;
pub mod class_seat;
pub mod complaint;
pub mod complaint_event;
pub mod consent;
pub mod correction_request;
pub mod crypto_rotation;
pub mod data_export;
pub mod faq;
pub mod follow;
pub mod guardian_consent;
pub mod guardian_invitation;
pub mod home_page;
pub mod idempotency_key;
pub mod job;
pub mod lab;
pub mod lab_accreditation;
pub mod lab_capability;
pub mod lab_report;
pub mod lab_result;
pub mod lab_service;
pub mod late_result;
pub mod login_session;
pub mod lottery;
pub mod lottery_entry;
pub mod lottery_slot;
pub mod media_file;
pub mod monitoring_point;
pub mod notification;
pub mod plan;
pub mod poster_code;
pub mod poster_hit;
pub mod question;
pub mod quiz;
pub mod quiz_attempt;
pub mod quiz_item;
pub mod quiz_option;
pub mod reader_setting;
pub mod real_name;
pub mod refresh_token;
pub mod region;
pub mod restricted_record;
pub mod risk_lead;
pub mod risk_signal;
pub mod role;
pub mod role_permission;
pub mod sample;
pub mod sample_event;
pub mod satisfaction;
pub mod scope;
pub mod search_document;
pub mod search_synonym;
pub mod search_synonym_word;
pub mod search_tag;
pub mod search_term;
pub mod slot;
pub mod spot_check_item;
pub mod staff_factor;
pub mod staff_grant;
pub mod staff_login_ticket;
pub mod staff_member;
pub mod staff_password_history;
pub mod staff_recovery_code;
pub mod staff_unknown_login;
pub mod staff_wechat_binding;
pub mod stop;
pub mod system_marker;
pub mod text_review;
pub mod wechat_identity;
pub mod wechat_token;

all_tables! {
    account, account_conflict, account_deletion, article, article_category, article_counter,
    article_favourite, article_label, article_publication, article_reading, article_review,
    article_revision, article_share, article_step, article_vote, attempt_answer, audit_chain,
    audit_entry, audit_export, booking, booking_event, booking_export, booking_pause,
    booking_reminder, booking_roster, bulletin, bulletin_counter, bulletin_event,
    bulletin_import, bulletin_notice, bulletin_product, bulletin_product_code, calendar_feed,
    campaign, campaign_item, check_in_scan, class, class_seat, complaint, complaint_event,
    consent, correction_request, crypto_rotation, data_export, faq, follow, guardian_consent,
    guardian_invitation, home_page, idempotency_key, job, lab, lab_accreditation,
    lab_capability, lab_report, lab_result, lab_service, late_result, login_session, lottery,
    lottery_entry, lottery_slot, media_file, monitoring_point, notification, plan, poster_code,
    poster_hit, question, quiz, quiz_attempt, quiz_item, quiz_option, reader_setting, real_name,
    refresh_token, region, restricted_record, risk_lead, risk_signal, role, role_permission,
    sample, sample_event, satisfaction, search_document, search_synonym, search_synonym_word,
    search_tag, search_term, slot, spot_check_item, staff_factor, staff_grant,
    staff_login_ticket, staff_member, staff_password_history, staff_recovery_code,
    staff_unknown_login, staff_wechat_binding, stop, system_marker, text_review,
    wechat_identity, wechat_token,
}
