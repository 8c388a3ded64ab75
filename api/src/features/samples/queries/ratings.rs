use entity::satisfaction::{ActiveModel, Column, Entity, Model};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait};
use uuid::Uuid;

pub async fn rating(conn: &impl ConnectionTrait, booking_id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(booking_id).one(conn).await
}

/// The marks given last count; when they were first given stays.
pub async fn put_rating(conn: &impl ConnectionTrait, row: ActiveModel) -> Result<(), DbErr> {
    let again = OnConflict::column(Column::BookingId)
        .update_columns([
            Column::Overall,
            Column::Attitude,
            Column::Speed,
            Column::Clarity,
            Column::UpdatedAt,
        ])
        .to_owned();
    Entity::insert(row).on_conflict(again).exec_without_returning(conn).await.map(|_| ())
}
