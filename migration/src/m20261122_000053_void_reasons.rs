//! Why a booking should be voided is kept apart from why it is as it is; only CMA accredits a lab; and
//! the slots somebody waits for, and the bookings a parcel belongs to, are found.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const REASONS: &str = "UPDATE bookings SET void_reason = reason, void_reason_code = reason_code, \
    reason = NULL, reason_code = NULL WHERE void_requested_by IS NOT NULL AND voided_by IS NULL";

const ACCREDITED: &str = "UPDATE labs SET accredited_until = (SELECT MAX(valid_until) \
    FROM lab_accreditations a WHERE a.lab_id = labs.id AND a.ended_at IS NULL AND a.kind = 'cma')";

const WAITED_FOR: &str =
    "CREATE INDEX ix_slots_waited_for ON slots (starts_at, id) WHERE waiting > 0";

const PARCELS: &str = "CREATE INDEX ix_bookings_parcel ON bookings (parcel_number) \
    WHERE parcel_number IS NOT NULL";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add(manager, "bookings", [text_null("void_reason"), text_null("void_reason_code")]).await?;
        for statement in [REASONS, ACCREDITED, WAITED_FOR, PARCELS] {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
