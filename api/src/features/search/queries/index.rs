//! Documents into the index and out of it. What differs between the engines is `write_tokens`.

use entity::article;
use entity::search_document::{ActiveModel, Column, DocumentKind, Entity};
use entity::search_tag;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, NotSet, QueryFilter, QueryOrder,
    QuerySelect, Set, Statement, Value,
};
use uuid::Uuid;

use crate::features::search::model::Indexed;
use crate::platform::db::in_parts;

/// Enters a document, or what it has become.
pub async fn put(conn: &impl ConnectionTrait, indexed: Indexed) -> Result<(), DbErr> {
    let audiences = indexed.audiences();
    let Indexed { document, tokens, title_plain, tags_plain, body_plain } = indexed;
    let row = ActiveModel {
        number: NotSet,
        kind: Set(document.kind),
        ref_id: Set(document.id),
        title: Set(document.title),
        tags: Set(document.tags.join("\n")),
        body: Set(document.body),
        title_plain: Set(title_plain),
        tags_plain: Set(tags_plain.join("\n")),
        body_plain: Set(body_plain),
        category: Set(document.category),
        product_class: Set(document.product_class),
        region_code: Set(document.region_code),
        audiences: Set(audiences),
        published_at: Set(document.published_at),
    };
    let changed = OnConflict::columns([Column::Kind, Column::RefId])
        .update_columns([
            Column::Title,
            Column::Tags,
            Column::Body,
            Column::TitlePlain,
            Column::TagsPlain,
            Column::BodyPlain,
            Column::Category,
            Column::ProductClass,
            Column::RegionCode,
            Column::Audiences,
            Column::PublishedAt,
        ])
        .to_owned();
    let row = Entity::insert(row).on_conflict(changed).exec_with_returning(conn).await?;
    write_tokens(conn, row.number, &tokens).await?;
    delete_tags(conn, [row.number]).await?;
    let tags = tags_plain.into_iter().zip(row.tags.lines()).map(|(plain, tag)| {
        let (number, tag) = (Set(row.number), Set(tag.to_owned()));
        search_tag::ActiveModel { number, plain: Set(plain), tag }
    });
    // Two tags in one spelling are one.
    let same = OnConflict::new().do_nothing().to_owned();
    for part in in_parts(tags.collect()) {
        let insert = search_tag::Entity::insert_many(part).on_conflict(same.clone());
        insert.exec_without_returning(conn).await?;
    }
    Ok(())
}

/// PostgreSQL keeps the tokens in a column beside what they stand for, FTS5 in a table of its own.
async fn write_tokens(conn: &impl ConnectionTrait, number: i64, tokens: &str) -> Result<(), DbErr> {
    let backend = conn.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => {
            "UPDATE search_documents SET tokens = array_to_tsvector(string_to_array($2, ' ')) \
             WHERE number = $1"
        }
        _ => "INSERT OR REPLACE INTO search_index (rowid, tokens) VALUES ($1, $2)",
    };
    let values: [Value; 2] = [number.into(), tokens.into()];
    conn.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await.map(|_| ())
}

async fn delete_tags(
    conn: &impl ConnectionTrait,
    numbers: impl IntoIterator<Item = i64>,
) -> Result<(), DbErr> {
    let of_these = search_tag::Column::Number.is_in(numbers);
    search_tag::Entity::delete_many().filter(of_these).exec(conn).await.map(|_| ())
}

/// Takes a document out, if it is there.
pub async fn remove(
    conn: &impl ConnectionTrait,
    kind: DocumentKind,
    id: Uuid,
) -> Result<(), DbErr> {
    let number: Option<i64> = Entity::find()
        .select_only()
        .column(Column::Number)
        .filter(Column::Kind.eq(kind))
        .filter(Column::RefId.eq(id))
        .into_tuple()
        .one(conn)
        .await?;
    match number {
        Some(number) => remove_all(conn, &[number]).await,
        None => Ok(()),
    }
}

/// Takes documents out by their numbers.
pub async fn remove_all(conn: &impl ConnectionTrait, numbers: &[i64]) -> Result<(), DbErr> {
    delete_tags(conn, numbers.iter().copied()).await?;
    if conn.get_database_backend() == DbBackend::Sqlite {
        for number in numbers {
            let sql = "DELETE FROM search_index WHERE rowid = $1";
            let delete =
                Statement::from_sql_and_values(DbBackend::Sqlite, sql, [Value::from(*number)]);
            conn.execute_raw(delete).await?;
        }
    }
    let these = Column::Number.is_in(numbers.iter().copied());
    Entity::delete_many().filter(these).exec(conn).await.map(|_| ())
}

/// The next published articles after one, locked: whoever takes one back meanwhile waits, and takes
/// it out of the index afterwards.
pub async fn next_articles(
    conn: &impl ConnectionTrait,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<article::Model>, DbErr> {
    let mut rows = article::Entity::published();
    if let Some(after) = after {
        rows = rows.filter(article::Column::Id.gt(after));
    }
    let rows = rows.lock_exclusive().into_select();
    rows.order_by_asc(article::Column::Id).limit(limit).all(conn).await
}

/// Numbers of the documents in the index beyond `after` up to `last`, or all beyond it, that are not
/// among `kept`.
pub async fn missing_from(
    conn: &impl ConnectionTrait,
    kind: DocumentKind,
    (after, last): (Option<Uuid>, Option<Uuid>),
    kept: &[Uuid],
) -> Result<Vec<i64>, DbErr> {
    let mut rows = Entity::find()
        .select_only()
        .column(Column::Number)
        .filter(Column::Kind.eq(kind))
        .filter(Column::RefId.is_not_in(kept.iter().copied()));
    if let Some(after) = after {
        rows = rows.filter(Column::RefId.gt(after));
    }
    if let Some(last) = last {
        rows = rows.filter(Column::RefId.lte(last));
    }
    rows.into_tuple().all(conn).await
}
