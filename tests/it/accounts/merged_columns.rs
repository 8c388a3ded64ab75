//! Of two accounts that become one no column is forgotten, neither of theirs nor of what they have.

use std::collections::BTreeSet;

use sanjin::features::accounts::MERGE;

/// What `merged` and `retire` speak of; the others are the survivor's own affair.
const OF_AN_ACCOUNT: &[&str] = &[
    "age_band",
    "age_review_asked_at",
    "age_review_on",
    "audience",
    "created_at",
    "epoch",
    "guardian_consent_id",
    "id",
    "kind",
    "merged_into",
    "phone_bound_at",
    "phone_cipher",
    "phone_index",
    "region_code",
    "school_name_cipher",
    "status",
    "unionid",
    "updated_at",
    "version",
];

#[test]
fn every_column_of_an_account_is_thought_of() {
    let accounts = entity::all_tables().into_iter().find(|table| table.name == "accounts").unwrap();
    for (column, _) in accounts.columns {
        let is_known = OF_AN_ACCOUNT.contains(&column.as_str());
        assert!(is_known, "accounts.{column}: say in accounts::model::merged what becomes of it");
    }
}

/// Columns that hold an id which is never an account's.
const OTHER_IDS: &[&str] = &[
    "account_quota_no",
    "answered_by",
    "article_id",
    "assignee_id",
    "attempt_id",
    "author_id",
    "booked_by",
    "booking_id",
    "bulletin_id",
    "campaign_id",
    "changed_by",
    "checked_in_by",
    "claimed_by",
    "class_id",
    "complaint_id",
    "cover_id",
    "created_by",
    "decided_by",
    "edited_by",
    "ended_by",
    "follow_up_answered_by",
    "granted_by",
    "guardian_consent_id",
    "holder_id",
    "id",
    "identity_id",
    "import_id",
    "issued_by",
    "item_id",
    "lab_id",
    "latest_revision_id",
    "live_revision_id",
    "lottery_id",
    "media_id",
    "person_index",
    "plan_id",
    "poster_id",
    "product_id",
    "published_by",
    "question_id",
    "quiz_id",
    "reached",
    "replaced_by",
    "ref_id",
    "report_id",
    "requested_by",
    "rescheduled_from",
    "result_id",
    "revision_id",
    "revoked_by",
    "role_id",
    "sample_id",
    "scan_id",
    "scheduled_by",
    "service_id",
    "session_id",
    "slot_id",
    "staff_id",
    "stop_id",
    "subject_kind",
    "submitted_by",
    "synced_by",
    "synonym_id",
    "triaged_by",
    "updated_by",
    "void_reason",
    "void_reason_code",
    "void_requested_by",
    "voided_by",
    "withdrawn_by",
];

/// Columns of other kinds that name somebody.
const NAMING: &[&str] =
    &["account", "actor_id", "object_id", "owner", "person", "resident", "subject"];

#[test]
fn every_column_that_can_hold_an_account_has_its_rule() {
    let ruled: BTreeSet<(&str, &str)> = MERGE.iter().map(|(t, c, _)| (*t, *c)).collect();
    assert_eq!(ruled.len(), MERGE.len(), "a column has two rules");
    let mut known = BTreeSet::new();
    let mut forgotten = Vec::new();
    for table in entity::all_tables() {
        for (column, definition) in table.columns {
            let is_id = matches!(definition.get_column_type(), sea_orm::ColumnType::Uuid);
            let names = NAMING.iter().any(|word| column.contains(word));
            let has_rule = ruled.contains(&(table.name.as_str(), column.as_str()));
            if (names || is_id) && !has_rule && !OTHER_IDS.contains(&column.as_str()) {
                forgotten.push(format!("{}.{column}", table.name));
            }
            known.insert((table.name.clone(), column));
        }
    }
    assert!(
        forgotten.is_empty(),
        "what becomes of {forgotten:?} when two accounts become one? Say so in accounts::model::MERGE."
    );
    for (table, column, _) in MERGE {
        let is_there = known.contains(&((*table).to_owned(), (*column).to_owned()));
        assert!(is_there, "{table}.{column} has a rule and does not exist");
    }
}
