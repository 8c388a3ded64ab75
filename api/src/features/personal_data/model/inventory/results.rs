//! What a lab keeps of what somebody handed in. It stays the lab's record when they leave: the booking
//! it hangs on is nobody's then.

use super::{INTERNAL, STAFF};
use crate::features::personal_data::model::{Erase, Export, Owner, Table};

const KEPT: &str = "检测记录由检测机构留存，账号注销后不再与个人关联";
const LAB_RECORD: Erase = Erase::Keep("the lab's record of a product; its booking names nobody");
const OF_BOOKING: Owner = Owner::Row { column: "booking_id", of: "bookings" };

pub const RESULTS: &[Table] = &[
    Table {
        name: "samples",
        owner: OF_BOOKING,
        export: Export::File { name: "samples", about: "送检样品", kept: KEPT },
        shown: &[
            "id",
            "booking_id",
            "lab_id",
            "position",
            "number",
            "product_name",
            "product_class",
            "brand",
            "model",
            "batch",
            "quantity",
            "status",
            "received_at",
            "due_on",
            "updated_at",
        ],
        hidden: &[("version", INTERNAL)],
        erase: LAB_RECORD,
        ..Table::PERSONAL
    },
    Table {
        name: "sample_events",
        owner: Owner::Row { column: "sample_id", of: "samples" },
        export: Export::File { name: "sample_events", about: "样品流转过程", kept: KEPT },
        shown: &["id", "sample_id", "seq", "from_status", "to_status", "place", "at"],
        hidden: &[("staff_id", STAFF)],
        erase: LAB_RECORD,
        ..Table::PERSONAL
    },
    Table {
        name: "lab_reports",
        owner: OF_BOOKING,
        export: Export::File { name: "lab_reports", about: "检测报告", kept: KEPT },
        shown: &[
            "id",
            "booking_id",
            "lab_id",
            "revision",
            "status",
            "code",
            "media_id",
            "sha256",
            "conclusion",
            "issued_at",
            "ended_at",
            "ended_because",
        ],
        hidden: &[("issued_by", STAFF), ("ended_by", STAFF)],
        erase: LAB_RECORD,
        ..Table::PERSONAL
    },
    Table {
        name: "lab_results",
        owner: Owner::Row { column: "report_id", of: "lab_reports" },
        export: Export::File { name: "lab_results", about: "检测结果", kept: KEPT },
        shown: &[
            "id",
            "report_id",
            "sample_id",
            "position",
            "item_name",
            "standard",
            "method",
            "limit_text",
            "value_text",
            "unit",
            "verdict",
            "is_safety",
        ],
        erase: LAB_RECORD,
        ..Table::PERSONAL
    },
    Table {
        name: "late_results",
        owner: OF_BOOKING,
        key: &["booking_id"],
        export: Export::File { name: "late_results", about: "结果逾期提醒", kept: KEPT },
        shown: &["booking_id", "lab_id", "due_on", "raised_at"],
        erase: LAB_RECORD,
        ..Table::PERSONAL
    },
    Table {
        name: "satisfactions",
        owner: OF_BOOKING,
        key: &["booking_id"],
        export: Export::File { name: "satisfactions", about: "服务评价", kept: KEPT },
        shown: &[
            "booking_id",
            "lab_id",
            "overall",
            "attitude",
            "speed",
            "clarity",
            "answered_at",
            "updated_at",
        ],
        erase: Erase::Keep("four marks; their booking names nobody"),
        ..Table::PERSONAL
    },
    Table::of_nobody(
        "risk_leads",
        "products that failed",
        &[
            "id",
            "result_id",
            "booking_id",
            "sample_id",
            "lab_id",
            "region_code",
            "product_name",
            "product_class",
            "brand",
            "model",
            "batch",
            "item_name",
            "standard",
            "limit_text",
            "value_text",
            "unit",
            "status",
            "created_at",
            "updated_at",
        ],
    ),
];
