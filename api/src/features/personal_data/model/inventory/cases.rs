//! The one file of a person that a law makes us keep.

use super::{DERIVED, INTERNAL, STAFF, WITH_ACCOUNT};
use crate::features::personal_data::model::{Erase, Export, Owner, Restriction, Table};

/// 市场监督管理总局令第121号第二十四条: the file of a complaint is kept.
const COMPLAINT_FILE: Restriction = Restriction {
    law: "samr_order_121_art_24",
    period: |privacy| privacy.complaint_file_days,
    since: "updated_at",
    running: Some(("status", &["submitted", "accepted"])),
};

pub const CASES: &[Table] = &[
    Table {
        name: "complaint_events",
        owner: Owner::Row { column: "complaint_id", of: "complaints" },
        export: Export::File {
            name: "complaint_events",
            about: "投诉办理过程",
            kept: "随投诉档案保存",
        },
        shown: &["id", "complaint_id", "from_status", "to_status", "actor_kind", "note", "at"],
        hidden: &[("actor_id", STAFF)],
        actors: &["actor_id"],
        erase: Erase::WithParent,
        ..Table::PERSONAL
    },
    Table {
        name: "complaints",
        export: Export::File {
            name: "complaints",
            about: "办理消费投诉",
            kept: "依法归档；账号注销后限制处理，保存期满删除",
        },
        shown: &[
            "id",
            "number",
            "account_id",
            "status",
            "region_code",
            "respondent_name",
            "respondent_address",
            "demand",
            "facts",
            "amount_fen",
            "purchased_on",
            "is_publishable",
            "is_delegable",
            "received_at",
            "received_on",
            "accept_due_on",
            "refusal_ground",
            "decided_at",
            "updated_at",
        ],
        opened: &[
            ("complainant_name_cipher", "complaint.name"),
            ("complainant_phone_cipher", "complaint.phone"),
            ("complainant_address_cipher", "complaint.address"),
        ],
        hidden: &[("decided_by", STAFF), ("version", INTERNAL)],
        erase: Erase::Restrict(COMPLAINT_FILE),
        ..Table::PERSONAL
    },
    Table {
        name: "text_reviews",
        owner: Owner::Account(&["author_id"]),
        export: Export::File {
            name: "text_reviews",
            about: "审核您提交的文字",
            kept: WITH_ACCOUNT,
        },
        shown: &[
            "id",
            "kind",
            "subject_id",
            "author_id",
            "region_code",
            "status",
            "reason",
            "submitted_at",
            "queued_at",
            "decided_at",
            "ground",
        ],
        hidden: &[
            ("digest_cipher", DERIVED),
            ("revision", INTERNAL),
            ("label", INTERNAL),
            ("trace_id", INTERNAL),
            ("claimed_by", STAFF),
            ("claimed_until", STAFF),
            ("decided_by", STAFF),
        ],
        ..Table::PERSONAL
    },
    Table {
        name: "risk_signals",
        export: Export::File {
            name: "risk_signals",
            about: "微信对账号风险的提示，仅供参考",
            kept: "保存至设定的期限或账号注销",
        },
        shown: &["id", "account_id", "scene", "status", "rank", "created_at", "answered_at"],
        hidden: &[("address_cipher", "网络地址，得到微信答复后即删除"), ("code", INTERNAL)],
        ..Table::PERSONAL
    },
];
