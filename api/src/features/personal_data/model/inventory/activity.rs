//! What a person does here. The places of bookings are given back before.

use super::{INTERNAL, STAFF, WITH_ACCOUNT};
use crate::features::personal_data::model::{Erase, Export, Owner, Table};

pub const ACTIVITY: &[Table] = &[
    Table {
        name: "booking_events",
        owner: Owner::Row { column: "booking_id", of: "bookings" },
        export: Export::File {
            name: "booking_events", about: "预约办理过程", kept: WITH_ACCOUNT
        },
        shown: &["id", "booking_id", "from_status", "to_status", "actor_kind", "reason", "at"],
        hidden: &[("actor_id", STAFF)],
        actors: &["actor_id"],
        ..Table::PERSONAL
    },
    Table {
        name: "bookings",
        export: Export::File {
            name: "bookings", about: "预约免费检测等服务", kept: WITH_ACCOUNT
        },
        shown: &[
            "id",
            "account_id",
            "slot_id",
            "lab_id",
            "service_id",
            "status",
            "product_name",
            "reason",
            "confirm_by",
            "decided_at",
            "created_at",
            "updated_at",
        ],
        hidden: &[("decided_by", STAFF), ("version", INTERNAL)],
        ..Table::PERSONAL
    },
    Table {
        name: "attempt_answers",
        owner: Owner::Row { column: "attempt_id", of: "quiz_attempts" },
        key: &["attempt_id", "item_id"],
        export: Export::File { name: "quiz_answers", about: "知识答题", kept: WITH_ACCOUNT },
        shown: &["attempt_id", "item_id", "choices", "answered_at", "is_correct", "points"],
        hidden: &[("seq", INTERNAL)],
        ..Table::PERSONAL
    },
    Table {
        name: "quiz_attempts",
        export: Export::File { name: "quiz_attempts", about: "知识答题", kept: WITH_ACCOUNT },
        shown: &[
            "id",
            "quiz_id",
            "account_id",
            "attempt_no",
            "status",
            "points",
            "max_points",
            "started_at",
            "deadline_at",
            "submitted_at",
        ],
        hidden: &[("paper", "试卷及答案，不属于个人信息")],
        ..Table::PERSONAL
    },
    // Evidence of a case stays with the case, as nobody's; it goes when the record of the case ends.
    Table {
        name: "media_files",
        export: Export::File {
            name: "files", about: "上传的文件", kept: "随所属事项保存"
        },
        shown: &[
            "id",
            "account_id",
            "purpose",
            "state",
            "media_type",
            "bytes",
            "width",
            "height",
            "holder_kind",
            "holder_id",
            "created_at",
            "expires_at",
        ],
        hidden: &[
            ("staff_id", STAFF),
            ("sha256", INTERNAL),
            ("renditions", INTERNAL),
            ("storage_key", INTERNAL),
            ("is_public", INTERNAL),
        ],
        erase: Erase::Anonymise(&["account_id"]),
        ..Table::PERSONAL
    },
];
