//! Rows of the tables that take more than a request to fill.

use entity::correction_request::{self, CorrectionField, CorrectionStatus, CorrectionSubject};
use entity::lab_capability::ProductClass;
use entity::lottery::{self, LotteryStatus};
use entity::question::{self, QuestionStatus};
use entity::risk_signal::{self, RiskScene, RiskStatus};
use entity::{booking, restricted_record, staff_factor};
use sanjin::platform::crypto::{CipherColumn, column};
use sanjin::platform::db::AuditActor;
use sea_orm::{EntityTrait as _, Set};
use serde_json::json;
use tests::{Person, Role, TestApp};

/// What each of their encrypted columns opens to.
pub const PLANTED: &[u8] = b"twenty bytes of key.";

/// One of each, of `person`.
pub async fn plant_rows(app: &TestApp, person: &Person) {
    let lab = app.lab("乙实验室").await;
    let body = json!({
        "slot_id": app.slot(&lab, 48, 5).await, "product_name": "药枕", "units": 2,
        "beneficiary": { "name": "王奶奶", "phone": "13800138001" },
        "roster": [{ "name": "李小花" }],
    });
    app.post("/api/v1/bookings").by(person).json(body).send().await.expect(201);
    let staff = app.staff(Role::Editor, "country").await;
    let seal = |field: CipherColumn| app.app.cipher.seal(field.purpose, PLANTED).unwrap();
    let tx = app.app.begin(AuditActor::System).await.unwrap();
    let (id, now) = (tx.new_id(), tx.now());
    let pin = booking::ActiveModel {
        pin_cipher: Set(Some(seal(column::BOOKING_PIN))),
        ..booking::ActiveModel::default()
    };
    booking::Entity::update_many().set(pin).exec(&tx).await.unwrap();
    let draw = lottery::ActiveModel {
        id: Set(id),
        lab_id: Set(lab.id),
        title: Set("摇号".to_owned()),
        status: Set(LotteryStatus::Open),
        opens_at: Set(now),
        closes_at: Set(now),
        needs_confirmation: Set(true),
        seed_cipher: Set(Some(seal(column::LOTTERY_SEED))),
        commitment: Set(String::new()),
        settled_rank: Set(0),
        created_by: Set(staff.id),
        created_at: Set(now),
        updated_at: Set(now),
        version: Set(0),
        ..lottery::ActiveModel::default()
    };
    lottery::Entity::insert(draw).exec_without_returning(&tx).await.unwrap();
    let factor = staff_factor::ActiveModel {
        staff_id: Set(staff.id),
        secret_cipher: Set(Some(seal(column::STAFF_FACTOR_SECRET))),
        confirmed_at: Set(Some(now)),
        last_used_step: Set(None),
        pending_cipher: Set(Some(seal(column::STAFF_FACTOR_PENDING))),
        pending_at: Set(Some(now)),
    };
    staff_factor::Entity::insert(factor).exec_without_returning(&tx).await.unwrap();
    let signal = risk_signal::ActiveModel {
        id: Set(id),
        account_id: Set(person.id),
        scene: Set(RiskScene::Register),
        status: Set(RiskStatus::Pending),
        address_cipher: Set(Some(seal(column::RISK_ADDRESS))),
        created_at: Set(now),
        ..Default::default()
    };
    risk_signal::Entity::insert(signal).exec_without_returning(&tx).await.unwrap();
    let kept = restricted_record::ActiveModel {
        id: Set(id),
        subject_id: Set(id),
        kind: Set("complaints".to_owned()),
        row_id: Set(id.to_string()),
        law: Set("test".to_owned()),
        content_cipher: Set(seal(column::RESTRICTED_CONTENT)),
        restricted_at: Set(now),
        keep_until: Set(now),
    };
    restricted_record::Entity::insert(kept).exec_without_returning(&tx).await.unwrap();
    let asked = question::ActiveModel {
        id: Set(id),
        account_id: Set(person.id),
        status: Set(QuestionStatus::Answered),
        product_class: Set(ProductClass::Other),
        content_cipher: Set(seal(column::QUESTION_CONTENT)),
        asked_at: Set(now),
        due_on: Set(now.date_naive()),
        answer_cipher: Set(Some(seal(column::QUESTION_ANSWER))),
        follow_up_cipher: Set(Some(seal(column::QUESTION_FOLLOW_UP))),
        follow_up_answer_cipher: Set(Some(seal(column::QUESTION_LAST_ANSWER))),
        updated_at: Set(now),
        version: Set(0),
        ..Default::default()
    };
    question::Entity::insert(asked).exec_without_returning(&tx).await.unwrap();
    let wish = correction_request::ActiveModel {
        id: Set(id),
        account_id: Set(person.id),
        subject_kind: Set(CorrectionSubject::Complaint),
        subject_id: Set(id),
        field: Set(CorrectionField::ComplainantName),
        wish_cipher: Set(seal(column::CORRECTION_WISH)),
        status: Set(CorrectionStatus::Refused),
        reason_cipher: Set(Some(seal(column::CORRECTION_REASON))),
        region_code: Set("110101".to_owned()),
        created_at: Set(now),
        ..Default::default()
    };
    correction_request::Entity::insert(wish).exec_without_returning(&tx).await.unwrap();
    tx.commit().await.unwrap();
}
