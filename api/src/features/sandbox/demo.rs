//! Demo content: enough for a resident's, an editor's and a lab's first day.

use chrono::{Datelike as _, Days, NaiveDate, NaiveTime, TimeDelta};
use entity::campaign::{self, CampaignKind, CampaignStatus};
use entity::campaign_item::{self, CampaignItemKind};
use entity::lab::{self, LabStatus};
use entity::lab_accreditation::{self, AccreditationKind};
use entity::lab_capability::{self, ProductClass};
use entity::lab_service::{self, ServiceKind, ServiceStatus};
use entity::slot::{self, SlotStatus};
use entity::{article, quiz, system_marker};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder as _, Set};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::App;
use crate::features::articles::import::{Document, import_documents};
use crate::features::quizzes::{WriteQuiz, seed_quiz};
use crate::features::roles::GrantInput;
use crate::features::staff::CreateStaffMember;
use crate::features::staff::service::seed_staff;
use crate::platform::clock::{from_local, local_date};
use crate::platform::db::{AuditActor, Tx};
use crate::platform::http::{AppError, AppResult};

/// The password of all demo staff. Production refuses a database that holds them.
pub const DEMO_PASSWORD: &str = "sanjin-sandbox-2026";

/// User name, display name, role, and where the role holds (`lab` is the demo lab).
pub const DEMO_STAFF: [(&str, &str, &str, &str); 10] = [
    ("system", "系统管理员", "system_admin", "country"),
    ("security", "安全管理员", "security_admin", "country"),
    ("auditor", "审计管理员", "auditor", "country"),
    ("admin", "总局业务管理员", "hq_admin", "country"),
    ("editor", "内容编辑", "editor", "country"),
    ("reviewer", "内容审核", "reviewer", "country"),
    ("publisher", "内容发布", "editor", "country"),
    ("lab", "检测机构工作人员", "lab_staff", "lab"),
    ("handler", "北京投诉处理人员", "case_handler", "region:11"),
    ("reporter", "北京统计人员", "province_reporter", "region:11"),
];

const MARKER: &str = "demo_content";
const SLOT_DAYS: u64 = 14;
const SLOT_HOURS: [u32; 2] = [9, 14];
const ARTICLES: [(&str, &str); 2] = [
    ("demo-child-seat.md", include_str!("../../../data/demo/child-seat.md")),
    ("demo-free-testing.md", include_str!("../../../data/demo/free-testing.md")),
];
const QUIZ: &str = include_str!("../../../data/demo/quiz.json");

/// The demo lab's id is fixed, so that the README can name it.
const LAB: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
const SERVICES: [(Uuid, ServiceKind, &str, &str); 2] = [
    (
        Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0011),
        ServiceKind::FreeTesting,
        "儿童用品免费检测",
        "检测儿童安全座椅、玩具和学生文具，免费、自愿。",
    ),
    (
        Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0012),
        ServiceKind::AuthenticityCheck,
        "日用消费品真假鉴别",
        "鉴别常见日用消费品的真伪，免费、自愿。",
    ),
];

/// What the demo lab tests in each of its services.
const CAPABILITIES: [(ServiceKind, ProductClass, &str, i32); 4] = [
    (ServiceKind::FreeTesting, ProductClass::MaternalElderlyDisabled, "GB 27887-2011", 5),
    (ServiceKind::FreeTesting, ProductClass::CultureEducationSports, "GB 6675.1-2014", 3),
    (ServiceKind::FreeTesting, ProductClass::CultureEducationSports, "GB 21027-2020", 3),
    (ServiceKind::AuthenticityCheck, ProductClass::Other, "GB/T 16552-2017", 1),
];
const CERTIFICATES: [(AccreditationKind, &str, &str); 2] = [
    (AccreditationKind::Cma, "DEMO-210000000001", "儿童用品、学生文具、日用消费品"),
    (AccreditationKind::Cnas, "DEMO-L0001", "儿童用品、学生文具"),
];
/// Valid so long, like a real one.
const ACCREDITED_DAYS: u64 = 6 * 365;

