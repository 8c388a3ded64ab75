//! What the search finds: the public text of an article, a bulletin or an answered question, as its
//! owner last showed it. Each engine keeps its index beside this (`tokens` of this table on
//! PostgreSQL, the table `search_index` on SQLite).

use sea_orm::entity::prelude::*;

words! {
    DocumentKind { Article, Bulletin, Question }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_documents")]
pub struct Model {
    /// The row of `search_index`.
    #[sea_orm(primary_key)]
    pub number: i64,
    pub kind: DocumentKind,
    /// The id of what was indexed.
    pub ref_id: Uuid,
    pub title: String,
    /// One a line.
    pub tags: String,
    pub body: String,
    /// Words in one spelling with a blank in between; in these, phrases are looked for.
    pub title_plain: String,
    pub tags_plain: String,
    pub body_plain: String,
    pub category: Option<String>,
    pub product_class: Option<String>,
    /// None: the whole country.
    pub region_code: Option<String>,
    /// Codes with a comma before and after each; empty is everybody.
    pub audiences: String,
    pub published_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
