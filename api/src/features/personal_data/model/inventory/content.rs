//! What editors publish, beside the articles themselves.

use crate::features::personal_data::model::Table;

pub const CONTENT: &[Table] = &[
    Table::of_nobody(
        "campaigns",
        "public content",
        &[
            "id",
            "kind",
            "year",
            "title",
            "theme",
            "description",
            "slogans",
            "region_code",
            "starts_on",
            "ends_on",
            "cover_id",
            "cover_alt",
            "status",
            "published_at",
            "created_at",
            "updated_at",
            "version",
        ],
    ),
    Table::of_nobody(
        "campaign_items",
        "public content",
        &["campaign_id", "position", "kind", "item_id"],
    ),
    Table::of_nobody("home_pages", "public content", &["code", "banners", "updated_at", "version"]),
    Table::of_nobody(
        "article_publications",
        "where public content was sent to",
        &[
            "id",
            "article_id",
            "channel",
            "revision_number",
            "state",
            "external_id",
            "attempts",
            "last_error_code",
            "next_try_at",
            "created_at",
            "updated_at",
        ],
    ),
];
