//! Children publish no free text anywhere (《未成年人网络保护条例》 Art. 31): over every operation of
//! openapi.json, so that a new one is in it from its first day.

use serde_json::{Map, Value, json};
use tests::{Operation, Person, Spec, TestApp, TestRequest, backends};
use uuid::Uuid;

/// What a child would like everybody to read.
const TEXT: &str =
    "我是三年级的小华，我家住在幸福里七号楼，这是我写给大家看的一段很长很长的自由文字。";
/// A longer text than this says something; a shorter one is a code.
const SHORT: u64 = 40;

fn is_string(schema: &Value) -> bool {
    let kind = &schema["type"];
    kind == "string" || kind.as_array().is_some_and(|kinds| kinds.contains(&json!("string")))
}

fn parts(schema: &Value) -> impl Iterator<Item = &Value> {
    ["oneOf", "anyOf", "allOf"].into_iter().flat_map(|key| schema[key].as_array()).flatten()
}

/// The places in a request where anything can be written.
fn free_texts(schema: &Value, at: &str, found: &mut Vec<String>) {
    let schema = Spec::shared().resolve(schema);
    let is_bound =
        ["enum", "const", "format", "pattern"].iter().any(|key| schema.get(*key).is_some())
            || schema["maxLength"].as_u64().is_some_and(|most| most <= SHORT);
    if is_string(schema) && !is_bound {
        found.push(at.to_owned());
    }
    parts(schema).for_each(|part| free_texts(part, at, found));
    if schema.get("items").is_some() {
        free_texts(&schema["items"], &format!("{at}[]"), found);
    }
    if schema["additionalProperties"].is_object() {
        free_texts(&schema["additionalProperties"], &format!("{at}.*"), found);
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        free_texts(property, &format!("{at}.{name}"), found);
    }
}

/// A request with the text wherever a string can stand.
fn filled(schema: &Value) -> Value {
    let schema = Spec::shared().resolve(schema);
    if let Some(word) = schema["enum"].as_array().and_then(|words| words.first()) {
        return word.clone();
    }
    if is_string(schema) {
        return match schema["format"].as_str() {
            Some("uuid") => json!(Uuid::nil()),
            Some("date") => json!("2026-11-01"),
            Some("date-time") => json!("2026-11-21T00:00:00Z"),
            _ => json!(TEXT),
        };
    }
    if let Some(part) = parts(schema).find(|part| part["type"] != "null") {
        return filled(part);
    }
    if schema.get("items").is_some() {
        return json!([filled(&schema["items"])]);
    }
    if let Some(properties) = schema["properties"].as_object() {
        let fields = properties.iter().map(|(name, property)| (name.clone(), filled(property)));
        return Value::Object(fields.collect::<Map<_, _>>());
    }
    if schema["type"].to_string().contains("boolean") { json!(true) } else { json!(1) }
}

fn request(app: &TestApp, operation: &Operation, who: &Person) -> TestRequest {
    let nobody = Uuid::nil().to_string();
    let path: Vec<&str> = operation
        .path
        .split('/')
        .map(|part| if part.starts_with('{') { nobody.as_str() } else { part })
        .collect();
    let request = app.request(operation.method.parse().unwrap(), &path.join("/")).by(who);
    match &operation.request_schema {
        Some(schema) => request.json(filled(schema)),
        // Pictures speak too.
        None => request.raw("image/png", TEXT),
    }
}

/// Whether an operation takes what a child could publish: free text, or a body that is no JSON.
fn takes_free_text(operation: &Operation) -> bool {
    if let Some(schema) = &operation.request_schema {
        let mut found = Vec::new();
        free_texts(schema, "", &mut found);
        return !found.is_empty();
    }
    let document = Spec::shared().document();
    let method = operation.method.to_lowercase();
    document["paths"][&operation.path][&method].get("requestBody").is_some()
}

fn of_residents() -> impl Iterator<Item = &'static Operation> {
    let is_resident =
        |operation: &&Operation| operation.security.as_ref().is_some_and(|(a, _)| a == "resident");
    Spec::shared().operations.iter().filter(is_resident)
}

/// Every kind of child there is.
async fn children(app: &TestApp) -> Vec<Person> {
    let teacher = app.teacher("laoshi").await;
    let class = app.class(&teacher, 1).await;
    vec![app.child("xiaolan").await, app.ward("xiaohua", &teacher).await, app.seat(&class).await]
}

async fn rows(app: &TestApp) -> Vec<(String, i64)> {
    let mut counts = Vec::new();
    for table in entity::all_tables() {
        let sql = format!("SELECT COUNT(*) FROM {}", table.name);
        counts.push((table.name, app.count(&sql).await));
    }
    counts
}

#[test]
fn free_text_is_recognised_where_it_stands() {
    let found = |schema: Value| {
        let mut found = Vec::new();
        free_texts(&schema, "", &mut found);
        found
    };
    let hidden = json!({ "oneOf": [{ "type": "null" }, { "type": "object", "properties": {
        "notes": { "type": "array", "items": { "type": ["string", "null"] } },
        "kind": { "type": "string", "enum": ["a"] },
        "day": { "type": "string", "format": "date" },
        "code": { "type": "string", "maxLength": 40 },
        "more": { "type": "object", "additionalProperties": { "type": "string" } },
    } }] });
    assert_eq!(found(hidden), [".more.*", ".notes[]"]);
    let complaint = Spec::shared().operation("submit_complaint");
    let found = found(complaint.request_schema.clone().unwrap());
    for place in [".facts", ".complainant.name", ".respondent.address"] {
        assert!(found.iter().any(|at| at == place), "{place} in {found:?}");
    }
}

backends! {
    async fn no_operation_takes_free_text_from_a_child(app) {
        let children = children(app).await;
        let before = rows(app).await;
        let mut asked = Vec::new();
        for operation in of_residents().filter(|operation| takes_free_text(operation)) {
            for child in &children {
                request(app, operation, child).send().await.problem(403, "not_for_children");
            }
            asked.push(operation.id.as_str());
        }
        for known in ["create_booking", "cancel_booking", "submit_complaint"] {
            assert!(asked.contains(&known), "{known} is not in {asked:?}");
        }
        assert_eq!(rows(app).await, before);
    }

    async fn what_a_child_may_send_is_stored_nowhere_as_text(app) {
        let children = children(app).await;
        let is_staff = |operation: &&Operation| operation.path.starts_with("/api/v1/staff/");
        let all = Spec::shared().operations.iter().filter(|operation| !is_staff(operation));
        for operation in all.filter(|operation| operation.request_schema.is_some()) {
            for child in &children {
                let reply = request(app, operation, child).send().await;
                assert!(reply.status.as_u16() < 500, "{}: {}", operation.id, reply.text());
            }
        }
        assert_eq!(app.tables_with(TEXT).await, Vec::<String>::new());
    }
}
