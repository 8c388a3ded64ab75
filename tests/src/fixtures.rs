//! People and things that tests need, made the short way.

use entity::account::{self, AccountStatus};
use entity::consent::ConsentPurpose;
use entity::login_session::SessionAudience;
use entity::notification::{self, DeliveryStatus, NotificationKind};
use entity::role::Duty;
use sanjin::features::notifications::DeliverNotification;
use sanjin::features::roles::GrantInput;
use sanjin::features::staff::{CreateStaffMember, service};
use sanjin::platform::auth::{perm, start_session};
use sanjin::platform::consent::{ClientChannel, GiveConsents, NoticeKind, Subject};
use sanjin::platform::db::{AuditActor, Tx};
use sanjin::platform::jobs::Schedule;
use sea_orm::{EntityTrait as _, Set};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::TestApp;
use crate::planted::plant;

/// The roles the service brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    SystemAdmin,
    SecurityAdmin,
    Auditor,
    HqAdmin,
    Editor,
    Reviewer,
    LabStaff,
    CaseHandler,
    ProvinceReporter,
    PointReporter,
}

impl Role {
    pub const ALL: [Self; 10] = [
        Self::SystemAdmin,
        Self::SecurityAdmin,
        Self::Auditor,
        Self::HqAdmin,
        Self::Editor,
        Self::Reviewer,
        Self::LabStaff,
        Self::CaseHandler,
        Self::ProvinceReporter,
        Self::PointReporter,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::SystemAdmin => "system_admin",
            Self::SecurityAdmin => "security_admin",
            Self::Auditor => "auditor",
            Self::HqAdmin => "hq_admin",
            Self::Editor => "editor",
            Self::Reviewer => "reviewer",
            Self::LabStaff => "lab_staff",
            Self::CaseHandler => "case_handler",
            Self::ProvinceReporter => "province_reporter",
            Self::PointReporter => "point_reporter",
        }
    }
}

/// Somebody who is logged in.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: Uuid,
    pub token: String,
    pub refresh_token: String,
}

/// One member of staff of each duty, who together may do everything.
#[derive(Clone, Debug)]
pub struct Crew {
    pub system: Person,
    pub security: Person,
    pub audit: Person,
    pub business: Person,
}

impl Crew {
    /// Whoever may do `permission`.
    pub fn who_may(&self, permission: &str) -> &Person {
        let info = perm::STAFF.iter().find(|info| info.name == permission).unwrap();
        match info.duties.first() {
            Some(Duty::System) => &self.system,
            Some(Duty::Security) => &self.security,
            Some(Duty::Audit) => &self.audit,
            Some(Duty::Business) | None => &self.business,
        }
    }
}

/// A lab with one service and one member of staff.
#[derive(Clone, Debug)]
pub struct Lab {
    pub id: Uuid,
    pub service_id: Uuid,
    pub staff: Person,
}

/// What a resident of a test has agreed to.
const USUAL_CONSENTS: [ConsentPurpose; 3] =
    [ConsentPurpose::AccountBasic, ConsentPurpose::Phone, ConsentPurpose::RealName];

pub(crate) fn id(value: &Value) -> Uuid {
    value.as_str().expect("an id is text").parse().expect("an id is a UUID")
}

impl TestApp {
    /// Logs a resident in through WeChat, with the usual ticks beside the button; the same name is
    /// the same person.
    pub async fn resident(&self, name: &str) -> Person {
        let consents = json!({
            "version": self.notice(NoticeKind::General), "purposes": USUAL_CONSENTS,
        });
        self.resident_agreeing(name, consents).await
    }

    /// As [`resident`](Self::resident), with other ticks, or none (null).
    pub async fn resident_agreeing(&self, name: &str, consents: Value) -> Person {
        let appid = self.app.wechat.appid();
        let code = self.wechat().mint_login_code(name, appid).await.unwrap();
        let body = json!({ "code": code, "consents": consents });
        let login = self.post("/api/v1/auth/wechat/login").json(body);
        let reply = login.send().await.expect(200);
        Person {
            id: id(&reply["account"]["id"]),
            token: reply["access_token"].as_str().unwrap().to_owned(),
            refresh_token: reply["refresh_token"].as_str().unwrap().to_owned(),
        }
    }

    /// Many residents at once, without WeChat's part.
    pub async fn residents(&self, count: usize) -> Vec<Person> {
        let consents = GiveConsents {
            version: self.notice(NoticeKind::General),
            purposes: USUAL_CONSENTS.to_vec(),
            channel: ClientChannel::MiniProgram,
        };
        let tx = self.app.begin(AuditActor::System).await.unwrap();
        let mut people = Vec::with_capacity(count);
        for _ in 0..count {
            let row = account::ActiveModel {
                id: Set(tx.new_id()),
                status: Set(AccountStatus::Active),
                epoch: Set(0),
                created_at: Set(tx.now()),
                updated_at: Set(tx.now()),
                version: Set(0),
                ..account::ActiveModel::default()
            };
            let account = account::Entity::insert(row).exec_with_returning(&tx).await.unwrap();
            consents.record(&tx, account.id, Subject::Account).await.unwrap();
            people.push(self.logged_in(&tx, account.id).await);
        }
        tx.commit().await.unwrap();
        people
    }

