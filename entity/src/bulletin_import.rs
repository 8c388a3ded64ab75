//! A sheet of bulletins that was checked, and waits to be taken over as a whole.

use sea_orm::entity::prelude::*;

words! {
    SheetFormat { Xlsx, Csv }
}

words! {
    /// `refused`: something in it is wrong; `expired`: nobody took it over in time.
    ImportStatus { Checked, Refused, Committed, Expired }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bulletin_imports")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub created_by: Uuid,
    pub format: SheetFormat,
    pub status: ImportStatus,
    pub sha256: Vec<u8>,
    /// Rows below the head that hold something.
    pub rows: i32,
    pub bulletins: i32,
    /// How many mistakes there are; `problems` lists the first of them.
    pub wrong: i32,
    pub problems: Json,
    /// What will be written; gone once the import is settled.
    pub content: Option<Json>,
    pub created_at: DateTimeUtc,
    pub settled_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
