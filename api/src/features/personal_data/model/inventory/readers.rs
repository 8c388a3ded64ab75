//! What a person keeps and says of articles, and asks the experts.

use super::{INTERNAL, STAFF, WITH_ACCOUNT};
use crate::features::personal_data::model::{Erase, Export, Table};

pub const READERS: &[Table] = &[
    Table {
        name: "article_favourites",
        export: Export::File { name: "favourites", about: "收藏的文章", kept: WITH_ACCOUNT },
        shown: &["id", "account_id", "article_id", "created_at"],
        ..Table::PERSONAL
    },
    Table {
        name: "article_readings",
        export: Export::File {
            name: "reading_history",
            about: "阅读记录",
            kept: "保存至设定的期限、您删除或关闭该功能",
        },
        shown: &["id", "account_id", "article_id", "progress", "read_at"],
        ..Table::PERSONAL
    },
    Table {
        name: "reader_settings",
        key: &["account_id"],
        export: Export::File { name: "reader_settings", about: "阅读设置", kept: WITH_ACCOUNT },
        shown: &["account_id", "keeps_history", "updated_at"],
        ..Table::PERSONAL
    },
    Table {
        name: "article_votes",
        export: Export::File {
            name: "article_votes",
            about: "对文章是否有用的评价",
            kept: "账号注销后仅作为无主统计保存",
        },
        shown: &[
            "id",
            "article_id",
            "account_id",
            "is_useful",
            "reason",
            "created_at",
            "updated_at",
        ],
        // What was counted stays counted, of nobody.
        erase: Erase::Anonymise(&["account_id"]),
        ..Table::PERSONAL
    },
    // What everybody reads of a question was written anew and stays, without the question.
    Table {
        name: "questions",
        export: Export::File { name: "questions", about: "向专家咨询", kept: WITH_ACCOUNT },
        shown: &[
            "id",
            "account_id",
            "status",
            "product_class",
            "region_code",
            "asked_at",
            "due_on",
            "lab_id",
            "triaged_at",
            "rejection",
            "answered_at",
            "followed_up_at",
            "follow_up_answered_at",
            "rating",
            "rated_at",
            "updated_at",
        ],
        opened: &[
            ("content_cipher", "question.content"),
            ("answer_cipher", "question.answer"),
            ("follow_up_cipher", "question.follow_up"),
            ("follow_up_answer_cipher", "question.follow_up_answer"),
        ],
        hidden: &[
            ("assignee_id", STAFF),
            ("triaged_by", STAFF),
            ("answered_by", STAFF),
            ("follow_up_answered_by", STAFF),
            ("version", INTERNAL),
        ],
        ..Table::PERSONAL
    },
    Table::of_nobody(
        "article_counters",
        "numbers of votes",
        &["article_id", "useful", "not_useful"],
    ),
    Table::of_nobody(
        "article_shares",
        "numbers by day and way, without who",
        &["article_id", "channel", "shared_on", "shares"],
    ),
    Table::of_nobody(
        "poster_codes",
        "places of posters",
        &[
            "id",
            "code",
            "article_id",
            "label",
            "region_code",
            "created_by",
            "created_at",
            "closed_at",
        ],
    ),
    Table::of_nobody(
        "poster_hits",
        "numbers by day, without who",
        &["poster_id", "hit_on", "hits"],
    ),
    Table::of_nobody(
        "faqs",
        "written anew by editors; who asked is named in the question alone",
        &[
            "id",
            "question_id",
            "status",
            "product_class",
            "title",
            "question",
            "answer",
            "published_by",
            "published_at",
            "corrected_at",
            "withdrawal",
            "withdrawn_by",
            "withdrawn_at",
            "updated_at",
            "version",
        ],
    ),
];
