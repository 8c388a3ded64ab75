//! openapi.json as the judge of every reply.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use sanjin::openapi::ApiDoc;
use serde_json::{Value, json};

use crate::services::{DOCUMENT, FOLDER_VARIABLE};

/// One operation of the document.
#[derive(Clone, Debug)]
pub struct Operation {
    pub id: String,
    pub method: String,
    pub path: String,
    /// `resident` or `staff`, and the permission; none for an open operation.
    pub security: Option<(String, String)>,
    responses: Value,
    pub request_schema: Option<Value>,
    pub parameters: Vec<Value>,
}

#[derive(Debug)]
pub struct Spec {
    document: Value,
    pub operations: Vec<Operation>,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

static SPEC: LazyLock<Spec> = LazyLock::new(Spec::load);

impl Spec {
    pub fn shared() -> &'static Self {
        &SPEC
    }

    fn load() -> Self {
        let document = Self::read();
        let mut operations = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let security = operation["security"][0].as_object().and_then(|requirement| {
                    let (audience, permissions) = requirement.iter().next()?;
                    Some((audience.clone(), permissions[0].as_str()?.to_owned()))
                });
                operations.push(Operation {
                    id: operation["operationId"].as_str().unwrap().to_owned(),
                    method: method.to_uppercase(),
                    path: path.clone(),
                    security,
                    responses: operation["responses"].clone(),
                    request_schema: operation
                        .pointer("/requestBody/content/application~1json/schema")
                        .cloned(),
                    parameters: operation["parameters"].as_array().cloned().unwrap_or_default(),
                });
            }
        }
        Self { document, operations, validators: Mutex::default() }
    }

    /// As the supervisor wrote it down, since making it takes longer than most tests; else made.
    fn read() -> Value {
        let folder = std::env::var_os(FOLDER_VARIABLE).map(PathBuf::from);
        match folder.map(|folder| std::fs::read(folder.join(DOCUMENT)).expect("it was written")) {
            Some(text) => serde_json::from_slice(&text).expect("our own JSON"),
            None => ApiDoc::json(),
        }
    }

    pub fn document(&self) -> &Value {
        &self.document
    }

    pub fn operation(&self, id: &str) -> &Operation {
        self.operations.iter().find(|o| o.id == id).unwrap_or_else(|| panic!("no operation {id}"))
    }

    /// Follows a `$ref` into the document.
    pub fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                self.resolve(self.document.pointer(reference.trim_start_matches('#')).unwrap())
            }
            None => schema,
        }
    }

    /// Panics when the reply is not what the document promises. Paths outside it are not judged.
    pub fn judge(&self, method: &str, path: &str, status: u16, media_type: &str, body: &[u8]) {
        let Some(operation) = self.find(method, path) else { return };
        let promised = match operation.responses.get(status.to_string()) {
            Some(promised) => promised,
            None if status >= 400 => &operation.responses["default"],
            None => panic!("{} never promised a {status}", operation.id),
        };
        let Some(content) = promised["content"].as_object() else {
            assert!(body.is_empty(), "{}: {status} has no content, yet it has", operation.id);
            return;
        };
        let essence = media_type.split(';').next().unwrap_or_default();
        let Some(schema) = content.get(essence).map(|content| &content["schema"]) else {
            let is_family = essence
                .split_once('/')
                .is_some_and(|(family, _)| content.contains_key(&format!("{family}/*")));
            assert!(is_family, "{}: {status} as {essence:?} was not promised", operation.id);
            return;
        };
        if essence != "application/json" && !essence.ends_with("+json") {
            return;
        }
        let value: Value = serde_json::from_slice(body).expect("a JSON reply is JSON");
        let validator = self.validator(&format!("{} {status}", operation.id), schema);
        let problems: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect();
        assert!(
            problems.is_empty(),
            "{} {status} is not as promised: {problems:#?}\n{value:#}",
            operation.id
        );
    }

    fn find(&self, method: &str, path: &str) -> Option<&Operation> {
        let asked: Vec<&str> = path.split('/').collect();
        let fits = |operation: &&Operation| {
            let known: Vec<&str> = operation.path.split('/').collect();
            operation.method == method
                && known.len() == asked.len()
                && known.iter().zip(&asked).all(|(k, a)| k.starts_with('{') || k == a)
        };
        // A literal path wins over one with parameters.
        self.operations.iter().filter(fits).min_by_key(|o| o.path.matches('{').count())
    }

    fn validator(&self, key: &str, schema: &Value) -> Arc<Validator> {
        let mut validators = self.validators.lock().unwrap();
        let made = validators.entry(key.to_owned()).or_insert_with(|| {
            let mut root = schema.clone();
            root["components"] = self.document["components"].clone();
            let root = if root.get("$ref").is_some() {
                json!({ "allOf": [schema], "components": self.document["components"] })
            } else {
                root
            };
            Arc::new(jsonschema::validator_for(&root).expect("a schema of ours compiles"))
        });
        Arc::clone(made)
    }
}
