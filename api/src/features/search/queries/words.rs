//! Synonyms, what people look for, and what to suggest.

use chrono::{DateTime, Utc};
use entity::scope::Common as _;
use entity::search_document::DocumentKind;
use entity::{search_document, search_synonym, search_synonym_word, search_tag, search_term};
use sea_orm::sea_query::{Expr, Func, OnConflict, Order};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, FromQueryResult, JoinType,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use uuid::Uuid;

use crate::platform::db::{Cursor, Direction, in_parts, page_of};

/// No text sorts behind what begins with it and goes on with this.
const LAST: char = '\u{10FFFF}';

pub async fn all_words(
    conn: &impl ConnectionTrait,
) -> Result<Vec<search_synonym_word::Model>, DbErr> {
    search_synonym_word::Entity::find()
        .order_by_asc(search_synonym_word::Column::SynonymId)
        .order_by_asc(search_synonym_word::Column::Position)
        .all(conn)
        .await
}

pub async fn synonyms_page(
    conn: &impl ConnectionTrait,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<search_synonym::Model>, DbErr> {
    let key = (search_synonym::Column::CreatedAt, search_synonym::Column::Id);
    let rows = search_synonym::Entity::common();
    page_of(rows, key, Direction::Descending, cursor, limit).all(conn).await
}

/// The words of these groups, in their order.
pub async fn words_of(
    conn: &impl ConnectionTrait,
    ids: Vec<Uuid>,
) -> Result<Vec<search_synonym_word::Model>, DbErr> {
    search_synonym_word::Entity::find()
        .filter(search_synonym_word::Column::SynonymId.is_in(ids))
        .order_by_asc(search_synonym_word::Column::Position)
        .all(conn)
        .await
}

pub async fn by_id(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<search_synonym::Model>, DbErr> {
    search_synonym::Entity::common().filter(search_synonym::Column::Id.eq(id)).one(conn).await
}

pub async fn count_groups(conn: &impl ConnectionTrait) -> Result<u64, DbErr> {
    search_synonym::Entity::find().count(conn).await
}

pub async fn insert_synonyms(
    conn: &impl ConnectionTrait,
    row: search_synonym::Model,
) -> Result<(), DbErr> {
    let row: search_synonym::ActiveModel = row.into();
    search_synonym::Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

/// Only of the version that the editor saw.
pub async fn raise_version(
    conn: &impl ConnectionTrait,
    id: Uuid,
    version: i32,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = search_synonym::Entity::update_many()
        .col_expr(
            search_synonym::Column::Version,
            Expr::col(search_synonym::Column::Version).add(1),
        )
        .col_expr(search_synonym::Column::UpdatedAt, Expr::value(now))
        .filter(search_synonym::Column::Id.eq(id))
        .filter(search_synonym::Column::Version.eq(version))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Gives a group these words, in their order: (one spelling, as written).
pub async fn replace_words(
    conn: &impl ConnectionTrait,
    id: Uuid,
    words: impl IntoIterator<Item = (String, String)>,
) -> Result<(), DbErr> {
    delete_words(conn, id).await?;
    let rows = (0..).zip(words).map(|(position, (plain, word))| search_synonym_word::ActiveModel {
        plain: Set(plain),
        synonym_id: Set(id),
        position: Set(position),
        word: Set(word),
    });
    search_synonym_word::Entity::insert_many(rows).exec_without_returning(conn).await.map(|_| ())
}

async fn delete_words(conn: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    search_synonym_word::Entity::delete_many()
        .filter(search_synonym_word::Column::SynonymId.eq(id))
        .exec(conn)
        .await
        .map(|_| ())
}

/// Returns whether it was there.
pub async fn delete_synonyms(conn: &impl ConnectionTrait, id: Uuid) -> Result<bool, DbErr> {
    delete_words(conn, id).await?;
    let done = search_synonym::Entity::delete_by_id(id).exec(conn).await?;
    Ok(done.rows_affected == 1)
}

/// What was searched since the last time.
pub struct Term {
    pub id: Uuid,
    pub plain: String,
    pub count: i64,
    pub is_found: bool,
}

/// Adds to what was counted. `terms` are in one order everywhere, so that replicas who count at the same time do not
/// wait for each other in a circle.
pub async fn count_terms(
    conn: &impl ConnectionTrait,
    terms: Vec<Term>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    use search_term::{ActiveModel, Column, Entity};
    let rows = terms.into_iter().map(|term| ActiveModel {
        id: Set(term.id),
        plain: Set(term.plain),
        count: Set(term.count),
        is_found: Set(term.is_found),
        first_at: Set(now),
        last_at: Set(now),
    });
    let more = Expr::col((Entity, Column::Count)).add(Expr::cust("excluded.count"));
    let again = OnConflict::column(Column::Plain)
        .update_columns([Column::IsFound, Column::LastAt])
        .value(Column::Count, more)
        .to_owned();
    for part in in_parts(rows.collect()) {
        Entity::insert_many(part).on_conflict(again.clone()).exec_without_returning(conn).await?;
    }
    Ok(())
}

/// Forgets what was searched before `before`, and of the rest all but the latest `most`.
pub async fn trim_terms(
    conn: &impl ConnectionTrait,
    before: DateTime<Utc>,
    most: u64,
) -> Result<(), DbErr> {
    use search_term::{Column, Entity};
    Entity::delete_many().filter(Column::LastAt.lt(before)).exec(conn).await?;
    let oldest_kept: Option<DateTime<Utc>> = Entity::find()
        .select_only()
        .column(Column::LastAt)
        .order_by_desc(Column::LastAt)
        .offset(most)
        .limit(1)
        .into_tuple()
        .one(conn)
        .await?;
    if let Some(last_at) = oldest_kept {
        Entity::delete_many().filter(Column::LastAt.lte(last_at)).exec(conn).await?;
    }
    Ok(())
}

pub async fn misses_page(
    conn: &impl ConnectionTrait,
    least: i64,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<search_term::Model>, DbErr> {
    use search_term::{Column, Entity};
    let rows = Entity::common().filter(Column::IsFound.eq(false)).filter(Column::Count.gte(least));
    page_of(rows, (Column::LastAt, Column::Id), Direction::Descending, cursor, limit)
        .all(conn)
        .await
}

#[derive(Debug, FromQueryResult)]
pub struct Tag {
    pub tag: String,
}

/// Tags that begin so: the most searched, then those of most documents.
pub async fn known_tags(
    conn: &impl ConnectionTrait,
    beginning: &str,
    limit: u64,
) -> Result<Vec<Tag>, DbErr> {
    use search_tag::{Column, Entity};
    let searched = Entity::belongs_to(search_term::Entity)
        .from(Column::Plain)
        .to(search_term::Column::Plain)
        .into();
    let searches = Func::coalesce([
        Expr::col((search_term::Entity, search_term::Column::Count)).max(),
        Expr::value(0_i64),
    ]);
    Entity::find()
        .select_only()
        .column_as(Column::Tag.min(), "tag")
        .join(JoinType::LeftJoin, searched)
        .filter(Column::Plain.gte(beginning))
        .filter(Column::Plain.lt(format!("{beginning}{LAST}")))
        .group_by(Column::Plain)
        .order_by(Expr::from(searches), Order::Desc)
        .order_by(Column::Number.count(), Order::Desc)
        .order_by_asc(Column::Plain)
        .limit(limit)
        .into_model()
        .all(conn)
        .await
}

#[derive(Debug, FromQueryResult)]
pub struct Title {
    pub kind: DocumentKind,
    pub ref_id: Uuid,
    pub title: String,
}

/// Titles that begin so, in their order.
pub async fn known_titles(
    conn: &impl ConnectionTrait,
    beginning: &str,
    limit: u64,
) -> Result<Vec<Title>, DbErr> {
    use search_document::{Column, Entity};
    Entity::find()
        .select_only()
        .columns([Column::Kind, Column::RefId, Column::Title])
        .filter(Column::TitlePlain.gte(beginning))
        .filter(Column::TitlePlain.lt(format!("{beginning}{LAST}")))
        .order_by_asc(Column::TitlePlain)
        .order_by_asc(Column::RefId)
        .limit(limit)
        .into_model()
        .all(conn)
        .await
}
