//! The rules of ARCHITECTURE.md, read off the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use sanjin::platform::auth::perm;
use tests::Spec;

/// Which feature may call which other one's `service`. Short, and without a circle.
const EDGES: &[(&str, &str)] = &[
    ("accounts", "appointments"),
    ("accounts", "challenges"),
    ("accounts", "follows"),
    ("accounts", "lotteries"),
    ("accounts", "notifications"),
    ("accounts", "quizzes"),
    ("accounts", "readers"),
    ("accounts", "regions"),
    ("accounts", "risk"),
    ("appointments", "labs"),
    ("appointments", "notifications"),
    ("appointments", "regions"),
    ("articles", "labs"),
    ("articles", "media"),
    ("articles", "search"),
    ("articles", "publications"),
    ("articles", "quizzes"),
    ("articles", "regions"),
    ("availability", "appointments"),
    ("campaigns", "media"),
    ("campaigns", "regions"),
    ("bulletins", "follows"),
    ("bulletins", "regions"),
    ("bulletins", "search"),
    ("classes", "challenges"),
    ("classes", "regions"),
    ("complaints", "accounts"),
    ("complaints", "media"),
    ("complaints", "notifications"),
    ("complaints", "regions"),
    ("complaints", "risk"),
    ("complaints", "text_reviews"),
    ("desk", "appointments"),
    ("desk", "regions"),
    ("desk", "samples"),
    ("home", "appointments"),
    ("home", "campaigns"),
    ("home", "regions"),
    ("follows", "notifications"),
    ("follows", "regions"),
    ("labs", "regions"),
    ("lotteries", "appointments"),
    ("lotteries", "notifications"),
    ("minors", "notifications"),
    ("minors", "privacy"),
    ("monitoring_points", "regions"),
    ("personal_data", "appointments"),
    ("personal_data", "classes"),
    ("personal_data", "complaints"),
    ("personal_data", "minors"),
    ("personal_data", "media"),
    ("personal_data", "notifications"),
    ("plans", "appointments"),
    ("plans", "labs"),
    ("privacy", "accounts"),
    ("questions", "notifications"),
    ("questions", "regions"),
    ("questions", "search"),
    ("questions", "text_reviews"),
    ("readers", "regions"),
    ("products", "labs"),
    ("products", "search"),
    ("roles", "labs"),
    ("roles", "monitoring_points"),
    ("roles", "regions"),
    ("samples", "appointments"),
    ("samples", "labs"),
    ("samples", "media"),
    ("samples", "notifications"),
    ("staff", "accounts"),
    ("staff", "challenges"),
    ("staff", "roles"),
    ("stops", "appointments"),
    ("stops", "labs"),
    ("stops", "regions"),
    ("system", "articles"),
    ("system", "risk"),
    ("system", "staff"),
    ("system", "text_reviews"),
    ("text_reviews", "accounts"),
    ("text_reviews", "risk"),
];

/// What a file of a feature is called, and what it may not mention.
const FILES: &[(&str, &[&str])] = &[
    ("mod", &["sea_orm", "async fn"]),
    ("routes", &["sea_orm", "entity::", ".begin(", "::queries"]),
    ("dto", &["sea_orm", "actix_web", "async fn", "::queries", "::service"]),
    ("service", &["actix_web"]),
    ("queries", &["actix_web", "::service", "::policy", ".clock", ".now()"]),
    ("model", &["sea_orm", "actix_web", "async fn", "::queries", "::service"]),
    ("policy", &["sea_orm", "actix_web", "async fn", "::queries", "::service"]),
    ("jobs", &["actix_web", "sea_orm", "::queries"]),
    // Own shapes beside the common ones, each with its reason in the file.
    ("health", &["::queries"]),
    ("site", &["sea_orm", "entity::", ".begin(", "::queries"]),
    ("import", &["actix_web"]),
    ("demo", &["actix_web"]),
];

const MOST_LINES: usize = 400;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found.sort();
    found
}

/// The code of a file without its unit tests and comments.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn features() -> Vec<(String, String, PathBuf, String)> {
    let folder = root().join("api/src/features");
    sources(&folder)
        .into_iter()
        .filter_map(|(path, text)| {
            let inside = path.strip_prefix(&folder).unwrap().to_owned();
            let mut parts = inside.components().map(|part| part.as_os_str().to_string_lossy());
            let feature = parts.next()?.into_owned();
            let file = parts.next()?.trim_end_matches(".rs").to_owned();
            Some((feature, file, path, code(&text)))
        })
        .collect()
}

#[test]
fn a_file_of_a_feature_does_what_its_name_says() {
    for (_, file, path, code) in features() {
        let (_, forbidden) = FILES
            .iter()
            .find(|(name, _)| *name == file)
            .unwrap_or_else(|| panic!("{}: no feature has a file of this name", path.display()));
        for word in *forbidden {
            assert!(!code.contains(word), "{} mentions {word}", path.display());
        }
    }
}

