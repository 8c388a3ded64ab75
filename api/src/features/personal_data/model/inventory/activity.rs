//! What a person does here. The places of bookings are given back before.

use super::{DERIVED, INTERNAL, SECRET, STAFF, WITH_ACCOUNT};
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
            "units",
            "channel",
            "expires_at",
            "rescheduled_from",
            "moves",
            "public_code",
            "parcel_number",
            "checked_in_at",
            "checked_in_place",
            "units_absent",
            "sample_number",
            "completed_at",
            "priority_until",
            "reason_code",
            "waitlist_no",
        ],
        opened: &[
            ("beneficiary_cipher", "booking.beneficiary"),
            ("beneficiary_phone_cipher", "booking.phone"),
        ],
        hidden: &[
            ("decided_by", STAFF),
            ("booked_by", STAFF),
            ("checked_in_by", STAFF),
            ("void_reason", STAFF),
            ("void_reason_code", STAFF),
            ("void_requested_by", STAFF),
            ("void_requested_at", STAFF),
            ("voided_by", STAFF),
            ("pin_cipher", SECRET),
            ("person_index", DERIVED),
            ("phone_index", DERIVED),
            ("account_quota_no", INTERNAL),
            ("phone_quota_no", INTERNAL),
            ("version", INTERNAL),
        ],
        // Places that were used stay used; what was written goes when the places are given back.
        erase: Erase::Anonymise(&[
            "account_id",
            "beneficiary_cipher",
            "beneficiary_phone_cipher",
            "phone_index",
            "pin_cipher",
            "parcel_number",
        ]),
        ..Table::PERSONAL
    },
    Table {
        name: "booking_rosters",
        owner: Owner::Row { column: "booking_id", of: "bookings" },
        export: Export::File {
            name: "booking_rosters", about: "团体预约名单", kept: WITH_ACCOUNT
        },
        shown: &["id", "booking_id", "position", "label", "arrived_at"],
        opened: &[("name_cipher", "booking.seat")],
        ..Table::PERSONAL
    },
    Table {
        name: "check_in_scans",
        owner: Owner::Row { column: "booking_id", of: "bookings" },
        key: &["lab_id", "scan_id"],
        export: Export::File {
            name: "check_in_scans", about: "现场核销记录", kept: WITH_ACCOUNT
        },
        shown: &["lab_id", "scan_id", "booking_id", "outcome", "place", "scanned_at"],
        hidden: &[("device", INTERNAL), ("synced_by", STAFF), ("synced_at", INTERNAL)],
        ..Table::PERSONAL
    },
    Table {
        name: "booking_reminders",
        owner: Owner::Row { column: "booking_id", of: "bookings" },
        key: &["booking_id", "kind"],
        export: Export::Nothing("仅记录提醒是否已写入，提醒本身见站内消息"),
        shown: &["booking_id", "kind", "created_at"],
        ..Table::PERSONAL
    },
    Table {
        name: "booking_pauses",
        key: &["account_id"],
        export: Export::File {
            name: "booking_pauses",
            about: "预约资格暂停",
            kept: "到期后失效，随账号注销删除",
        },
        shown: &["account_id", "until", "reason_code", "created_at"],
        ..Table::PERSONAL
    },
    Table {
        name: "lottery_entries",
        export: Export::File {
            name: "lottery_entries",
            about: "免费检测名额摇号报名",
            kept: WITH_ACCOUNT,
        },
        shown: &[
            "id",
            "lottery_id",
            "slot_id",
            "account_id",
            "product_name",
            "status",
            "rank",
            "booking_id",
            "created_at",
        ],
        // The draw stays what it was, of nobody.
        erase: Erase::Anonymise(&["account_id", "product_name"]),
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
