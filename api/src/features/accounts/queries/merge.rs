use chrono::{DateTime, NaiveDate, Utc};
use entity::account::{self, AccountStatus};
use entity::data_export;
use entity::idempotency_key::{Column as Key, Entity as Keys};
use sea_orm::sea_query::{Alias, Expr, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect,
    QueryTrait,
};
use uuid::Uuid;

use super::change;
use crate::features::accounts::model::Merged;

/// Gives every row of `table` whose `column` says `from` to `into`.
pub async fn move_rows(
    conn: &impl ConnectionTrait,
    table: &'static str,
    column: &'static str,
    from: Uuid,
    into: Uuid,
) -> Result<u64, DbErr> {
    let update = Query::update()
        .table(Alias::new(table))
        .value(Alias::new(column), into)
        .and_where(Expr::col(Alias::new(column)).eq(from))
        .to_owned();
    Ok(conn.execute(&update).await?.rows_affected())
}

/// As [`move_rows`] for a row that there is once an account: `into` keeps its own, and that of
/// `from` goes.
pub async fn move_or_drop_row(
    conn: &impl ConnectionTrait,
    table: &'static str,
    column: &'static str,
    from: Uuid,
    into: Uuid,
) -> Result<(), DbErr> {
    let (table, column) = (Alias::new(table), Alias::new(column));
    let has_own = Query::select()
        .column(column.clone())
        .from(table.clone())
        .and_where(Expr::col(column.clone()).eq(into))
        .to_owned();
    if conn.query_one(&has_own).await?.is_some() {
        let drop =
            Query::delete().from_table(table).and_where(Expr::col(column).eq(from)).to_owned();
        return conn.execute(&drop).await.map(|_| ());
    }
    let update = Query::update()
        .table(table)
        .value(column.clone(), into)
        .and_where(Expr::col(column).eq(from))
        .to_owned();
    conn.execute(&update).await.map(|_| ())
}

/// Of two unfinished copies of one person's data the survivor's goes on.
pub async fn give_up_second_export(
    conn: &impl ConnectionTrait,
    from: Uuid,
    into: Uuid,
) -> Result<(), DbErr> {
    use data_export::{Column, Entity, ExportStatus};

    let unfinished = |id: Uuid| {
        Entity::find()
            .filter(Column::AccountId.eq(id))
            .filter(Column::Status.eq(ExportStatus::Pending))
    };
    if unfinished(into).one(conn).await?.is_none() {
        return Ok(());
    }
    Entity::update_many()
        .col_expr(Column::Status, Expr::value(ExportStatus::Failed))
        .filter(Column::AccountId.eq(from))
        .filter(Column::Status.eq(ExportStatus::Pending))
        .exec(conn)
        .await
        .map(|_| ())
}

/// Lets stored answers be asked for under the survivor's name. Of one key under both names the
/// survivor's answer stays.
pub async fn rename_idempotency_keys(
    conn: &impl ConnectionTrait,
    from: &str,
    into: &str,
) -> Result<(), DbErr> {
    let taken =
        Keys::find().select_only().column(Key::Key).filter(Key::Subject.eq(into)).into_query();
    Keys::update_many()
        .col_expr(Key::Subject, Expr::value(into))
        .filter(Key::Subject.eq(from))
        .filter(Key::Key.not_in_subquery(taken))
        .exec(conn)
        .await?;
    Keys::delete_many().filter(Key::Subject.eq(from)).exec(conn).await.map(|_| ())
}

/// Ends an account that became part of another: what it said of its owner is the other's now.
pub async fn retire(
    conn: &impl ConnectionTrait,
    id: Uuid,
    into: Uuid,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    use account::Column;

    change(id, now)
        .col_expr(Column::Status, Expr::value(AccountStatus::Merged))
        .col_expr(Column::Epoch, Expr::col(Column::Epoch).add(1))
        .col_expr(Column::MergedInto, Expr::value(into))
        .col_expr(Column::Unionid, Expr::value(Option::<String>::None))
        .col_expr(Column::Audience, Expr::value(Option::<account::Audience>::None))
        .col_expr(Column::RegionCode, Expr::value(Option::<String>::None))
        .col_expr(Column::SchoolNameCipher, Expr::value(Option::<Vec<u8>>::None))
        .col_expr(Column::PhoneCipher, Expr::value(Option::<Vec<u8>>::None))
        .col_expr(Column::PhoneIndex, Expr::value(Option::<Vec<u8>>::None))
        .col_expr(Column::PhoneBoundAt, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(Column::AgeReviewOn, Expr::value(Option::<NaiveDate>::None))
        .col_expr(Column::AgeReviewAskedAt, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(Column::GuardianConsentId, Expr::value(Option::<Uuid>::None))
        .exec(conn)
        .await
        .map(|_| ())
}

pub async fn update_merged(
    conn: &impl ConnectionTrait,
    id: Uuid,
    merged: Merged,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    use account::Column;

    let Merged { status, unionid, audience, region_code, school_name_cipher, phone, age } = merged;
    let mut update = change(id, now)
        .col_expr(Column::AgeBand, Expr::value(age.band))
        .col_expr(Column::AgeReviewOn, Expr::value(age.review_on))
        .col_expr(Column::AgeReviewAskedAt, Expr::value(age.review_asked_at))
        .col_expr(Column::GuardianConsentId, Expr::value(age.guardian_consent_id))
        .col_expr(Column::Status, Expr::value(status))
        .col_expr(Column::Unionid, Expr::value(unionid))
        .col_expr(Column::Audience, Expr::value(audience))
        .col_expr(Column::RegionCode, Expr::value(region_code))
        .col_expr(Column::SchoolNameCipher, Expr::value(school_name_cipher));
    if let Some(phone) = phone {
        update = update
            .col_expr(Column::PhoneCipher, Expr::value(phone.cipher))
            .col_expr(Column::PhoneIndex, Expr::value(phone.index))
            .col_expr(Column::PhoneBoundAt, Expr::value(phone.bound_at));
    }
    update.exec(conn).await.map(|_| ())
}