#[test]
fn features_call_each_other_along_the_list_only() {
    let mut used = BTreeSet::new();
    for (feature, _, path, code) in features() {
        for import in code.split("crate::features::").skip(1) {
            let other: String =
                import.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            // The sandbox fills whatever there is.
            if other == feature || feature == "sandbox" {
                continue;
            }
            // Its use cases, or a shape that its `mod.rs` shows.
            let path_in_other = import.strip_prefix(&format!("{other}::")).unwrap_or_default();
            let is_shape = path_in_other.starts_with(|c: char| c.is_uppercase() || c == '{');
            assert!(
                is_shape || path_in_other.starts_with("service"),
                "{} reaches past the service of {other}",
                path.display()
            );
            let edge = EDGES.iter().find(|(from, to)| *from == feature && *to == other);
            used.insert(edge.unwrap_or_else(|| panic!("{feature} -> {other} is not in the list")));
        }
    }
    for edge in EDGES {
        assert!(used.contains(edge), "{edge:?} is in the list and not in use");
    }
}

#[test]
fn the_list_of_edges_has_no_circle() {
    let mut left: Vec<_> = EDGES.to_vec();
    while !left.is_empty() {
        let callers: BTreeSet<_> = left.iter().map(|(from, _)| *from).collect();
        let before = left.len();
        left.retain(|(_, to)| callers.contains(to));
        assert!(left.len() < before, "a circle among {left:?}");
    }
}

#[test]
fn the_platform_knows_no_feature() {
    for (path, text) in sources(&root().join("api/src/platform")) {
        assert!(!code(&text).contains("crate::features"), "{}", path.display());
    }
}

#[test]
fn libraries_know_nothing_of_ours() {
    for library in ["entity", "migration", "wechat"] {
        let manifest = std::fs::read_to_string(root().join(library).join("Cargo.toml")).unwrap();
        for ours in ["sanjin", "entity", "migration", "wechat", "tests", "openapi", "bench"] {
            let depends = manifest.lines().any(|line| {
                line.starts_with(&format!("{ours}.")) || line.starts_with(&format!("{ours} ="))
            });
            assert!(!depends, "{library} depends on {ours}");
        }
    }
}

#[test]
fn no_file_is_longer_than_a_reader() {
    for (path, text) in sources(&root()) {
        let lines = text.lines().count();
        assert!(lines <= MOST_LINES, "{} has {lines} lines", path.display());
    }
}

/// The shapes of openapi.json that a file makes: what derives `ToSchema`, and each list of words.
fn shapes(text: &str) -> Vec<String> {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric()).collect::<String>();
    let mut found = Vec::new();
    let (mut is_shape, mut is_list) = (false, false);
    for line in text.lines().filter(|line| !line.starts_with("use ")) {
        is_shape |= line.contains("ToSchema");
        is_list |= line.starts_with("words! {");
        let declared = line.split_once("struct ").or_else(|| line.split_once("enum "));
        if let (true, Some(("pub " | "pub(super) ", rest))) = (is_shape, declared) {
            found.push(name(rest));
            is_shape = false;
        } else if is_list && line.starts_with(' ') && line.ends_with(['{', '}']) {
            found.push(name(line.trim_start()));
            is_list = false;
        }
    }
    found
}

/// Of two shapes with one name openapi.json shows one, and whoever answers with the other breaks
/// their promise.
#[test]
fn no_two_shapes_have_one_name() {
    let mut names = BTreeMap::new();
    let files = ["api/src", "entity/src"].map(|folder| sources(&root().join(folder)));
    for (path, text) in files.into_iter().flatten() {
        for name in shapes(&text) {
            if let Some(other) = names.insert(name.clone(), path.clone()) {
                panic!("{name} is in {} and in {}", other.display(), path.display());
            }
        }
    }
    assert!(names.len() > 450, "only {} shapes were found", names.len());
}

/// openapi.json says by hand what the handler's type enforces; here the two are compared.
#[test]
fn the_documented_permission_is_the_enforced_one() {
    let mut names: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    names.extend(perm::RESIDENT.iter().map(|(kind, name, _)| (*kind, ("resident", *name))));
    names.extend(perm::STAFF.iter().map(|info| (info.kind, ("staff", info.name))));
    let mut enforced = BTreeMap::new();
    for (_, file, path, code) in features() {
        if file != "routes" || path.to_string_lossy().contains("/sandbox/") {
            continue;
        }
        for handler in code.split("pub async fn ").skip(1) {
            let name = handler.split('(').next().unwrap().to_owned();
            let kind = handler
                .split("Ctx<perm::")
                .nth(1)
                .and_then(|rest| rest.split('>').next())
                .unwrap_or_else(|| panic!("{name} takes no Ctx"));
            let first = handler.split('(').nth(1).unwrap().trim_start();
            assert!(first.starts_with("ctx: Ctx<"), "{name}: the Ctx is not the first argument");
            enforced.insert(name, kind.to_owned());
        }
    }
    let spec = Spec::shared();
    assert_eq!(enforced.len(), spec.operations.len(), "handlers and operations");
    let mut used = BTreeSet::new();
    for operation in &spec.operations {
        let kind = &enforced[&operation.id];
        let documented = operation.security.as_ref().map(|(a, p)| (a.as_str(), p.as_str()));
        let expected = names.get(kind.as_str()).copied();
        assert_eq!(documented, expected, "{} enforces {kind}", operation.id);
        used.insert(kind.clone());
    }
    for kind in names.keys() {
        assert!(used.contains(*kind), "no operation needs {kind}");
    }
}
