//! Who a person is to us: account, log-ins, inbox.

use super::{DERIVED, INTERNAL, SECRET, STAFF, WITH_ACCOUNT};
use crate::features::personal_data::model::{Export, Owner, Table};

pub const ACCOUNT: &[Table] = &[
    Table {
        name: "accounts",
        // What became part of the account is the account's.
        owner: Owner::Account(&["id", "merged_into"]),
        export: Export::File { name: "account", about: "账号基本信息", kept: WITH_ACCOUNT },
        shown: &[
            "id",
            "status",
            "audience",
            "region_code",
            "phone_bound_at",
            "kind",
            "age_band",
            "age_review_on",
            "age_review_asked_at",
            "guardian_consent_id",
            "unionid",
            "merged_into",
            "created_at",
            "updated_at",
        ],
        opened: &[("phone_cipher", "account.phone"), ("school_name_cipher", "account.school_name")],
        hidden: &[("phone_index", DERIVED), ("epoch", INTERNAL), ("version", INTERNAL)],
        ..Table::PERSONAL
    },
    Table {
        name: "wechat_identities",
        export: Export::File {
            name: "wechat_identities", about: "微信登录", kept: WITH_ACCOUNT
        },
        shown: &["id", "account_id", "appid", "openid", "unionid", "created_at", "last_login_at"],
        hidden: &[("session_key_cipher", SECRET)],
        ..Table::PERSONAL
    },
    Table {
        name: "real_names",
        key: &["account_id"],
        export: Export::File {
            name: "real_name",
            about: "办理投诉所需的实名信息",
            kept: "至您删除、撤回同意或注销账号",
        },
        shown: &["account_id", "purpose", "given_at"],
        opened: &[("name_cipher", "real_name.name"), ("id_number_cipher", "real_name.id_number")],
        hidden: &[("id_number_index", DERIVED)],
        ..Table::PERSONAL
    },
    Table {
        name: "account_conflicts",
        export: Export::File {
            name: "account_conflicts",
            about: "微信身份与账号不一致时的核对",
            kept: WITH_ACCOUNT,
        },
        shown: &[
            "id",
            "kind",
            "account_id",
            "identity_id",
            "unionid",
            "seen_count",
            "created_at",
            "last_seen_at",
            "decision",
            "decided_at",
        ],
        hidden: &[("decided_by", STAFF)],
        ..Table::PERSONAL
    },
    Table {
        name: "refresh_tokens",
        owner: Owner::Row { column: "session_id", of: "login_sessions" },
        key: &["token_hash"],
        export: Export::Nothing(SECRET),
        shown: &["token_hash", "session_id", "issued_at", "expires_at", "used_at"],
        ..Table::PERSONAL
    },
    Table {
        name: "login_sessions",
        owner: Owner::Account(&["subject_id"]),
        export: Export::File {
            name: "sessions",
            about: "登录状态与账号安全",
            kept: "登录失效后删除",
        },
        shown: &[
            "id",
            "audience",
            "subject_id",
            "created_at",
            "last_refreshed_at",
            "last_seen_at",
            "device",
            "network",
            "expires_at",
            "revoked_at",
            "revoked_because",
            "door",
        ],
        ..Table::PERSONAL
    },
    Table {
        name: "idempotency_keys",
        owner: Owner::Subject("subject"),
        key: &["subject", "key"],
        export: Export::Nothing("防止重复提交的临时副本，24 小时内自动删除，原内容已在其他文件中"),
        shown: &[
            "subject",
            "key",
            "operation",
            "request_hash",
            "status",
            "created_at",
            "expires_at",
        ],
        opened: &[("body_cipher", "idempotency.body")],
        ..Table::PERSONAL
    },
    Table {
        name: "notifications",
        export: Export::File {
            name: "notifications", about: "办理进展通知", kept: WITH_ACCOUNT
        },
        shown: &[
            "id",
            "account_id",
            "kind",
            "subject_id",
            "title",
            "body",
            "read_at",
            "delivery",
            "delivered_at",
            "created_at",
        ],
        hidden: &[("delivery_attempts", INTERNAL), ("delivery_code", INTERNAL)],
        ..Table::PERSONAL
    },
];
