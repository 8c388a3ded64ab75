//! Whose rows a query may return.
//!
//! A list is paged from a [`Scoped`] query, and only the scopes of the tables make one, so a list
//! without a scope does not compile. Each table says in one line below whose it is.

use sea_orm::sea_query::{Condition, IntoCondition};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Select,
    sea_query::Expr,
};
use uuid::Uuid;

use crate::{
    account_conflict, account_deletion, article, article_favourite, article_reading,
    article_revision, article_step, audit_entry, audit_export, booking, booking_export, bulletin,
    bulletin_import, calendar_feed, campaign, class, complaint, correction_request, data_export,
    faq, follow, guardian_consent, job, lab, late_result, login_session, lottery, lottery_entry,
    monitoring_point, notification, plan, poster_code, question, quiz, quiz_attempt,
    restricted_record, risk_lead, role, sample, search_synonym, search_term, slot, staff_member,
    stop, text_review,
};

/// The regions somebody may see: everything, or what begins with one of the codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegionScope {
    Country,
    Prefixes(Vec<String>),
}

impl RegionScope {
    #[must_use]
    pub fn covers(&self, region_code: &str) -> bool {
        match self {
            Self::Country => true,
            Self::Prefixes(codes) => codes.iter().any(|code| region_code.starts_with(code)),
        }
    }
}

/// The labs somebody works for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabScope {
    Country,
    Labs(Vec<Uuid>),
}

impl LabScope {
    #[must_use]
    pub fn covers(&self, lab_id: Uuid) -> bool {
        match self {
            Self::Country => true,
            Self::Labs(ids) => ids.contains(&lab_id),
        }
    }
}

/// The places of one kind, such as monitoring points, that somebody sees: those of their regions, and
/// those they work for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceScope {
    pub regions: RegionScope,
    pub places: Vec<Uuid>,
}

/// A query that can be narrowed and never widened.
#[derive(Clone, Debug)]
pub struct Scoped<E: EntityTrait>(Select<E>);

impl<E: EntityTrait> Scoped<E> {
    #[must_use]
    pub fn filter(self, condition: impl IntoCondition) -> Self {
        Self(self.0.filter(condition))
    }

    #[must_use]
    pub fn lock_exclusive(self) -> Self {
        Self(self.0.lock_exclusive())
    }

    /// # Errors
    /// The database cannot be asked.
    pub async fn one(self, conn: &impl ConnectionTrait) -> Result<Option<E::Model>, DbErr> {
        self.0.one(conn).await
    }

    /// The query itself, to be ordered and limited.
    #[must_use]
    pub fn into_select(self) -> Select<E> {
        self.0
    }
}

/// Rows of one resident or member of staff.
pub trait Owned: EntityTrait {
    const OWNER: Self::Column;

    /// The only way in for the owner's own operations.
    #[must_use]
    fn owned_by(owner: Uuid) -> Scoped<Self> {
        Scoped(Self::find().filter(Self::OWNER.eq(owner)))
    }
}

/// Rows that lie in a region.
pub trait Regional: EntityTrait {
    const REGION: Self::Column;

    /// The only way in for staff of regions.
    #[must_use]
    fn within(scope: &RegionScope) -> Scoped<Self> {
        Scoped(Self::find().filter(in_regions(Self::REGION, scope)))
    }
}

fn in_regions(column: impl ColumnTrait, scope: &RegionScope) -> Condition {
    let RegionScope::Prefixes(codes) = scope else { return Condition::all() };
    // An empty "any" would be true.
    let nothing = Condition::any().add(Expr::value(false));
    codes.iter().fold(nothing, |any, code| any.add(column.starts_with(code.as_str())))
}

/// Rows of a lab.
pub trait OfLab: EntityTrait {
    const LAB: Self::Column;

    /// The only way in for staff of labs.
    #[must_use]
    fn of_labs(scope: &LabScope) -> Scoped<Self> {
        match scope {
            LabScope::Country => Scoped(Self::find()),
            LabScope::Labs(ids) => {
                Scoped(Self::find().filter(Self::LAB.is_in(ids.iter().copied())))
            }
        }
    }
}

