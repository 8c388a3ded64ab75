//! What no client should send: on every operation of openapi.json, never a 500, never half-written.

use sanjin::platform::auth::{Standing, perm};
use serde_json::{Value, json};
use tests::{
    Crew, Operation, Person, Spec, TestApp, TestRequest, TestResponse, backends, complaint_body,
    quiz_body, with,
};
use uuid::Uuid;

/// Residents and staff who together may do everything.
pub struct Callers {
    pub resident: Person,
    child: Person,
    crew: Crew,
}

impl Callers {
    pub async fn of(app: &TestApp) -> Self {
        let lab = app.lab("甲实验室").await;
        Self {
            resident: app.teacher("xiaoming").await,
            child: app.child("xiaohua").await,
            crew: app.crew(&lab).await,
        }
    }

    /// A request to an operation by whoever may make it, with `segment` for every parameter.
    fn request(&self, app: &TestApp, operation: &Operation, segment: &str) -> TestRequest {
        let path: Vec<&str> = operation
            .path
            .split('/')
            .map(|part| if part.starts_with('{') { segment } else { part })
            .collect();
        let method = operation.method.parse().unwrap();
        let request = app.request(method, &path.join("/")).header("if-match", "\"0\"");
        self.sign(operation, request)
    }

    /// Signs a request as whoever may make it.
    pub fn sign(&self, operation: &Operation, request: TestRequest) -> TestRequest {
        match &operation.security {
            Some((audience, permission)) if audience == "resident" => {
                let row = perm::RESIDENT.iter().find(|(_, name, _)| name == permission);
                let is_grown_up = row.is_some_and(|(.., held)| held.contains(&Standing::Adult));
                request.by(if is_grown_up { &self.resident } else { &self.child })
            }
            Some((_, permission)) => request.by(self.crew.who_may(permission)),
            None => request,
        }
    }
}

/// The operations that are asked with a JSON body; log-out would end the walk.
fn with_body() -> impl Iterator<Item = &'static Operation> {
    Spec::shared().operations.iter().filter(|operation| operation.request_schema.is_some())
}

/// The first field of the body, whatever it is, and whether `true` is a good answer to it.
fn a_field(operation: &Operation) -> (String, bool) {
    let schema = Spec::shared().resolve(operation.request_schema.as_ref().unwrap());
    let (name, field) = schema["properties"].as_object().unwrap().iter().next().unwrap();
    (name.clone(), field["type"] == "boolean")
}

fn is_refused(operation: &Operation, what: &str, reply: &TestResponse) {
    let status = reply.status.as_u16();
    assert!((400..500).contains(&status), "{} {what}: {status} {}", operation.id, reply.text());
    assert_eq!(reply.header("content-type"), "application/problem+json", "{}", operation.id);
    assert_eq!(reply.json()["status"], status);
}

const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// Every table's number of rows.
async fn rows(app: &TestApp) -> Vec<(String, i64)> {
    let mut counts = Vec::new();
    for table in entity::all_tables() {
        let sql = format!("SELECT COUNT(*) FROM {}", table.name);
        counts.push((table.name, app.count(&sql).await));
    }
    counts
}

