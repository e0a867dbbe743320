//! Images of a product, and the stored files themselves.

use axum::body::Body as Bytes;
use axum::extract::State;
use axum::extract::multipart::{Field, Multipart, MultipartError, MultipartRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use deserr::Deserr;
use marketplace::Market;
use marketplace::catalog::images::{self, Stored};
use marketplace::catalog::products;
use types::{FieldErrors, ImageId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::products::{Audience, ProductView, check_unchanged, show};
use crate::App;
use crate::extract::{Body, IfMatch, OwnProduct, Path};
use crate::problem::{Problem, Result};
use crate::respond::{Created, NoContent, Resource};

/// The most bytes of a file.
const MAX_BYTES: usize = 10 * 1024 * 1024;

/// The most files of one request.
const MAX_FILES: usize = 10;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(add, reorder)).routes(routes!(remove)).routes(routes!(file))
}

/// Files as `multipart/form-data`: the field `file`, repeated.
#[derive(ToSchema)]
#[schema(as = new_images)]
#[expect(dead_code, reason = "describes the form to OpenAPI")]
struct Upload {
    /// JPEG, PNG, WebP or GIF (its first picture); at most 10 files of 10 MiB and 40 megapixels.
    #[schema(value_type = Vec<String>, format = Binary)]
    file: Vec<Vec<u8>>,
}

/// Add images to a product, behind those it has. They are checked by their content, turned upright and
/// stored without metadata.
#[utoipa::path(post, path = "/v1/products/{id}/images", tag = "catalogue", security(("bearer" = [])),
    request_body(content = Upload, content_type = "multipart/form-data"),
    params(("id" = String, Path, description = "The product's identifier or slug")),
    responses((status = 201, body = ProductView), (status = 403, description = "`not_owner`, `forbidden`"),
        (status = 404, description = "`not_found`"), (status = 410, description = "`gone`"),
        (status = 413, description = "`too_large`"), (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid`, with `not_an_image`"),
        (status = 409, description = "`too_many_images`")))]
async fn add(
    State(app): State<App>,
    own: OwnProduct,
    form: std::result::Result<Multipart, MultipartRejection>,
) -> Result<Created<ProductView>> {
    let form = form.map_err(|_| not_multipart())?;
    let mut kept = Kept { market: app.market().clone(), pictures: Vec::new() };
    receive(form, &mut kept).await?;
    let (product, pictures) = (own.product.id, kept.pictures.clone());
    app.write(async move |tx, market| images::add(tx, market, product, &pictures).await).await?;
    images::check_kept(app.market(), product, &kept.release()).await?;
    let mut conn = app.read().await?;
    let product = products::find(&mut conn, &product.into()).await?.ok_or_else(Problem::not_found)?;
    Ok(Created(show(&mut conn, app.market(), product, Audience::Members).await?))
}

/// Pictures that were stored for a request. Should it not come to its end, they are forgotten.
struct Kept {
    market: Market,
    pictures: Vec<Stored>,
}

impl Kept {
    /// The pictures, which now belong to a product.
    fn release(mut self) -> Vec<Stored> {
        std::mem::take(&mut self.pictures)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let (market, pictures) = (self.market.clone(), std::mem::take(&mut self.pictures));
        if pictures.is_empty() {
            return;
        }
        tokio::spawn(async move {
            for picture in pictures {
                if let Err(error) = images::forget(&market, picture).await {
                    tracing::warn!(%error, "an image of a refused request could not be removed");
                }
            }
        });
    }
}

/// Reads the files of a form one after the other, so that one at a time is in memory.
async fn receive(mut form: Multipart, kept: &mut Kept) -> Result<()> {
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        if field.name() != Some("file") {
            let name = field.name().unwrap_or_default().to_owned();
            let detail = "there is no such field here; there is file";
            return Err(FieldErrors::one(format!("/{name}"), "unknown_field", detail).into());
        }
        if kept.pictures.len() == MAX_FILES {
            let detail = format!("at most {MAX_FILES} files at once");
            return Err(FieldErrors::one("/file", "too_long", detail).into());
        }
        let bytes = read(field).await?;
        kept.pictures.push(images::keep(&kept.market, bytes).await?);
    }
    if kept.pictures.is_empty() {
        return Err(FieldErrors::one("/file", "required", "send at least one file").into());
    }
    Ok(())
}

/// The bytes of one file.
async fn read(mut field: Field<'_>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error))? {
        if bytes.len() + chunk.len() > MAX_BYTES {
            return Err(Problem::too_large(MAX_BYTES));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn not_multipart() -> Problem {
    let detail = "send files as `multipart/form-data`";
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
}

fn broken(error: &MultipartError) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "malformed_multipart", error.body_text())
}

/// Another order of images.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = image_order, example = json!({"order": ["img_0AXS751X00W7D", "img_0AXS751X00W7C"]}))]
struct Order {
    /// Every image of the product, once; the first is the one that lists show.
    order: Vec<ImageId>,
}

/// Put the images of a product in another order.
#[utoipa::path(patch, path = "/v1/products/{id}/images", tag = "catalogue", security(("bearer" = [])),
    request_body = Order, params(("id" = String, Path, description = "The product's identifier or slug")),
    responses((status = 200, body = ProductView), (status = 403, description = "`not_owner`, `forbidden`"),
        (status = 404, description = "`not_found`"), (status = 410, description = "`gone`"),
        (status = 412, description = "`precondition_failed`")))]
async fn reorder(
    State(app): State<App>,
    own: OwnProduct,
    if_match: IfMatch,
    body: Body<Order>,
) -> Result<Resource<ProductView>> {
    let Order { order } = body.parse()?;
    app.write(async move |tx, market| {
        check_unchanged(tx, market, own.product.id, &if_match).await?;
        images::reorder(tx, market, own.product.id, &order).await?;
        let product = products::open(tx, own.product.id).await?;
        show(tx, market, product, Audience::Members).await
    })
    .await
    .map(Resource)
}

/// Take an image off a product.
#[utoipa::path(delete, path = "/v1/products/{id}/images/{image}", tag = "catalogue",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The product's identifier or slug"),
        ("image" = ImageId, Path)),
    responses((status = 204), (status = 403, description = "`not_owner`, `forbidden`"),
        (status = 404, description = "`not_found`"), (status = 410, description = "`gone`"),
        (status = 412, description = "`precondition_failed`")))]
async fn remove(
    State(app): State<App>,
    own: OwnProduct,
    Path(names): Path<(String, ImageId)>,
    if_match: IfMatch,
) -> Result<NoContent> {
    let (_, image) = names;
    app.write(async move |tx, market| {
        check_unchanged(tx, market, own.product.id, &if_match).await?;
        images::remove(tx, market, own.product.id, image).await
    })
    .await?;
    Ok(NoContent)
}

/// A stored image. What is in it is in its name, so it can be kept for ever.
#[utoipa::path(get, path = "/media/{name}", tag = "catalogue",
    params(("name" = String, Path, description = "As in the image's `url`")),
    responses((status = 200, content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/webp"))),
        (status = 404, description = "`not_found`")))]
async fn file(State(app): State<App>, Path(name): Path<String>) -> Result<Response> {
    let picture: Stored = name.parse().map_err(|_| Problem::not_found())?;
    let (kind, tag) = (picture.format().media_type(), format!("\"{}\"", picture.hash()));
    let bytes = images::read(app.market(), picture).await?.ok_or_else(Problem::not_found)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
    ];
    let mut response = (headers, Bytes::from(bytes)).into_response();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}