    /// The same residents with fresh tokens, after time went by.
    pub async fn logged_in_again(&self, people: &[Person]) -> Vec<Person> {
        let tx = self.app.begin(AuditActor::System).await.unwrap();
        let mut again = Vec::with_capacity(people.len());
        for person in people {
            again.push(self.logged_in(&tx, person.id).await);
        }
        tx.commit().await.unwrap();
        again
    }

    async fn logged_in(&self, tx: &Tx, id: Uuid) -> Person {
        let pair = start_session(&self.app, tx, SessionAudience::Resident, id, 0).await.unwrap();
        Person { id, token: pair.access_token, refresh_token: pair.refresh_token }
    }

    /// Notices whose delivery waits in the queue. The account has no openid, so each is dropped
    /// without a call.
    pub async fn pending_notifications(&self, account_id: Uuid, count: usize) {
        let mut tx = self.app.begin(AuditActor::System).await.unwrap();
        for _ in 0..count {
            let id = tx.new_id();
            let row = notification::ActiveModel {
                id: Set(id),
                account_id: Set(account_id),
                kind: Set(NotificationKind::BookingConfirmed),
                subject_id: Set(id),
                title: Set("预约成功".to_owned()),
                body: Set("。".to_owned()),
                read_at: Set(None),
                delivery: Set(DeliveryStatus::Pending),
                delivery_attempts: Set(0),
                delivery_code: Set(None),
                delivered_at: Set(None),
                created_at: Set(tx.now()),
            };
            notification::Entity::insert(row).exec_without_returning(&tx).await.unwrap();
            let job = DeliverNotification { notification_id: id };
            tx.enqueue(&job, Schedule::now()).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// A new member of staff with one role, logged in without the password hash's wait.
    pub async fn staff(&self, role: Role, scope: &str) -> Person {
        self.staff_with(&[(role, scope)]).await
    }

    /// As [`staff`](Self::staff), with several roles.
    pub async fn staff_with(&self, grants: &[(Role, &str)]) -> Person {
        let grant = |(role, scope): &(Role, &str)| GrantInput {
            role: role.code().to_owned(),
            scope: (*scope).into(),
        };
        let grants: Vec<GrantInput> = grants.iter().map(grant).collect();
        let input = CreateStaffMember {
            username: Uuid::new_v4().simple().to_string(),
            display_name: "测试人员".to_owned(),
            password: "a long test password".to_owned(),
        };
        let member =
            service::seed_staff(&self.app, input, &grants, AuditActor::System).await.unwrap();
        let tx = self.app.begin(AuditActor::Staff(member.id)).await.unwrap();
        let pair =
            start_session(&self.app, &tx, SessionAudience::Staff, member.id, 0).await.unwrap();
        tx.commit().await.unwrap();
        Person { id: member.id, token: pair.access_token, refresh_token: pair.refresh_token }
    }

    /// Gives `member` a role over a region that an administrator made.
    pub async fn local_role(&self, member: &Person, scope: &str, permissions: &[&str]) {
        let security = self.staff(Role::SecurityAdmin, "country").await;
        let role = json!({
            "code": "local_role", "name": "地方角色", "duty": "business", "reach": "region",
            "permissions": permissions,
        });
        self.post("/api/v1/staff/roles").by(&security).json(role).send().await.expect(201);
        let grant = json!({ "role": "local_role", "scope": scope });
        let path = format!("/api/v1/staff/members/{}/grants", member.id);
        self.post(&path).by(&security).json(grant).send().await.expect(201);
    }

    /// Another session of a member of staff, on another device.
    pub async fn staff_session(&self, who: &Person) -> Uuid {
        let tx = self.app.begin(AuditActor::Staff(who.id)).await.unwrap();
        let pair = start_session(&self.app, &tx, SessionAudience::Staff, who.id, 0).await.unwrap();
        tx.commit().await.unwrap();
        self.app.tokens.verify(&pair.access_token, self.now()).unwrap().sid
    }

    /// Everybody it takes to do everything, in the whole country and for one lab.
    pub async fn crew(&self, lab: &Lab) -> Crew {
        let own_lab = format!("lab:{}", lab.id);
        let business = [
            (Role::HqAdmin, "country"),
            (Role::Editor, "country"),
            (Role::Reviewer, "country"),
            (Role::LabStaff, own_lab.as_str()),
            (Role::CaseHandler, "country"),
            (Role::ProvinceReporter, "region:11"),
        ];
        Crew {
            system: self.staff(Role::SystemAdmin, "country").await,
            security: self.staff(Role::SecurityAdmin, "country").await,
            audit: self.staff(Role::Auditor, "country").await,
            business: self.staff_with(&business).await,
        }
    }

    /// A lab through the API.
    pub async fn lab(&self, name: &str) -> Lab {
        let admin = self.staff(Role::HqAdmin, "country").await;
        let lab = json!({
            "name": name, "region_code": "110108", "address": "北京市海淀区某路 1 号",
            "phone": "01062620000",
        });
        let reply = self.post("/api/v1/staff/labs").bearer(&admin.token).json(lab).send().await;
        let lab_id = id(&reply.expect(201)["id"]);
        let service = json!({ "kind": "free_testing", "name": "免费检测" });
        self.accredited(lab_id, "2040-12-31").await;
        let path = format!("/api/v1/staff/labs/{lab_id}/services");
        let reply = self.post(&path).bearer(&admin.token).json(service).send().await.expect(201);
        let staff = self.staff(Role::LabStaff, &format!("lab:{lab_id}")).await;
        Lab { id: lab_id, service_id: id(&reply["services"][0]["id"]), staff }
    }

    /// Enters a certificate of a lab that is valid until a day.
    pub async fn accredited(&self, lab_id: Uuid, until: &str) {
        let admin = self.staff(Role::HqAdmin, "country").await;
        let certificate = json!({
            "kind": "cma", "certificate_number": format!("T{:x}", Uuid::new_v4().as_u128() >> 16),
            "issued_on": "2026-11-01", "valid_until": until,
        });
        let path = format!("/api/v1/staff/lab-profiles/{lab_id}/accreditations");
        self.post(&path).bearer(&admin.token).json(certificate).send().await.expect(201);
    }

    /// A slot that begins in `hours`.
    pub async fn slot(&self, lab: &Lab, hours: i64, capacity: i32) -> Uuid {
        let starts_at = self.now() + chrono::TimeDelta::hours(hours);
        let slot = json!({
            "service_id": lab.service_id, "capacity": capacity, "starts_at": starts_at,
            "ends_at": starts_at + chrono::TimeDelta::hours(1),
        });
        let post = self.post("/api/v1/staff/slots").bearer(&lab.staff.token).json(slot);
        id(&post.send().await.expect(201)["id"])
    }

    /// Books a place and returns the booking's id.
    pub async fn booking(&self, person: &Person, slot_id: Uuid) -> Uuid {
        let body = json!({ "slot_id": slot_id, "product_name": "儿童安全座椅" });
        let post = self.post("/api/v1/bookings").bearer(&person.token).json(body);
        id(&post.send().await.expect(201)["id"])
    }

    /// A published quiz with one item of each kind.
    pub async fn quiz(&self, change: impl FnOnce(&mut Value)) -> Uuid {
        let editor = self.staff(Role::Editor, "country").await;
        let mut quiz = quiz_body();
        change(&mut quiz);
        let post = self.post("/api/v1/staff/quizzes").bearer(&editor.token).json(quiz);
        let quiz_id = id(&post.send().await.expect(201)["id"]);
        let path = format!("/api/v1/staff/quizzes/{quiz_id}/publication");
        self.post(&path).bearer(&editor.token).send().await.expect(200);
        quiz_id
    }
}

/// One item of each kind. The right options are those whose text begins with "对".
pub fn quiz_body() -> Value {
    json!({
        "title": "测验",
        "items": [
            { "kind": "single", "stem": "单选", "points": 1, "explanation": "解析一", "options": [
                { "text": "对的", "is_correct": true }, { "text": "错一" }, { "text": "错二" } ] },
            { "kind": "multiple", "stem": "多选", "points": 2, "explanation": "解析二", "options": [
                { "text": "对甲", "is_correct": true }, { "text": "对乙", "is_correct": true },
                { "text": "错丙" } ] },
            { "kind": "true_false", "stem": "判断", "points": 3, "explanation": "解析三", "options": [
                { "text": "对", "is_correct": true }, { "text": "错" } ] },
        ],
    })
}

/// Tuesdays and Thursdays, four slots each.
pub fn plan_rule() -> Value {
    json!({
        "rrule": "FREQ=WEEKLY;BYDAY=TU,TH",
        "starts_on": "2026-11-20",
        "windows": [{ "from": "09:00", "to": "11:30" }, { "from": "14:00", "to": "16:30" }],
        "slot_minutes": 60,
        "buffer_minutes": 15,
        "capacity": 2,
        "horizon_days": 14,
    })
}

/// A complaint that is accepted as it is.
pub fn complaint_body() -> Value {
    plant("王小明");
    plant("北京市东城区东华门大街 1 号");
    json!({
        "complainant": {
            "name": "王小明", "phone": "13800138000", "address": "北京市东城区东华门大街 1 号",
        },
        "respondent": {
            "name": "某某商店", "address": "北京市东城区王府井大街 2 号", "region_code": "110101",
        },
        "demand": "refund",
        "facts": "2026年11月1日购买的儿童座椅卡扣断裂，商家拒绝退货。",
        "amount_fen": 29_900,
        "purchased_on": "2026-11-01",
        "is_publishable": false,
        "is_delegable": true,
    })
}
