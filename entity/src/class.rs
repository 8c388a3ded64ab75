//! A class that a teacher opened for its pupils to answer quizzes in pseudonymous seats. It names no
//! school: grade, number and region are enough.

use sea_orm::entity::prelude::*;

words! {
    ClassStatus { Open, Closed }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "classes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub teacher_id: Uuid,
    pub status: ClassStatus,
    pub region_code: String,
    /// 1–12.
    pub grade: i16,
    /// 1–40.
    pub number: i16,
    /// How many seats there are, 1–60.
    pub size: i16,
    /// Field-encrypted class code; gone when the class is closed.
    pub code_cipher: Option<Vec<u8>>,
    /// Blind index of the code.
    #[sea_orm(unique)]
    pub code_index: Option<Vec<u8>>,
    pub code_expires_at: Option<DateTimeUtc>,
    /// The last day, at most the end of the school year (31 August).
    pub expires_on: Date,
    pub created_at: DateTimeUtc,
    pub closed_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
