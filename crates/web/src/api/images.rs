//! Images of a product, and the stored files themselves.

use std::ops::Range;

use axum::body::Body as Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use deserr::Deserr;
use http_range_header::parse_range_header;
use marketplace::Market;
use marketplace::catalog::images::{self, FileName, Image, ImageChanges, NewImage, Stored};
use marketplace::catalog::products;
use serde::Serialize;
use types::{FieldErrors, ImageId, Line, Patch, Percent};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::products::{Audience, ProductView, check_unchanged, show};
use crate::App;
use crate::extract::{Body, Fields, Form, IfMatch, OwnProduct, Path, unknown_field};
use crate::problem::{Problem, Result};
use crate::respond::{Created, NoContent, Resource};

/// The most bytes of a file.
const MAX_BYTES: usize = 10 * 1024 * 1024;

/// The most files of one request.
const MAX_FILES: usize = 10;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(add, reorder)).routes(routes!(describe, remove)).routes(routes!(file))
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
async fn add(State(app): State<App>, own: OwnProduct, form: Form) -> Result<Created<ProductView>> {
    let fields = form.open()?;
    let mut kept = Kept::new(app.market());
    receive(fields, &mut kept, MAX_FILES).await?;
    let (product, pictures) = (own.product.id, kept.pictures.clone());
    app.write(async move |tx, market| {
        let new: Vec<NewImage<'_>> = pictures.iter().map(NewImage::from).collect();
        images::add(tx, market, product, &new).await
    })
    .await?;
    kept.hand_over();
    let mut conn = app.read().await?;
    let product = products::find(&mut conn, &product.into()).await?.ok_or_else(Problem::not_found)?;
    Ok(Created(show(&mut conn, app.market(), product, Audience::Members).await?))
}

/// Pictures that were stored for a request. Should it not come to its end, they are forgotten.
pub(super) struct Kept {
    market: Market,
    pictures: Vec<Stored>,
}

impl Kept {
    /// None yet.
    pub(super) fn new(market: &Market) -> Self {
        Self { market: market.clone(), pictures: Vec::new() }
    }

    /// What was stored.
    pub(super) fn pictures(&self) -> &[Stored] {
        &self.pictures
    }

    /// Says that the pictures belong to a product or shop now.
    pub(super) fn hand_over(mut self) {
        self.pictures.clear();
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
                if let Err(error) = images::release(&market, &picture).await {
                    tracing::warn!(%error, "an image of a refused request could not be removed");
                }
            }
        });
    }
}

/// Reads at most so many files of a form one after the other, so that one at a time is in memory.
pub(super) async fn receive(mut fields: Fields, kept: &mut Kept, most: usize) -> Result<()> {
    while let Some(field) = fields.next().await? {
        if field.name() != "file" {
            return Err(unknown_field(field.name(), "file").into());
        }
        if kept.pictures.len() == most {
            let detail = format!("at most {most} files at once");
            return Err(FieldErrors::one("/file", "too_long", detail).into());
        }
        let bytes = field.read(MAX_BYTES).await?;
        kept.pictures.push(images::keep(&kept.market, bytes).await?);
    }
    if kept.pictures.is_empty() {
        return Err(FieldErrors::one("/file", "required", "send at least one file").into());
    }
    Ok(())
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

/// What is said of an image.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = image_changes, example = json!({"alt": "A blue vase on a table", "focal_point": {"x": 50, "y": 30}}))]
struct Description {
    /// What it shows, in words, for those who don't see it; `null` for an image that only decorates.
    #[deserr(default)]
    #[schema(value_type = Option<String>, max_length = 250)]
    alt: Patch<Line<250>>,
    /// What must stay visible where the image is cut.
    #[deserr(default)]
    #[schema(value_type = Option<FocalPoint>)]
    focal_point: Patch<FocalPoint>,
}

/// A place in an image.
#[derive(Debug, Clone, Copy, Deserr, Serialize, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = focal_point)]
pub(crate) struct FocalPoint {
    /// Percent of its width from the left.
    #[schema(value_type = i64, minimum = 0, maximum = 100)]
    x: Percent,
    /// Percent of its height from the top.
    #[schema(value_type = i64, minimum = 0, maximum = 100)]
    y: Percent,
}

impl FocalPoint {
    /// The place of an image that has one.
    pub(crate) fn of(image: &Image) -> Option<Self> {
        let (x, y) = image.focal_x.zip(image.focal_y)?;
        Some(Self { x: Percent::new(x)?, y: Percent::new(y)? })
    }
}

/// Change what is said of an image.
#[utoipa::path(patch, path = "/v1/products/{id}/images/{image}", tag = "catalogue",
    security(("bearer" = [])), request_body = Description,
    params(("id" = String, Path, description = "The product's identifier or slug"),
        ("image" = ImageId, Path)),
    responses((status = 200, body = ProductView), (status = 403, description = "`not_owner`, `forbidden`"),
        (status = 404, description = "`not_found`"), (status = 410, description = "`gone`"),
        (status = 412, description = "`precondition_failed`")))]
