use actix_web::{HttpRequest, HttpResponse, get};

use super::dto::{KnownProductView, ProductQuery};
use super::service;
use crate::platform::auth::{Ctx, perm};
use crate::platform::http::{AppResult, Query, cached};

/// Everything known about a product: recalls, warnings, spot checks, tests offered, articles, quizzes.
///
/// `gtin` takes a barcode or what a camera read: a number, or a GS1 Digital Link. A wrong check digit is
/// `gtin_invalid`, with the digit that was expected. Nothing found is no proof that a product is safe.
#[utoipa::path(tag = "products", params(ProductQuery), responses((status = 200, body = KnownProductView), (status = 304)))]
#[get("/products/lookup")]
pub async fn lookup_product(
    ctx: Ctx<perm::Public>,
    request: HttpRequest,
    query: Query<ProductQuery>,
) -> AppResult<HttpResponse> {
    Ok(cached(&request, service::lookup_product(&ctx, query.0).await?.as_ref()))
}
