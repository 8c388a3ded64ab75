//! Who of a group came, and what a slot shrinks to that sold more than its plan wants by now.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Nobody noted who of a group stayed away, so that all of a group that came count as having come.
const CAME: &str = "UPDATE booking_rosters SET arrived_at = (SELECT b.checked_in_at FROM bookings b \
    WHERE b.id = booking_rosters.booking_id) WHERE booking_id IN (SELECT id FROM bookings \
    WHERE status IN ('checked_in', 'testing', 'completed'))";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(CAME).await?;
        add(manager, "bookings", [counter("units_absent")]).await?;
        add(manager, "slots", [int_null("shrinks_to")]).await
    }
}
