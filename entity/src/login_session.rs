//! A login on one device. Its refresh tokens form one family and end together.

use sea_orm::entity::prelude::*;

use crate::scope::{Owned as _, Scoped};

words! {
    /// Residents and staff are separate audiences; a token of one is worthless to the other.
    SessionAudience { Resident, Staff }
}

words! {
    RevocationReason {
        Logout, TokenReuse, Disabled, Idle, CredentialsChanged, EndedByOwner, EndedByStaff,
        AccountMerged, AccountClosed,
    }
}

words! {
    /// Where a resident came in.
    LoginDoor { MiniProgram, H5 }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub audience: SessionAudience,
    /// The account or the staff member.
    pub subject_id: Uuid,
    pub created_at: DateTimeUtc,
    pub last_refreshed_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub revoked_at: Option<DateTimeUtc>,
    pub revoked_because: Option<RevocationReason>,
    /// When staff last asked for something, to the minute. A refresh is no use: clients do it alone.
    pub last_seen_at: Option<DateTimeUtc>,
    /// Kind of program and system, such as `WeChat, iPhone`; never what the client wrote.
    pub device: Option<String>,
    /// The network it came from: an address cut to /24 or /48.
    pub network: Option<String>,
    /// Of residents.
    pub door: Option<LoginDoor>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The sessions of a resident that can still be used.
    #[must_use]
    pub fn open_of(account_id: Uuid, now: DateTimeUtc) -> Scoped<Self> {
        Self::owned_by(account_id)
            .filter(Column::Audience.eq(SessionAudience::Resident))
            .filter(Column::RevokedAt.is_null())
            .filter(Column::ExpiresAt.gt(now))
    }
}
