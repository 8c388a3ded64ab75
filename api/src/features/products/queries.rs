use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::bulletin_product::{Column, Entity, Model};
use entity::bulletin_product_code::{self, ProductCodeKind};
use entity::lab::{self, LabStatus};
use entity::lab_capability::{self, ProductClass};
use entity::lab_service::{self, ServiceKind, ServiceStatus};
use entity::risk_lead::{self, RiskLeadStatus};
use entity::{bulletin, quiz, spot_check_item};
use sea_orm::sea_query::{Condition, Expr, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, FromQueryResult, JoinType,
    PaginatorTrait as _, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::model::Ask;
use crate::platform::db::padded;

fn with_code(kind: ProductCodeKind, key: &str) -> Expr {
    use bulletin_product_code::Column as Code;

    let products = Query::select()
        .column(Code::ProductId)
        .from(bulletin_product_code::Entity)
        .and_where(Code::Kind.eq(kind))
        .and_where(Code::CodeKey.eq(key))
        .take();
    Column::Id.in_subquery(products)
}

fn in_force() -> SelectStatement {
    Query::select()
        .column(bulletin::Column::Id)
        .from(bulletin::Entity)
        .and_where(bulletin::Column::Status.is_in(bulletin::IN_FORCE))
        .take()
}

/// Products of what holds that are the one asked for, newest first.
pub async fn exact(
    conn: &impl ConnectionTrait,
    ask: &Ask,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut any = Condition::any().add(Expr::value(false));
    if let Some(gtin) = &ask.gtin {
        any = any.add(with_code(ProductCodeKind::Gtin, gtin.as_str()));
    }
    if let (Some(brand), Some(model)) = (&ask.brand, &ask.model) {
        let is_model = with_code(ProductCodeKind::Model, model);
        any = any.add(Column::BrandKey.eq(brand).and(is_model));
    }
    found(conn, any, limit).await
}

/// As [`exact`], products that may be the one asked for, without those in `known`.
pub async fn similar(
    conn: &impl ConnectionTrait,
    ask: &Ask,
    known: impl IntoIterator<Item = Uuid>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let mut any = Condition::any().add(Expr::value(false));
    for key in ask.brand.iter().chain(&ask.text) {
        any = any.add(Column::BrandKey.eq(key));
    }
    for key in ask.model.iter().chain(&ask.text) {
        any = any.add(with_code(ProductCodeKind::Model, key));
    }
    if let Some(text) = &ask.text {
        // Folded: it holds no character that means something to LIKE.
        any = any.add(Column::NameKey.contains(text.as_str()));
    }
    let known: Vec<Uuid> = known.into_iter().collect();
    let all = Condition::all().add(any).add(Column::Id.is_not_in(padded(known)));
    found(conn, all, limit).await
}

async fn found(
    conn: &impl ConnectionTrait,
    condition: Condition,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(condition)
        .filter(Column::BulletinId.in_subquery(in_force()))
        .order_by_desc(Column::Id)
        .limit(limit)
        .all(conn)
        .await
}

pub async fn bulletins(
    conn: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<bulletin::Model>, DbErr> {
    bulletin::Entity::in_force()
        .filter(bulletin::Column::Id.is_in(padded(ids)))
        .into_select()
        .all(conn)
        .await
}

pub async fn codes(
    conn: &impl ConnectionTrait,
    products: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<bulletin_product_code::Model>, DbErr> {
    bulletin_product_code::Entity::find()
        .filter(bulletin_product_code::Column::ProductId.is_in(padded(products)))
        .order_by_asc(bulletin_product_code::Column::Position)
        .all(conn)
        .await
}

pub async fn items(
    conn: &impl ConnectionTrait,
    products: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<spot_check_item::Model>, DbErr> {
    spot_check_item::Entity::find()
        .filter(spot_check_item::Column::ProductId.is_in(padded(products)))
        .order_by_asc(spot_check_item::Column::Position)
        .all(conn)
        .await
}

/// A test that somebody can book.
#[derive(Debug, FromQueryResult)]
pub struct Offer {
    pub lab_id: Uuid,
    pub lab_name: String,
    pub region_code: String,
    pub service_id: Uuid,
    pub service_kind: ServiceKind,
    pub service_name: String,
    pub product_class: ProductClass,
    pub standard: String,
    pub days_needed: i32,
}

/// Open services of labs in force that can do something with the classes. `unaccredited` kinds need no
/// accreditation.
pub async fn offers(
    conn: &impl ConnectionTrait,
    classes: &BTreeSet<ProductClass>,
    unaccredited: impl IntoIterator<Item = ServiceKind>,
    today: NaiveDate,
    limit: u64,
) -> Result<Vec<Offer>, DbErr> {
    use lab_capability::Column as Of;

    let to_lab =
        lab_capability::Entity::belongs_to(lab::Entity).from(Of::LabId).to(lab::Column::Id);
    let to_service = lab_capability::Entity::belongs_to(lab_service::Entity)
        .from(Of::LabId)
        .to(lab_service::Column::LabId);
    let is_accredited = Condition::any()
        .add(lab::Column::AccreditedUntil.gte(today))
        .add(lab_service::Column::Kind.is_in(unaccredited));
    let same_kind = Expr::col((lab_service::Entity, lab_service::Column::Kind))
        .equals((lab_capability::Entity, Of::ServiceKind));
    lab_capability::Entity::find()
        .select_only()
        .columns([Of::LabId, Of::ServiceKind, Of::ProductClass, Of::Standard, Of::DaysNeeded])
        .column_as(lab::Column::Name, "lab_name")
        .column_as(lab::Column::RegionCode, "region_code")
        .column_as(lab_service::Column::Id, "service_id")
        .column_as(lab_service::Column::Name, "service_name")
        .join(JoinType::InnerJoin, to_lab.into())
        .join(JoinType::InnerJoin, to_service.into())
        .filter(same_kind)
        .filter(Of::ProductClass.is_in(padded(classes.iter().copied())))
        .filter(lab::Column::Status.eq(LabStatus::Active))
        .filter(lab_service::Column::Status.eq(ServiceStatus::Open))
        .filter(is_accredited)
        .order_by_asc(Of::LabId)
        .order_by_asc(lab_service::Column::Id)
        .order_by_asc(Of::Standard)
        .limit(limit)
        .into_model()
        .all(conn)
        .await
}

/// Leads on products of the classes, which labs name by code or by label.
pub async fn count_leads(
    conn: &impl ConnectionTrait,
    classes: &BTreeSet<ProductClass>,
) -> Result<u64, DbErr> {
    let names = classes.iter().flat_map(|class| [class.as_str(), class.label().to_owned()]);
    risk_lead::Entity::find()
        .filter(risk_lead::Column::Status.eq(RiskLeadStatus::New))
        .filter(risk_lead::Column::ProductClass.is_in(padded(names)))
        .count(conn)
        .await
}

/// Something to read: its id, its title, and what it is about in short.
pub type Text = (Uuid, String, String);

/// The quizzes published last. Which of them have to do with a product, the caller tells.
pub async fn quizzes(conn: &impl ConnectionTrait, limit: u64) -> Result<Vec<Text>, DbErr> {
    use quiz::Column as Of;

    quiz::Entity::published()
        .into_select()
        .select_only()
        .columns([Of::Id, Of::Title, Of::Description])
        .order_by_desc(Of::PublishedAt)
        .order_by_desc(Of::Id)
        .limit(limit)
        .into_tuple()
        .all(conn)
        .await
}
