//! The style of docs/API-DESIGN.md, as far as a machine can see it.

use std::collections::HashSet;

use serde_json::Value;

/// What is against the style, one sentence each.
pub fn lint(document: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let mut ids = HashSet::new();
    for (path, method, operation) in operations(document) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let at = format!("{method} {path} ({id})");
        let mut refuse = |what: &str| problems.push(format!("{at}: {what}"));
        if !ids.insert(id.to_owned()) {
            refuse("the operationId is used twice");
        }
        if !is_snake_case(id) || !id.contains('_') && id != "logout" {
            refuse("the operationId is <verb>_<resource>");
        }
        let summary = operation["summary"].as_str().unwrap_or_default();
        if summary.is_empty() || !summary.ends_with('.') {
            refuse("the summary is a sentence");
        }
        if operation["tags"].as_array().is_none_or(|tags| tags.len() != 1) {
            refuse("exactly one tag");
        }
        let is_staff = path.starts_with("/api/v1/staff/");
        let audience = operation["security"][0].as_object().and_then(|s| s.keys().next());
        match audience.map(String::as_str) {
            Some("staff") if !is_staff => refuse("staff operations live under /api/v1/staff/"),
            Some("resident") if is_staff => refuse("a resident has no business under /staff/"),
            None if is_staff && !path.contains("/auth/") => {
                refuse("a staff operation is protected")
            }
            _ => {}
        }
        for segment in path.split('/').filter(|s| !s.is_empty() && !s.starts_with('{')) {
            if !segment
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b))
            {
                refuse("path segments are lower case with hyphens, with an ending for a file");
            }
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap_or_default();
            if parameter["in"] != "header" && !is_snake_case(name) {
                refuse("parameters are snake_case");
            }
        }
        if operation["responses"].get("default").is_none() {
            refuse("the default response is a problem");
        }
    }
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        for property in schema["properties"].as_object().into_iter().flatten().map(|(key, _)| key) {
            if !is_snake_case(property) {
                problems.push(format!("schema {name}: property {property} is not snake_case"));
            }
        }
    }
    problems
}

/// Every operation of a document: path, method, operation.
pub fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
    let paths = document["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, item)| {
            METHODS
                .into_iter()
                .filter_map(move |method| Some((path.as_str(), method, item.get(method)?)))
        })
        .collect()
}

fn is_snake_case(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::lint;

    #[test]
    fn what_is_against_the_style_is_named() {
        let document = json!({ "paths": { "/api/v1/Staff_things": { "get": {
            "operationId": "ListThings", "tags": [], "responses": {},
            "parameters": [{ "name": "pageSize", "in": "query" }],
        } } } });
        let problems = lint(&document).join("\n");
        for wanted in ["operationId", "summary", "one tag", "lower case", "snake_case", "problem"] {
            assert!(problems.contains(wanted), "{wanted} in {problems}");
        }
    }
}
