//! openapi.json as the code describes it, and the page that shows it.

use std::sync::OnceLock;

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, LOCATION,
};
use actix_web::{App as HttpApp, HttpResponse, web};
use bytes::Bytes;
use serde_json::{Value, json};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, OpenApi as Document, Ref, RefOr, Response};
use utoipa::{Modify, OpenApi};
use utoipa_actix_web::AppExt as _;
use utoipa_actix_web::scope::scope;

use crate::features;
use crate::platform::http::{AppError, AppResult};
use crate::platform::http::{ErrorCode, Path, Problem};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "三进 Sanjin",
        description = "消费品质量安全“进社区、进校园、进乡镇”公共服务接口。",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(Problem)),
    modifiers(&Common)
)]
#[derive(Debug)]
pub struct ApiDoc;

/// What is true of every operation.
struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        for (name, description) in [
            ("resident", "Access token of a resident."),
            ("staff", "Access token of a member of staff; the scope names the permission."),
        ] {
            let bearer = HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .bearer_format("JWT")
                .description(Some(description))
                .build();
            components.add_security_scheme(name, SecurityScheme::Http(bearer));
        }
    }
}

impl ApiDoc {
    /// The whole document.
    #[must_use]
    pub fn document() -> Document {
        let (_, mut document) = HttpApp::new()
            .into_utoipa_app()
            .openapi(Self::openapi())
            .service(scope("/api/v1").configure(features::configure))
            .split_for_parts();
        for item in document.paths.paths.values_mut() {
            let operations =
                [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
            for operation in operations.into_iter().flatten() {
                operation.responses.responses.insert("default".to_owned(), problem());
            }
        }
        document
    }

    /// The document as JSON, with the table of error codes in the schema of a problem.
    #[must_use]
    pub fn json() -> Value {
        let mut document = serde_json::to_value(Self::document()).unwrap_or_default();
        let codes: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        if let Some(code) = document.pointer_mut("/components/schemas/Problem/properties/code") {
            *code = json!({ "type": "string", "enum": codes, "description": "Stable; see docs/ERRORS.md." });
        }
        document
    }

    /// `/openapi.json` and `/docs`, the latter without anything from another host.
    pub fn configure(config: &mut web::ServiceConfig) {
        config
            .route("/openapi.json", web::get().to(document))
            .route("/docs", web::get().to(redirect))
            .route("/docs/{file:.*}", web::get().to(page));
    }
}

fn problem() -> RefOr<Response> {
    let mut response = Response::new("A problem: see the code.");
    let schema = Ref::from_schema_name("Problem");
    response
        .content
        .insert("application/problem+json".to_owned(), RefOr::T(Content::new(Some(schema))));
    RefOr::T(response)
}

/// The document and the page's files, made once for the process: the document when it is first asked
/// for, which most processes never are.
pub struct Docs {
    json: OnceLock<Bytes>,
    page: utoipa_swagger_ui::Config<'static>,
}

impl Docs {
    fn json(&self) -> Bytes {
        self.json.get_or_init(|| ApiDoc::json().to_string().into()).clone()
    }
}

impl Default for Docs {
    fn default() -> Self {
        let page = utoipa_swagger_ui::Config::from("/openapi.json");
        Self { json: OnceLock::new(), page }
    }
}

async fn document(docs: web::Data<Docs>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CACHE_CONTROL, "public, max-age=60"))
        .body(docs.json())
}

async fn redirect() -> HttpResponse {
    HttpResponse::MovedPermanently().insert_header((LOCATION, "/docs/")).finish()
}

/// Swagger UI writes styles into its page; scripts and data come from here alone.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     frame-ancestors 'none'",
);

async fn page(docs: web::Data<Docs>, file: Path<String>) -> AppResult<HttpResponse> {
    let name = if file.0.is_empty() { "index.html" } else { &file.0 };
    let found = utoipa_swagger_ui::serve(name, docs.page.clone().into());
    let found = found.map_err(|cause| AppError::internal(cause.to_string()))?;
    let found = found.ok_or_else(|| AppError::new(ErrorCode::NotFound))?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, found.content_type))
        .insert_header((CONTENT_SECURITY_POLICY, PAGE_POLICY))
        .body(found.bytes.into_owned()))
}
