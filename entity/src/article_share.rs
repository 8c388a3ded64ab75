//! How often an article was passed on, by day and way, without who did it.

use sea_orm::entity::prelude::*;

words! {
    /// To one person, to a group, to the moments of WeChat, as a copied link, as a picture.
    ShareChannel { Friend, Group, Moments, Link, Poster }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "article_shares")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub channel: ShareChannel,
    /// Day in China.
    #[sea_orm(primary_key, auto_increment = false)]
    pub shared_on: Date,
    pub shares: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
