//! Places that are drawn by lot, and what anybody needs to draw them again.

use sea_orm::entity::prelude::*;

words! {
    LotteryStatus {
        /// Announced, or taking entries.
        Open,
        /// Takes no more entries; the seed is not public yet.
        Closed,
        /// The order is fixed and the seed public; places are being given.
        Drawn,
        Settled,
        Cancelled,
    }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lotteries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub lab_id: Uuid,
    pub title: String,
    pub status: LotteryStatus,
    pub opens_at: DateTimeUtc,
    /// The draw.
    pub closes_at: DateTimeUtc,
    /// Whether a place that was won waits for the lab.
    pub needs_confirmation: bool,
    /// Until the draw.
    pub seed_cipher: Option<Vec<u8>>,
    /// Since the draw: 64 hexadecimal digits.
    pub seed: Option<String>,
    /// SHA-256 of the seed, in hexadecimal digits.
    pub commitment: String,
    /// Since the draw: how many there are.
    pub entries: Option<i32>,
    /// Of all entries, sorted by id.
    pub entries_digest: Option<String>,
    /// Of all entries, in the order drawn.
    pub order_digest: Option<String>,
    pub drawn_at: Option<DateTimeUtc>,
    /// Up to here places have been given.
    pub settled_rank: i32,
    pub created_by: Uuid,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
