//! The account itself when it becomes part of another: no column of it is forgotten.

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
