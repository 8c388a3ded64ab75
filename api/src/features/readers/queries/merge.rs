//! Two accounts become one: of two rows about one article one stays.

use entity::{article_favourite, article_reading, article_vote};
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
};
use uuid::Uuid;

/// Drops favourites of `from` that are favourites of `into` as well.
pub async fn drop_double_favourites(
    conn: &impl ConnectionTrait,
    from: Uuid,
    into: Uuid,
) -> Result<(), DbErr> {
    use article_favourite::{Column, Entity};

    let of_both = Entity::find()
        .select_only()
        .column(Column::ArticleId)
        .filter(Column::AccountId.eq(into))
        .into_query();
    Entity::delete_many()
        .filter(Column::AccountId.eq(from))
        .filter(Column::ArticleId.in_subquery(of_both))
        .exec(conn)
        .await
        .map(|_| ())
}

/// Of two readings of one article the earlier goes, of two at the same moment that of `from`.
pub async fn drop_double_readings(
    conn: &impl ConnectionTrait,
    from: Uuid,
    into: Uuid,
) -> Result<(), DbErr> {
    use article_reading::{Column, Entity};

    let outlived = later_reading(from);
    Entity::delete_many()
        .filter(Column::AccountId.eq(into))
        .filter(Expr::exists(outlived))
        .exec(conn)
        .await?;
    let of_both = Entity::find()
        .select_only()
        .column(Column::ArticleId)
        .filter(Column::AccountId.eq(into))
        .into_query();
    Entity::delete_many()
        .filter(Column::AccountId.eq(from))
        .filter(Column::ArticleId.in_subquery(of_both))
        .exec(conn)
        .await
        .map(|_| ())
}

/// A reading of the same article by `other` that is later.
fn later_reading(other: Uuid) -> SelectStatement {
    use article_reading::{Column, Entity};

    let theirs = || Alias::new("theirs");
    Query::select()
        .expr(Expr::value(1))
        .from_as(Entity, theirs())
        .and_where(Expr::col((theirs(), Column::AccountId)).eq(other))
        .and_where(Expr::col((theirs(), Column::ArticleId)).equals((Entity, Column::ArticleId)))
        .and_where(Expr::col((theirs(), Column::ReadAt)).gt(Expr::col((Entity, Column::ReadAt))))
        .take()
}

/// The votes of both on articles that both voted on.
pub async fn double_votes(
    conn: &impl ConnectionTrait,
    from: Uuid,
    into: Uuid,
) -> Result<Vec<article_vote::Model>, DbErr> {
    use article_vote::{Column, Entity};

    let of = |account_id: Uuid| {
        Entity::find()
            .select_only()
            .column(Column::ArticleId)
            .filter(Column::AccountId.eq(account_id))
            .into_query()
    };
    Entity::find()
        .filter(Column::AccountId.is_in([from, into]))
        .filter(Column::ArticleId.in_subquery(of(from)))
        .filter(Column::ArticleId.in_subquery(of(into)))
        .all(conn)
        .await
}
