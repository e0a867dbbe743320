//! The API's description of itself: OpenAPI 3.1, made from the code, and a page to read it.

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::routing::get;
use utoipa::OpenApi as _;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};

use crate::App;
use crate::problem;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Souk", description = "A marketplace: many sellers, one checkout.", license(name = "Apache-2.0 OR MIT")),
    tags(
        (name = "auth", description = "Registration, login, tokens, passwords"),
        (name = "me", description = "The caller's own account"),
        (name = "vendors", description = "Shops"),
        (name = "catalogue", description = "Categories, products, variants, stock, images, imports"),
        (name = "reviews", description = "What buyers think of products"),
        (name = "cart", description = "Cart and wishlist"),
        (name = "checkout", description = "Checkouts and payments"),
        (name = "orders", description = "Orders, shipments, returns"),
        (name = "money", description = "Ledger and balances"),
        (name = "admin", description = "Operating the marketplace"),
        (name = "operations", description = "Health and description of the server"),
    ),
    components(schemas(problem::Body))
)]
struct Document;

/// The description that routes add themselves to.
pub(crate) fn document() -> OpenApi {
    let mut document = Document::openapi();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let cart_token = ApiKeyValue::with_description("X-Cart-Token", "what a guest's first answer gave");
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    components.add_security_scheme("cart_token", SecurityScheme::ApiKey(ApiKey::Header(cart_token)));
    document
}

/// `/openapi.json` and `/docs`.
pub(crate) fn routes(mut document: OpenApi) -> Router<App> {
    for item in document.paths.paths.values_mut() {
        let operations =
            [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch, &mut item.head];
        operations.into_iter().flatten().for_each(describe_errors);
    }
    // Our own document always serialises; it is made once, at start.
    let json = document.to_json().unwrap_or_default();
    let docs =
        utoipa_swagger_ui::SwaggerUi::new("/docs").config(utoipa_swagger_ui::Config::from("/openapi.json"));
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    Router::new().route("/openapi.json", get(async move || (kind, json))).merge(Router::from(docs))
}

/// Gives each error of an operation its body, and the errors that every operation can have.
fn describe_errors(operation: &mut Operation) {
    let responses = &mut operation.responses.responses;
    if operation.security.is_some() {
        responses.entry("401".to_owned()).or_insert_with(|| named("`unauthenticated`, `token_expired`"));
    }
    if operation.request_body.is_some() {
        responses
            .entry("422".to_owned())
            .or_insert_with(|| named("`invalid`, with every mistake in `errors`"));
        responses.entry("400".to_owned()).or_insert_with(|| named("`malformed_json`"));
    }
    responses.entry("503".to_owned()).or_insert_with(|| named("`unavailable`, with `Retry-After`"));
    for (status, response) in responses.iter_mut().filter(|(status, _)| status.as_str() >= "400") {
        if let RefOr::T(response) = response {
            let code = first_code(&response.description).unwrap_or("error").to_owned();
            let example = serde_json::json!({
                "type": format!("/problems/{code}"), "title": "…", "status": status.parse::<u16>().unwrap_or(0),
                "detail": response.description.clone(), "code": code, "request_id": "req_0AXS751X00W7C",
            });
            let schema = RefOr::Ref(Ref::from_schema_name("problem"));
            let content = ContentBuilder::new().schema(Some(schema)).example(Some(example)).build();
            response.content.insert("application/problem+json".to_owned(), content.into());
        }
    }
}

fn named(codes: &str) -> RefOr<Response> {
    RefOr::T(ResponseBuilder::new().description(codes).build())
}

/// The first `code` that a description names between backticks.
fn first_code(description: &str) -> Option<&str> {
    description.split('`').nth(1)
}