/// Whether this database was ever filled with demo content.
///
/// # Errors
/// The database cannot be read.
pub async fn holds_demo_content(conn: &impl ConnectionTrait) -> AppResult<bool> {
    Ok(system_marker::Entity::find_by_id(MARKER).one(conn).await?.is_some())
}

/// Fills an empty sandbox once, and at every start opens the slots of the coming two weeks.
///
/// # Errors
/// The database cannot be written.
pub async fn seed_demo_content(app: &App) -> AppResult<()> {
    if !holds_demo_content(&app.db).await? && claim(app).await? {
        for (username, display_name, role, scope) in DEMO_STAFF {
            let scope = if scope == "lab" { format!("lab:{LAB}") } else { scope.to_owned() };
            let input = CreateStaffMember {
                username: username.to_owned(),
                display_name: display_name.to_owned(),
                password: DEMO_PASSWORD.to_owned(),
            };
            let grant = GrantInput { role: role.to_owned(), scope };
            seed_staff(app, input, &[grant], AuditActor::System).await?;
        }
        let documents = ARTICLES.map(|(name, text)| Document::new(name, text));
        import_documents(app, documents.into()).await?.map_err(AppError::internal)?;
        let quiz: WriteQuiz = serde_json::from_str(QUIZ).map_err(AppError::internal)?;
        seed_quiz(app, quiz).await?;
        show_campaign(app).await?;
        tracing::info!("the sandbox was filled with demo content");
    }
    let tx = app.begin(AuditActor::System).await?;
    open_slots(&tx).await?;
    Ok(tx.commit().await?)
}

/// Writes the marker together with the lab, so that of two replicas that start together one fills
/// the sandbox.
async fn claim(app: &App) -> AppResult<bool> {
    let tx = app.begin(AuditActor::System).await?;
    let now = tx.now();
    let marker = system_marker::ActiveModel {
        key: Set(MARKER.to_owned()),
        value: Set(now.to_rfc3339()),
        updated_at: Set(now),
    };
    let is_first = system_marker::Entity::insert(marker)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(&tx)
        .await?;
    if is_first == 0 {
        return Ok(false);
    }
    let today = local_date(now);
    let valid_until = today.checked_add_days(Days::new(ACCREDITED_DAYS));
    let lab = lab::ActiveModel {
        id: Set(LAB),
        name: Set("北京市产品质量检验示范实验室".to_owned()),
        region_code: Set("110108".to_owned()),
        address: Set("北京市海淀区示范路 1 号".to_owned()),
        phone: Set("12315".to_owned()),
        introduction: Set("面向社区、校园和乡镇提供免费检测、真假鉴别和咨询。".to_owned()),
        status: Set(LabStatus::Active),
        created_at: Set(now),
        updated_at: Set(now),
        version: Set(0),
        email: Set(Some("service@lab.example".to_owned())),
        contact_title: Set(Some("业务受理室".to_owned())),
        opening_hours: Set(Some(opening_hours())),
        latitude_e6: Set(Some(39_983_424)),
        longitude_e6: Set(Some(116_322_987)),
        accredited_until: Set(valid_until),
    };
    lab::Entity::insert(lab).exec_without_returning(&tx).await?;
    let services = SERVICES.map(|(id, kind, name, description)| lab_service::ActiveModel {
        id: Set(id),
        lab_id: Set(LAB),
        kind: Set(kind),
        name: Set(name.to_owned()),
        description: Set(description.to_owned()),
        created_at: Set(now),
        status: Set(ServiceStatus::Open),
        version: Set(0),
    });
    lab_service::Entity::insert_many(services).exec_without_returning(&tx).await?;
    let certificates = CERTIFICATES.map(|(kind, number, scope)| lab_accreditation::ActiveModel {
        id: Set(tx.new_id()),
        lab_id: Set(LAB),
        kind: Set(kind),
        certificate_number: Set(number.to_owned()),
        issued_on: Set(today),
        valid_until: Set(valid_until.unwrap_or(today)),
        scope_note: Set(scope.to_owned()),
        created_at: Set(now),
        ..lab_accreditation::ActiveModel::default()
    });
    lab_accreditation::Entity::insert_many(certificates).exec_without_returning(&tx).await?;
    let capabilities = CAPABILITIES.map(|(service_kind, product_class, standard, days)| {
        lab_capability::ActiveModel {
            id: Set(tx.new_id()),
            lab_id: Set(LAB),
            service_kind: Set(service_kind),
            product_class: Set(product_class),
            standard: Set(standard.to_owned()),
            days_needed: Set(days),
        }
    });
    lab_capability::Entity::insert_many(capabilities).exec_without_returning(&tx).await?;
    tx.commit().await?;
    Ok(true)
}

