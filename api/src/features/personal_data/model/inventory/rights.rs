//! The rights themselves, and the trail.

use super::{INTERNAL, SECRET, STAFF, WITH_ACCOUNT};
use crate::features::personal_data::model::{Erase, Export, Owner, Table};

pub const RIGHTS: &[Table] = &[
    Table {
        name: "correction_requests",
        export: Export::File {
            name: "corrections", about: "更正个人信息", kept: WITH_ACCOUNT
        },
        shown: &[
            "id",
            "account_id",
            "subject_kind",
            "subject_id",
            "field",
            "status",
            "region_code",
            "decided_at",
            "created_at",
        ],
        opened: &[
            ("wish_cipher", "correction_request.wish"),
            ("reason_cipher", "correction_request.reason"),
        ],
        hidden: &[("decided_by", STAFF)],
        ..Table::PERSONAL
    },
    Table {
        name: "data_exports",
        export: Export::File {
            name: "exports", about: "查阅、复制个人信息", kept: WITH_ACCOUNT
        },
        shown: &[
            "id",
            "account_id",
            "status",
            "size_bytes",
            "requested_at",
            "ready_at",
            "expires_at",
        ],
        hidden: &[
            ("folder", SECRET),
            ("attempt", INTERNAL),
            ("parts", INTERNAL),
            ("ticket_hash", SECRET),
            ("ticket_expires_at", SECRET),
        ],
        file: Some("folder"),
        ..Table::PERSONAL
    },
    Table {
        name: "account_deletions",
        export: Export::File {
            name: "deletions",
            about: "注销账号",
            kept: "注销后只保留不含个人信息的处理证明",
        },
        shown: &[
            "id",
            "account_id",
            "status",
            "requested_at",
            "closes_at",
            "cancelled_at",
            "erased_at",
        ],
        hidden: &[("subject_id", INTERNAL), ("outcome", INTERNAL), ("has_open_cases", INTERNAL)],
        erase: Erase::Anonymise(&["account_id"]),
        ..Table::PERSONAL
    },
    // 网络安全法第二十三条: network logs are kept for at least six months. The trail is append-only and
    // holds ids, field names and sealed network addresses; with the account gone its id leads nowhere.
    Table {
        name: "audit_entries",
        owner: Owner::Account(&["actor_id"]),
        export: Export::Nothing("依法留存的安全审计日志，仅含编号，不含个人信息内容"),
        shown: &[
            "id",
            "at",
            "actor_kind",
            "actor_id",
            "action",
            "object_kind",
            "object_id",
            "request_id",
            "details",
            "outcome",
            "session_id",
            "client",
            "before_digest",
            "after_digest",
            "mac",
            "seq",
            "link",
        ],
        opened: &[("address_cipher", "audit.address")],
        erase: Erase::Keep("an append-only log that the Cybersecurity Law (Art. 23) makes us keep"),
        ..Table::PERSONAL
    },
];
