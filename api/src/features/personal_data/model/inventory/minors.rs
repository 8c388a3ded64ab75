//! Consents, guardians and classes.

use super::{DERIVED, INTERNAL, SECRET, WITH_ACCOUNT};
use crate::features::personal_data::model::{Erase, Export, Owner, Restriction, Table};

/// Who uses a child's data proves that a guardian agreed (PIPL Art. 31, 69).
const GUARDIAN_CONSENT: Restriction = Restriction {
    law: "pipl_art_31",
    period: |privacy| privacy.guardian_consent_days,
    since: "given_at",
    running: None,
};

pub const MINORS: &[Table] = &[
    Table {
        name: "consents",
        export: Export::File {
            name: "consents", about: "同意与撤回记录", kept: WITH_ACCOUNT
        },
        shown: &[
            "id",
            "account_id",
            "subject_kind",
            "subject_id",
            "purpose",
            "decision",
            "notice_version",
            "channel",
            "at",
        ],
        hidden: &[
            ("seq", INTERNAL),
            ("decided_by", "作出决定的账号（本人或监护人）的编号"),
            ("request_id", INTERNAL),
        ],
        actors: &["decided_by"],
        ..Table::PERSONAL
    },
    Table {
        name: "guardian_consents",
        owner: Owner::Account(&["child_id", "guardian_id"]),
        export: Export::File {
            name: "guardian_consents",
            about: "监护人同意（未满十四周岁）",
            kept: "账号注销后限制处理，保存期满删除",
        },
        shown: &[
            "id",
            "relation",
            "notice_version",
            "statements",
            "channel",
            "given_at",
            "ended_at",
            "ended_because",
        ],
        hidden: &[
            ("child_id", "监护关系一方的账号编号"),
            ("guardian_id", "监护关系一方的账号编号"),
            ("request_id", INTERNAL),
        ],
        erase: Erase::Restrict(GUARDIAN_CONSENT),
        ..Table::PERSONAL
    },
    Table {
        name: "guardian_invitations",
        owner: Owner::Account(&["child_id"]),
        key: &["child_id"],
        export: Export::Nothing(SECRET),
        shown: &["child_id", "code_index", "created_at", "expires_at"],
        ..Table::PERSONAL
    },
    // Seats are pseudonymous: they are deleted with their class before.
    Table {
        name: "class_seats",
        owner: Owner::Row { column: "class_id", of: "classes" },
        key: &["account_id"],
        export: Export::Nothing("班级座位不对应任何个人，关闭班级时删除"),
        shown: &["account_id", "class_id", "number", "pin_index", "pin_failures", "taken_at"],
        ..Table::PERSONAL
    },
    Table {
        name: "classes",
        owner: Owner::Account(&["teacher_id"]),
        export: Export::File {
            name: "classes", about: "教师开设的班级", kept: WITH_ACCOUNT
        },
        shown: &[
            "id",
            "teacher_id",
            "status",
            "region_code",
            "grade",
            "number",
            "size",
            "code_expires_at",
            "expires_on",
            "created_at",
            "closed_at",
        ],
        opened: &[("code_cipher", "class.code")],
        hidden: &[("code_index", DERIVED)],
        ..Table::PERSONAL
    },
];