/// This year's 三进, with the articles and the quiz that were published before.
async fn show_campaign(app: &App) -> AppResult<()> {
    let tx = app.begin(AuditActor::System).await?;
    let (id, now, year) = (tx.new_id(), tx.now(), local_date(tx.now()).year());
    let day = |month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
    let campaign = campaign::ActiveModel {
        id: Set(id),
        kind: Set(CampaignKind::ThreeEntries),
        year: Set(i16::try_from(year).map_err(AppError::internal)?),
        title: Set("消费品质量安全“进社区、进校园、进乡镇”".to_owned()),
        theme: Set("质量安全在身边".to_owned()),
        description: Set("科普文章、知识竞答和免费检测，走到居民、学生和村民身边。".to_owned()),
        slogans: Set(json!(["你送我检，安心消费", "学会看标签，放心选好物"])),
        starts_on: Set(day(1, 1)),
        ends_on: Set(day(12, 31)),
        status: Set(CampaignStatus::Published),
        published_at: Set(Some(now)),
        created_at: Set(now),
        updated_at: Set(now),
        version: Set(0),
        ..campaign::ActiveModel::default()
    };
    campaign::Entity::insert(campaign).exec_without_returning(&tx).await?;
    let articles = article::Entity::published().into_select().order_by_asc(article::Column::Id);
    let quizzes = quiz::Entity::published().into_select().order_by_asc(quiz::Column::Id);
    let (articles, quizzes) = (articles.all(&tx).await?, quizzes.all(&tx).await?);
    let shown = articles.iter().map(|row| (CampaignItemKind::Article, row.id));
    let shown = shown.chain(quizzes.iter().map(|row| (CampaignItemKind::Quiz, row.id)));
    let items = (1..).zip(shown).map(|(position, (kind, item_id))| campaign_item::ActiveModel {
        campaign_id: Set(id),
        position: Set(position),
        kind: Set(kind),
        item_id: Set(item_id),
    });
    campaign_item::Entity::insert_many(items).exec_without_returning(&tx).await?;
    Ok(tx.commit().await?)
}

/// Open on working days, with a break at noon.
fn opening_hours() -> Value {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday"];
    let halves = [("09:00", "12:00"), ("13:30", "17:00")];
    let hours = days.iter().flat_map(|day| {
        halves.map(|(opens, closes)| json!({ "day": day, "opens": opens, "closes": closes }))
    });
    hours.collect()
}

/// Insert-if-absent: a slot that exists keeps its counters.
async fn open_slots(tx: &Tx) -> AppResult<()> {
    let today = local_date(tx.now());
    let mut rows = Vec::new();
    for day in (1..=SLOT_DAYS).filter_map(|n| today.checked_add_days(Days::new(n))) {
        for hour in SLOT_HOURS {
            let Some(time) = NaiveTime::from_hms_opt(hour, 0, 0) else { continue };
            let starts_at = from_local(day.and_time(time));
            rows.extend(SERVICES.map(|(service_id, ..)| slot::ActiveModel {
                id: Set(tx.new_id()),
                lab_id: Set(LAB),
                service_id: Set(service_id),
                starts_at: Set(starts_at),
                ends_at: Set(starts_at + TimeDelta::hours(2)),
                starts_on: Set(day),
                capacity: Set(10),
                held: Set(0),
                booked: Set(0),
                status: Set(SlotStatus::Open),
                created_at: Set(tx.now()),
                version: Set(0),
                ..slot::ActiveModel::default()
            }));
        }
    }
    slot::Entity::insert_many(rows)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}
