//! Whether a client of an older document still works with this one.

use serde_json::Value;

use crate::style::operations;

/// What would break, one sentence each: an operation or a reply that is gone, a parameter or a
/// request field that became required, a reply field that is gone.
pub fn breaking(old: &Value, new: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let now = operations(new);
    for (path, method, before) in operations(old) {
        let at = format!("{method} {path}");
        let Some((_, _, after)) = now.iter().find(|(p, m, _)| *p == path && *m == method) else {
            problems.push(format!("{at} is gone"));
            continue;
        };
        for status in before["responses"].as_object().into_iter().flatten().map(|(key, _)| key) {
            if after["responses"].get(status).is_none() {
                problems.push(format!("{at}: reply {status} is gone"));
            }
        }
        for parameter in required_parameters(after) {
            if !required_parameters(before).contains(&parameter) {
                problems.push(format!("{at}: parameter {parameter} became required"));
            }
        }
    }
    let (before, after) = (&old["components"]["schemas"], &new["components"]["schemas"]);
    for (name, schema) in before.as_object().into_iter().flatten() {
        let Some(now) = after.get(name) else { continue };
        for property in schema["properties"].as_object().into_iter().flatten().map(|(key, _)| key) {
            if now["properties"].get(property).is_none() {
                problems.push(format!("schema {name}: property {property} is gone"));
            }
        }
        let was = |field: &Value| schema["required"].as_array().is_some_and(|r| r.contains(field));
        // In a request a new duty breaks clients; in a reply it does not.
        let is_view = name.ends_with("View") || name.starts_with("Page");
        for field in now["required"].as_array().into_iter().flatten() {
            if !is_view && !was(field) {
                problems.push(format!("schema {name}: {field} became required"));
            }
        }
    }
    problems
}

fn required_parameters(operation: &Value) -> Vec<&str> {
    operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|parameter| parameter["required"] == true)
        .filter_map(|parameter| parameter["name"].as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::breaking;

    #[test]
    fn what_a_client_would_miss_is_named() {
        let old = json!({
            "paths": { "/a": { "get": { "responses": { "200": {} } } }, "/b": { "get": {} } },
            "components": { "schemas": { "Thing": { "properties": { "x": {} } } } },
        });
        let new = json!({
            "paths": { "/a": { "get": {
                "responses": {}, "parameters": [{ "name": "q", "required": true }],
            } } },
            "components": { "schemas": { "Thing": { "properties": {}, "required": ["y"] } } },
        });
        let problems = breaking(&old, &new).join("\n");
        for wanted in ["get /b is gone", "reply 200", "parameter q", "property x", "\"y\" became"] {
            assert!(problems.contains(wanted), "{wanted} in {problems}");
        }
        assert!(breaking(&old, &old).is_empty());
    }
}
