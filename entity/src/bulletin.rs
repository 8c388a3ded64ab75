//! What the authority tells the public of dangerous or poor products, as a structured record.

use sea_orm::entity::prelude::*;

use crate::scope::{Common as _, Scoped};

words! {
    BulletinKind {
        /// 消费警示
        ConsumerWarning,
        /// 缺陷消费品召回
        Recall,
        /// 产品质量监督抽查结果
        SpotCheck,
        /// 产品质量状况
        QualityStatus,
    }
}

words! {
    /// `corrected` is published, with a public note of what changed; `withdrawn` leaves a tombstone.
    BulletinStatus { Draft, Published, Corrected, Withdrawn }
}

words! {
    /// How likely the harm is over the life of the product; each step means "more than".
    Probability {
        /// 1/2
        EveryOther,
        /// 1/10
        Tenth,
        /// 1/100
        Hundredth,
        /// 1/1,000
        Thousandth,
        /// 1/10,000
        TenThousandth,
        /// 1/100,000
        HundredThousandth,
        /// 1/1,000,000
        Millionth,
        /// 1/1,000,000 or less.
        Rarer,
    }
}

words! {
    /// From the least to the worst.
    RiskLevel { Low, Medium, High, Serious }
}

words! {
    /// 《消费品召回管理暂行规定》（市场监管总局令第19号）, article 2
    RemedyOption {
        Repair,
        Replace,
        /// 退货
        Refund,
        /// 修正或者补充标识
        AmendWarning,
    }
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
#[sea_orm(table_name = "bulletins")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: BulletinKind,
    pub status: BulletinStatus,
    /// `RC-2026-0007`; from publication on.
    #[sea_orm(unique)]
    pub number: Option<String>,
    pub title: String,
    pub summary: String,
    pub hazard: Option<String>,
    pub harm: Option<String>,
    /// 1 (light) to 4 (fatal).
    pub severity: Option<i16>,
    pub probability: Option<Probability>,
    /// Computed from severity and probability.
    pub level: Option<RiskLevel>,
    /// What is known of injuries.
    pub injuries: Option<String>,
    pub measures: Option<String>,
    /// A list of [`RemedyOption`].
    pub remedy_options: Json,
    pub number_of_units: Option<i64>,
    /// The line of the maker, never of a person.
    pub consumer_contact: Option<String>,
    pub issuing_authority: String,
    pub source_document: Option<String>,
    pub source_url: Option<String>,
    pub issued_on: Date,
    /// None: the whole country.
    pub region_code: Option<String>,
    /// Folded title, number, names and brands, for `q`.
    pub search_text: String,
    /// The import it came by.
    pub import_id: Option<Uuid>,
    pub author_id: Uuid,
    /// Who edited it last, if not the author.
    pub edited_by: Option<Uuid>,
    /// All who changed it before it was published: a list of ids.
    pub editors: Json,
    /// The number of its last public change; 0 for a draft.
    pub event_no: i32,
    /// The public note of the last correction or of the withdrawal.
    pub change_note: Option<String>,
    pub published_at: Option<DateTimeUtc>,
    /// When the public last saw a change. Grows with every commit: no two bulletins share one.
    pub changed_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// Raised by one at every change; shown as the `ETag` of a staff edit.
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What holds today.
pub const IN_FORCE: [BulletinStatus; 2] = [BulletinStatus::Published, BulletinStatus::Corrected];

impl Entity {
    /// What the public reads as holding.
    #[must_use]
    pub fn in_force() -> Scoped<Self> {
        Self::common().filter(Column::Status.is_in(IN_FORCE))
    }

    /// What the public reads or has read: also what was withdrawn.
    #[must_use]
    pub fn ever_shown() -> Scoped<Self> {
        Self::common().filter(Column::Status.ne(BulletinStatus::Draft))
    }
}