async fn describe(
    State(app): State<App>,
    own: OwnProduct,
    Path(names): Path<(String, ImageId)>,
    if_match: IfMatch,
    body: Body<Description>,
) -> Result<Resource<ProductView>> {
    let (_, image) = names;
    let mut conn = app.read().await?;
    if !images::of_product(&mut conn, own.product.id).await?.iter().any(|found| found.id == image) {
        return Err(Problem::not_found());
    }
    drop(conn);
    let Description { alt, focal_point } = body.parse()?;
    let focal_point = match focal_point {
        Patch::Leave => Patch::Leave,
        Patch::Clear => Patch::Clear,
        Patch::Set(FocalPoint { x, y }) => Patch::Set((x.get(), y.get())),
    };
    let changes = ImageChanges { alt, focal_point };
    app.write(async move |tx, market| {
        check_unchanged(tx, market, own.product.id, &if_match).await?;
        images::describe(tx, market, own.product.id, image, changes.clone()).await?;
        let product = products::open(tx, own.product.id).await?;
        show(tx, market, product, Audience::Members).await
    })
    .await
    .map(Resource)
}

/// A stored image, or a part of it. What is in it is in its name, so it can be kept for ever.
#[utoipa::path(get, path = "/media/{name}", tag = "catalogue",
    params(("name" = String, Path, description = "As in the image's `url` and `srcset`"),
        ("Range" = Option<String>, Header, description = "A part: `bytes=0-999`")),
    responses((status = 200, content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/webp"))),
        (status = 206, content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/webp"))),
        (status = 404, description = "`not_found`"), (status = 416, description = "`range_not_satisfiable`"),
        (status = 503, description = "`unavailable`")))]
async fn file(State(app): State<App>, Path(name): Path<String>, headers: HeaderMap) -> Result<Response> {
    let name: FileName = name.parse().map_err(|_| Problem::not_found())?;
    let tag = format!("\"{name}\"");
    let part = match wanted_part(&headers, &tag) {
        Some(wanted) => {
            let length = app.market().media.length(&name.to_string()).await?;
            match part_of(wanted, length.ok_or_else(Problem::not_found)?) {
                Ok(part) => part,
                Err(refusal) => return Ok(*refusal),
            }
        }
        None => None,
    };
    let is_part = part.is_some();
    let file = images::open(app.market(), &name, part).await?.ok_or_else(Problem::not_found)?;
    let fixed = [
        (header::CONTENT_TYPE, HeaderValue::from_static(name.format().media_type())),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
        (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        (header::CONTENT_LENGTH, HeaderValue::from(file.range.end - file.range.start)),
    ];
    let mut response = (fixed, Bytes::from_stream(file.bytes)).into_response();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    if is_part {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let last = file.range.end.saturating_sub(1);
        let said = format!("bytes {}-{last}/{}", file.range.start, file.length);
        if let Ok(said) = HeaderValue::from_str(&said) {
            response.headers_mut().insert(header::CONTENT_RANGE, said);
        }
    }
    Ok(response)
}

/// The part that is asked for, unless the client has another version (RFC 9110, 13.1.5) or asks whether
/// it has this one.
fn wanted_part<'h>(headers: &'h HeaderMap, tag: &str) -> Option<&'h str> {
    if headers.contains_key(header::IF_NONE_MATCH) {
        return None;
    }
    let same = headers.get(header::IF_RANGE).is_none_or(|known| known.as_bytes() == tag.as_bytes());
    headers.get(header::RANGE).filter(|_| same)?.to_str().ok()
}

/// The bytes of a file of this length; all of them when the header makes no sense or names several parts,
/// the refusal when it has none of them.
fn part_of(wanted: &str, length: u64) -> std::result::Result<Option<Range<u64>>, Box<Response>> {
    let Ok(parsed) = parse_range_header(wanted) else { return Ok(None) };
    let Ok(parts) = parsed.validate(length) else {
        let detail = format!("the file has {length} bytes");
        let problem = Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, "range_not_satisfiable", detail);
        let mut response = problem.into_response();
        if let Ok(said) = HeaderValue::from_str(&format!("bytes */{length}")) {
            response.headers_mut().insert(header::CONTENT_RANGE, said);
        }
        return Err(Box::new(response));
    };
    Ok(match parts.as_slice() {
        [part] => Some(*part.start()..part.end() + 1),
        _ => None,
    })
}