backends! {
    async fn every_body_that_is_no_json_is_malformed(app) {
        let callers = Callers::of(app).await;
        let before = rows(app).await;
        let deep = "[".repeat(100_000);
        let bodies: [&[u8]; 10] = [
            b"{",
            b"}",
            b"nul",
            b"{'code': 'x'}",
            b"{,}",
            b"\xEF\xBB\xBF{}",
            b"{\"\xFF\xFE\": 1}",
            b"{\"\\ud800\": 1}",
            b"<xml/>",
            deep.as_bytes(),
        ];
        for operation in with_body() {
            for body in bodies {
                let request = callers.request(app, operation, NOBODY);
                let reply = request.raw("application/json", body.to_vec()).send().await;
                reply.problem(400, "malformed_json");
            }
        }
        assert_eq!(rows(app).await, before);
    }

    async fn every_body_of_another_shape_is_refused(app) {
        let callers = Callers::of(app).await;
        let before = rows(app).await;
        for operation in with_body() {
            let send = |body: String| {
                callers.request(app, operation, NOBODY).raw("application/json", body).send()
            };
            for body in ["[]", "null", "7", "\"x\"", "true", "[{}]"] {
                send(body.to_owned()).await.invalid("");
            }
            send("{\"__proto__\": {}}".to_owned()).await.invalid("__proto__");
            let (field, is_flag) = a_field(operation);
            let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
            let number = "9".repeat(400);
            let values = [
                "{}", "[[]]", "1e400", "-0", "0.1", "true", &number, &deep, "\"a\\u0000b\"",
                "\"\\u0000\"",
            ];
            for value in values.into_iter().filter(|value| !is_flag || *value != "true") {
                is_refused(operation, value, &send(format!("{{\"{field}\": {value}}}")).await);
            }
            let twice = format!("{{\"{field}\": null, \"{field}\": null}}");
            is_refused(operation, "twice", &send(twice).await);
        }
        assert_eq!(rows(app).await, before);
    }

    async fn every_body_of_another_media_type_is_refused(app) {
        let callers = Callers::of(app).await;
        for operation in with_body() {
            for kind in [
                "text/plain",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "application/jsonp",
                "application/json-patch+json",
                "",
            ] {
                let reply = callers.request(app, operation, NOBODY).raw(kind, "{}").send().await;
                reply.problem(415, "unsupported_media_type");
            }
            let request = callers.request(app, operation, NOBODY);
            let reply = request.raw("Application/JSON; charset=utf-8", "{").send().await;
            reply.problem(400, "malformed_json");
        }
    }

    async fn every_path_that_names_nothing_is_refused(app) {
        let callers = Callers::of(app).await;
        let long = "x".repeat(2_000);
        let segments = [
            "7", "-1", "null", "%20", "'%20OR%201=1--", "%ff%fe", "%2e%2e%2fetc", "%F0%9F%92%A9",
            "00000000-0000-0000-0000-00000000000g", "{id}", "%252e%252e", ";", &long,
        ];
        for operation in Spec::shared().operations.iter().filter(|o| o.path.contains('{')) {
            for segment in segments {
                let request = callers.request(app, operation, segment);
                let reply = request.json(json!({})).send().await;
                is_refused(operation, segment, &reply);
            }
            let reply = callers.request(app, operation, "a%00b").json(json!({})).send().await;
            reply.problem(400, "malformed_request");
        }
    }

    async fn every_query_that_is_nonsense_is_refused_or_ignored(app) {
        let callers = Callers::of(app).await;
        for operation in Spec::shared().operations.iter().filter(|o| o.method == "GET") {
            let get = |query: &str| {
                let path = format!("{}?{query}", operation.path.replace("{id}", NOBODY));
                callers.sign(operation, app.get(&path)).send()
            };
            get("x=%00").await.problem(400, "malformed_request");
            get("cursor=%00").await.problem(400, "malformed_request");
            for query in ["%ff=%fe", "limit=1&limit=2", "[]=1", "a[b]=1", "%", "&&&", "=", "limit"] {
                let reply = get(query).await;
                assert!(reply.status.as_u16() < 500, "{} {query}: {}", operation.id, reply.text());
            }
            let long = format!("cursor={}", "A".repeat(8_000));
            assert!(get(&long).await.status.as_u16() < 500, "{}", operation.id);
        }
    }

    async fn every_text_with_a_nul_is_refused_before_it_reaches_the_database(app) {
        let callers = Callers::of(app).await;
        let (resident, staff) = (&callers.resident, &callers.crew.business);
        let (system, security) = (&callers.crew.system, &callers.crew.security);
        let before = rows(app).await;
        let lab = json!({
            "name": "乙实验室", "region_code": "110108", "address": "示范路 1 号", "phone": "12315",
        });
        let article = json!({ "title": "题", "body_markdown": "文", "category": "knowledge" });
        let member = json!({
            "username": "wang.wei", "display_name": "王", "password": "correct horse battery",
        });
        let role = json!({
            "code": "city", "name": "市", "duty": "business", "reach": "region",
            "permissions": ["complaint.read"],
        });
        let grant = json!({ "role": "editor", "scope": "country" });
        let grants = format!("/staff/members/{NOBODY}/grants");
        let login = json!({ "username": "wang.wei", "password": "correct horse battery" });
        for (path, who, body, fields) in [
            ("/complaints", resident, complaint_body(), &["complainant.name", "facts"][..]),
            ("/bookings", resident, json!({ "slot_id": NOBODY, "product_name": "x" }), &["product_name"]),
            ("/auth/wechat/login", resident, json!({ "code": "x" }), &["code"]),
            ("/auth/wechat/h5/login", resident, json!({ "code": "x", "state": "y" }), &["code", "state"]),
            ("/me/wechat-data", resident, json!({ "encrypted_data": "x", "iv": "y" }), &["encrypted_data", "iv"]),
            ("/auth/refresh", resident, json!({ "refresh_token": "x" }), &["refresh_token"]),
            ("/staff/auth/login", staff, login, &["username", "password"]),
            ("/staff/members", system, member, &["display_name", "password"]),
            ("/staff/roles", security, role, &["code", "name", "permissions[0]"]),
            (&grants, security, grant, &["role", "scope"]),
            ("/staff/labs", staff, lab, &["name", "region_code", "introduction"]),
            ("/staff/articles", staff, article, &["title", "body_markdown", "category", "issuer"]),
            ("/staff/quizzes", staff, quiz_body(), &["title", "items[0].stem", "items[0].options[0].text"]),
        ] {
            for field in fields {
                let body = with(&body, field, json!("空\u{0}字符空字符空字符"));
                let reply = app.post(&format!("/api/v1{path}")).by(who).json(body).send().await;
                reply.problem(422, "validation_failed");
            }
        }
        let patch = app.patch("/api/v1/me").by(resident).json(json!({ "region_code": "11\u{0}" }));
        patch.send().await.problem(422, "validation_failed");
        let school = app.put("/api/v1/me/school").by(resident).json(json!({ "name": "某\u{0}校" }));
        school.send().await.problem(422, "validation_failed");
        let real = json!({ "name": "王\u{0}明", "id_number": "11010519491231002X", "purpose": "complaint" });
        let put = app.put("/api/v1/me/real-name").by(resident).json(real);
        put.send().await.problem(422, "validation_failed");
        assert_eq!(rows(app).await, before);
    }

    async fn every_number_beyond_its_type_is_refused(app) {
        let person = app.resident("xiaoming").await;
        for number in ["9223372036854775808", "-9223372036854775809", "1e19", "1.0", "1e400", "0x10"] {
            let body = complaint_body().to_string().replace("29900", number);
            assert!(body.contains(number));
            let post = app.post("/api/v1/complaints").by(&person).raw("application/json", body);
            let reply = post.send().await;
            assert!(matches!(reply.status.as_u16(), 400 | 422), "{number}: {}", reply.text());
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM complaints").await, 0);
    }

    async fn every_field_given_twice_is_refused(app) {
        let person = app.resident("xiaoming").await;
        let patch = |body: &str| {
            app.patch("/api/v1/me").by(&person).raw("application/json", body.to_owned()).send()
        };
        let twice = "{\"audience\": \"student\", \"audience\": \"teacher\"}";
        patch(twice).await.invalid("audience");
        let complaint = complaint_body().to_string();
        let double = complaint.replace("\"facts\":", "\"facts\":\"另一份足够长的事实描述\",\"facts\":");
        let post = app.post("/api/v1/complaints").by(&person).raw("application/json", double);
        post.send().await.invalid("facts");
        let id = Uuid::nil();
        app.get(&format!("/api/v1/slots?lab_id={id}&lab_id={id}")).send().await.problem(422, "validation_failed");
    }

    async fn every_value_in_another_script_is_kept_as_it_is(app) {
        // What looks odd but is text must survive both engines.
        let person = app.resident("xiaoming").await;
        for text in ["𠮷野家的座椅断裂了很危险", "👩‍👩‍👧 emoji 与零宽连接符", "עברית العربية mixed", "a\u{301}\u{FFFD} ﷽ 末"] {
            let body: Value = with(&complaint_body(), "facts", json!(text.repeat(2)));
            let post = app.post("/api/v1/complaints").by(&person).json(body).send().await;
            assert_eq!(post.expect(201)["facts"], text.repeat(2));
        }
    }
}
