//! Samples and results, planted without the days they take.

use chrono::TimeDelta;
use entity::lab_report::{self, ReportStatus};
use entity::lab_result::{self, ResultVerdict};
use entity::media_file::{self, MediaHolder, MediaPurpose, MediaState, MediaType};
use entity::sample::{self, SampleStatus};
use entity::{booking, late_result, sample_event, satisfaction};
use sanjin::platform::db::AuditActor;
use sea_orm::{EntityTrait as _, Set};
use serde_json::json;
use uuid::Uuid;

use crate::app::TestApp;

impl TestApp {
    /// A sample of a booking, taken in by `staff_id`.
    pub async fn planted_sample(&self, booking_id: Uuid, staff_id: Uuid) -> Uuid {
        let tx = self.app.begin(AuditActor::Staff(staff_id)).await.unwrap();
        let booking = booking::Entity::find_by_id(booking_id).one(&tx).await.unwrap().unwrap();
        let (id, now) = (tx.new_id(), tx.now());
        let row = sample::ActiveModel {
            id: Set(id),
            booking_id: Set(booking_id),
            lab_id: Set(booking.lab_id),
            position: Set(1),
            number: Set(id.simple().to_string()),
            product_name: Set("玩具".to_owned()),
            product_class: Set(None),
            brand: Set(None),
            model: Set(None),
            batch: Set(None),
            quantity: Set(1),
            status: Set(SampleStatus::Received),
            received_at: Set(now),
            due_on: Set((now + TimeDelta::days(14)).date_naive()),
            updated_at: Set(now),
            version: Set(0),
        };
        sample::Entity::insert(row).exec_without_returning(&tx).await.unwrap();
        let event = sample_event::ActiveModel {
            id: Set(tx.new_id()),
            sample_id: Set(id),
            seq: Set(0),
            from_status: Set(None),
            to_status: Set(SampleStatus::Received),
            staff_id: Set(staff_id),
            place: Set(None),
            at: Set(now),
        };
        sample_event::Entity::insert(event).exec_without_returning(&tx).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A sample of a booking and all that can follow from it, but for the document's bytes.
    pub async fn planted_results(&self, booking_id: Uuid, staff_id: Uuid) {
        let sample_id = self.planted_sample(booking_id, staff_id).await;
        let tx = self.app.begin(AuditActor::Staff(staff_id)).await.unwrap();
        let booking = booking::Entity::find_by_id(booking_id).one(&tx).await.unwrap().unwrap();
        let (report_id, media_id, now) = (tx.new_id(), tx.new_id(), tx.now());
        let file = media_file::ActiveModel {
            id: Set(media_id),
            staff_id: Set(Some(staff_id)),
            purpose: Set(MediaPurpose::LabReport),
            state: Set(MediaState::Ready),
            media_type: Set(MediaType::Pdf),
            bytes: Set(1),
            sha256: Set(Some(vec![7; 32])),
            renditions: Set(json!([])),
            storage_key: Set(format!("media/{media_id}")),
            holder_kind: Set(Some(MediaHolder::LabReport)),
            holder_id: Set(Some(report_id)),
            is_public: Set(false),
            created_at: Set(now),
            ..media_file::ActiveModel::default()
        };
        media_file::Entity::insert(file).exec_without_returning(&tx).await.unwrap();
        let report = lab_report::ActiveModel {
            id: Set(report_id),
            booking_id: Set(booking_id),
            lab_id: Set(booking.lab_id),
            revision: Set(1),
            status: Set(ReportStatus::Valid),
            code: Set(self.app.ids.readable(20)),
            media_id: Set(media_id),
            sha256: Set(vec![7; 32]),
            conclusion: Set(ResultVerdict::Pass),
            issued_at: Set(now),
            issued_by: Set(staff_id),
            ended_at: Set(None),
            ended_by: Set(None),
            ended_because: Set(None),
        };
        lab_report::Entity::insert(report).exec_without_returning(&tx).await.unwrap();
        let result = lab_result::ActiveModel {
            id: Set(tx.new_id()),
            report_id: Set(report_id),
            sample_id: Set(sample_id),
            position: Set(1),
            item_name: Set("小零件".to_owned()),
            standard: Set("GB 6675.2-2014".to_owned()),
            method: Set(None),
            limit_text: Set(None),
            value_text: Set("无".to_owned()),
            unit: Set(None),
            verdict: Set(ResultVerdict::Pass),
            is_safety: Set(true),
        };
        lab_result::Entity::insert(result).exec_without_returning(&tx).await.unwrap();
        let late = late_result::ActiveModel {
            booking_id: Set(booking_id),
            lab_id: Set(booking.lab_id),
            due_on: Set(now.date_naive()),
            raised_at: Set(now),
        };
        late_result::Entity::insert(late).exec_without_returning(&tx).await.unwrap();
        let marks = satisfaction::ActiveModel {
            booking_id: Set(booking_id),
            lab_id: Set(booking.lab_id),
            overall: Set(5),
            attitude: Set(5),
            speed: Set(4),
            clarity: Set(3),
            answered_at: Set(now),
            updated_at: Set(now),
        };
        satisfaction::Entity::insert(marks).exec_without_returning(&tx).await.unwrap();
        tx.commit().await.unwrap();
    }
}
