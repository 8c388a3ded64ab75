//! Every encrypted column, once: where it is, what it is for, and its blind index. The rotation of
//! keys walks this list; a test compares it with the tables, so that a new column cannot be forgotten.

/// Which type a column of a primary key has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    Uuid,
    Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CipherColumn {
    pub table: &'static str,
    pub key: &'static [(&'static str, KeyKind)],
    pub column: &'static str,
    /// Authenticated with the content: a cipher text moved to another column does not open.
    pub purpose: &'static str,
    /// The blind index of the same value.
    pub index: Option<&'static str>,
}

impl CipherColumn {
    /// `accounts.phone_cipher`
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}.{}", self.table, self.column)
    }
}

const BY_ID: &[(&str, KeyKind)] = &[("id", KeyKind::Uuid)];
const BY_ACCOUNT: &[(&str, KeyKind)] = &[("account_id", KeyKind::Uuid)];

macro_rules! fields {
    ($($name:ident $table:literal $column:literal by $key:expr, for $purpose:literal $(, indexed in $index:literal)?;)+) => {
        /// The columns by name, for whoever seals and opens them.
        pub mod column {
            use super::{BY_ACCOUNT, BY_ID, CipherColumn, KeyKind};
            $(pub const $name: CipherColumn = CipherColumn {
                table: $table,
                key: $key,
                column: $column,
                purpose: $purpose,
                index: [$($index,)?].first().copied(),
            };)+
        }

        pub const FIELDS: &[CipherColumn] = &[$(column::$name),+];
    };
}

fields! {
    ACCOUNT_PHONE "accounts" "phone_cipher" by BY_ID, for "account.phone", indexed in "phone_index";
    ACCOUNT_SCHOOL "accounts" "school_name_cipher" by BY_ID, for "account.school_name";
    REAL_NAME "real_names" "name_cipher" by BY_ACCOUNT, for "real_name.name";
    ID_NUMBER "real_names" "id_number_cipher" by BY_ACCOUNT, for "real_name.id_number", indexed in "id_number_index";
    WECHAT_SESSION_KEY "wechat_identities" "session_key_cipher" by BY_ID, for "wechat_identity.session_key";
    COMPLAINT_NAME "complaints" "complainant_name_cipher" by BY_ID, for "complaint.name";
    COMPLAINT_PHONE "complaints" "complainant_phone_cipher" by BY_ID, for "complaint.phone";
    COMPLAINT_ADDRESS "complaints" "complainant_address_cipher" by BY_ID, for "complaint.address";
    BOOKING_BENEFICIARY "bookings" "beneficiary_cipher" by BY_ID, for "booking.beneficiary", indexed in "person_index";
    BOOKING_PHONE "bookings" "beneficiary_phone_cipher" by BY_ID, for "booking.phone";
    BOOKING_PIN "bookings" "pin_cipher" by BY_ID, for "booking.pin";
    BOOKING_SEAT "booking_rosters" "name_cipher" by BY_ID, for "booking.seat";
    CLASS_CODE "classes" "code_cipher" by BY_ID, for "class.code", indexed in "code_index";
    CORRECTION_WISH "correction_requests" "wish_cipher" by BY_ID, for "correction_request.wish";
    CORRECTION_REASON "correction_requests" "reason_cipher" by BY_ID, for "correction_request.reason";
    LOTTERY_SEED "lotteries" "seed_cipher" by BY_ID, for "lottery.seed";
    QUESTION_CONTENT "questions" "content_cipher" by BY_ID, for "question.content";
    QUESTION_ANSWER "questions" "answer_cipher" by BY_ID, for "question.answer";
    QUESTION_FOLLOW_UP "questions" "follow_up_cipher" by BY_ID, for "question.follow_up";
    QUESTION_LAST_ANSWER "questions" "follow_up_answer_cipher" by BY_ID, for "question.follow_up_answer";
    RESTRICTED_CONTENT "restricted_records" "content_cipher" by BY_ID, for "restricted_record.content";
    STAFF_FACTOR_SECRET "staff_factors" "secret_cipher" by &[("staff_id", KeyKind::Uuid)], for "staff_factor.secret";
    STAFF_FACTOR_PENDING "staff_factors" "pending_cipher" by &[("staff_id", KeyKind::Uuid)], for "staff_factor.pending";
    AUDIT_ADDRESS "audit_entries" "address_cipher" by BY_ID, for "audit.address";
    IDEMPOTENCY_BODY "idempotency_keys" "body_cipher" by &[("subject", KeyKind::Text), ("key", KeyKind::Text)], for "idempotency.body";
    RISK_ADDRESS "risk_signals" "address_cipher" by BY_ID, for "risk_signal.address";
    TEXT_DIGEST "text_reviews" "digest_cipher" by BY_ID, for "text_review.digest";
    WECHAT_TOKEN "wechat_tokens" "token_cipher" by &[("appid", KeyKind::Text)], for "wechat.access_token";
}

/// Keyed hashes without a cipher text beside them: only who says the value again, as with a seat's
/// card, has them written anew; the others go with their rows. Until then their key is needed.
pub const LONE_INDEXES: &[(&str, &str)] = &[
    ("bookings", "phone_index"),
    ("class_seats", "pin_index"),
    ("guardian_invitations", "code_index"),
    ("staff_unknown_logins", "name_index"),
];