/// Rows of a place in a region.
pub trait AtPlace: Regional {
    const PLACE: Self::Column;

    /// The only way in for staff of places and of the regions above them.
    #[must_use]
    fn at_places(scope: &PlaceScope) -> Scoped<Self> {
        if scope.regions == RegionScope::Country {
            return Self::within(&scope.regions);
        }
        let of_places = Self::PLACE.is_in(scope.places.iter().copied());
        let any = Condition::any().add(in_regions(Self::REGION, &scope.regions)).add(of_places);
        Scoped(Self::find().filter(any))
    }
}

/// Rows that are nobody's and nowhere's: whoever holds the permission sees all of them.
pub trait Common: EntityTrait {
    #[must_use]
    fn common() -> Scoped<Self> {
        Scoped(Self::find())
    }
}

macro_rules! scopes {
    ($($trait:ident $constant:ident { $($module:ident $column:ident),+ $(,)? })+) => {
        $($(impl $trait for $module::Entity {
            const $constant: Self::Column = $module::Column::$column;
        })+)+
    };
}

scopes! {
    Owned OWNER {
        article_favourite AccountId, article_reading AccountId, booking AccountId,
        booking_export RequestedBy, bulletin_import CreatedBy, class TeacherId,
        complaint AccountId, correction_request AccountId, data_export AccountId,
        follow AccountId, guardian_consent GuardianId, login_session SubjectId,
        lottery_entry AccountId, notification AccountId, question AccountId,
        quiz_attempt AccountId,
    }
    Regional REGION {
        bulletin RegionCode, campaign RegionCode, complaint RegionCode,
        correction_request RegionCode, lab RegionCode, monitoring_point RegionCode,
        question RegionCode, risk_lead RegionCode, text_review RegionCode,
    }
    AtPlace PLACE {
        lab Id, monitoring_point Id, question LabId,
    }
    OfLab LAB {
        booking LabId, calendar_feed LabId, lab Id, late_result LabId, plan LabId, sample LabId,
        stop LabId,
    }
}

impl Common for account_conflict::Entity {}
impl Common for account_deletion::Entity {}
impl Common for article::Entity {}
impl Common for article_revision::Entity {}
impl Common for article_step::Entity {}
impl Common for audit_entry::Entity {}
impl Common for audit_export::Entity {}
impl Common for faq::Entity {}
impl Common for campaign::Entity {}
impl Common for bulletin::Entity {}
impl Common for job::Entity {}
impl Common for lab::Entity {}
impl Common for lottery::Entity {}
// Published under ids that tell nothing, so that anybody can draw again.
impl Common for lottery_entry::Entity {}
impl Common for poster_code::Entity {}
impl Common for quiz::Entity {}
impl Common for restricted_record::Entity {}
impl Common for role::Entity {}
impl Common for search_synonym::Entity {}
impl Common for search_term::Entity {}
impl Common for slot::Entity {}
impl Common for staff_member::Entity {}
impl Common for stop::Entity {}

#[cfg(test)]
mod tests {
    use sea_orm::{DbBackend, QueryTrait as _};

    use super::*;

    #[test]
    fn a_region_covers_what_lies_below_it() {
        let beijing = RegionScope::Prefixes(vec!["11".to_owned()]);
        assert!(beijing.covers("110101001"));
        assert!(!beijing.covers("120101"));
        assert!(RegionScope::Country.covers("66"));
        assert!(!RegionScope::Prefixes(Vec::new()).covers("11"));
    }

    #[test]
    fn whoever_has_no_region_and_no_lab_sees_nothing() {
        let sql = |scope| {
            complaint::Entity::within(&scope).into_select().build(DbBackend::Sqlite).to_string()
        };
        assert!(sql(RegionScope::Country).ends_with("WHERE TRUE"));
        assert!(sql(RegionScope::Prefixes(Vec::new())).ends_with("WHERE FALSE"));
        let labs = booking::Entity::of_labs(&LabScope::Labs(Vec::new())).into_select();
        assert!(labs.build(DbBackend::Sqlite).to_string().ends_with("WHERE 1 = 2"));
    }
}
