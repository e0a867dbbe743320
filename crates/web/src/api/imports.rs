//! Imports of a shop's products from a file, and their export.

use axum::body::Body as Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use db::Conn;
use futures_util::{StreamExt, stream};
use marketplace::catalog::CatalogError;
use marketplace::idempotency::Keep;
use marketplace::imports::{
    self, Export, Import, ImportStatus, Incoming, MAX_BYTES, Mode, Received, RowError, Upload,
};
use marketplace::vendors::{Membership, VendorStatus};
use marketplace::{Error, Market};
use serde::Serialize;
use types::{FieldError, FieldErrors, ImportId, StockLevel, Timestamp};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::extract::{Fields, Form, FormField, IdempotencyKey, PageParams, Path, Query, VendorMember};
use crate::problem::{Problem, Result};
use crate::respond::{List, Once, Resource};

/// The most bytes of a field that is not the file.
pub(super) const MAX_FIELD: usize = 100;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(start, list))
        .routes(routes!(find))
        .routes(routes!(errors))
        .routes(routes!(export))
}

/// A file and how far it was read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = import)]
struct ImportView {
    /// Identifier.
    id: ImportId,
    /// Whether it only finds out what it would do.
    dry_run: bool,
    /// How far it is.
    status: ImportStatus,
    /// What the file was called.
    file_name: String,
    /// Rows that were dealt with.
    rows_done: i64,
    /// Rows of the file, without the header; 0 until it was opened.
    rows_total: i64,
    /// The rows that did not go in, or not as they are written: the first 1,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<RowErrorView>>,
    /// How many such rows were found; all of the first 10,000 are in `errors.csv`.
    error_count: i64,
    /// Products that were made, or by a dry run would be; `null` until it is over.
    products_created: Option<i64>,
    /// Products that were there and brought up to date; `null` until it is over.
    products_updated: Option<i64>,
    /// When it was uploaded.
    created_at: Timestamp,
    /// When it was over.
    finished_at: Option<Timestamp>,
}

/// Why a row did not go in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = row_error, example = json!({"row": 7, "column": "Variant Price", "detail": "`abc` is no price"}))]
pub(super) struct RowErrorView {
    /// The line of the file where the record begins; the header is 1.
    row: u64,
    /// The column's name in the header; empty when the whole record is wrong.
    column: String,
    /// A sentence for a person.
    detail: String,
}

impl From<RowError> for RowErrorView {
    fn from(RowError { line, column, detail }: RowError) -> Self {
        Self { row: line, column, detail }
    }
}

impl ImportView {
    fn of(import: Import, errors: Option<Vec<RowError>>) -> Self {
        let over = import.status.is_over();
        Self {
            id: import.id,
            dry_run: import.mode == Mode::DryRun,
            status: import.status,
            file_name: import.file_name,
            rows_done: import.rows_done,
            rows_total: import.rows_total,
            errors: errors.map(|errors| errors.into_iter().map(RowErrorView::from).collect()),
            error_count: import.error_count,
            products_created: over.then_some(import.products_created),
            products_updated: over.then_some(import.products_updated),
            created_at: import.created_at,
            finished_at: import.finished_at,
        }
    }

    async fn whole(conn: &mut Conn, import: Import) -> Result<Self, Error> {
        let errors = imports::errors(conn, import.id).await?;
        Ok(Self::of(import, Some(errors)))
    }
}

/// A file as `multipart/form-data`.
#[derive(ToSchema)]
#[schema(as = new_import)]
#[expect(dead_code, reason = "describes the form to OpenAPI")]
struct NewImport {
    /// Shopify's or `WooCommerce`'s product export: CSV in UTF-8 of at most 20 MiB and 250,000 rows; or
    /// Icecat's products: a JSON object on each line, plain or compressed by gzip. A barcode that is a GTIN becomes
    /// the variant's; a shop's own stays as the product's property `Barcode`. No barcode keeps a product out.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// The stock of new variants of which the file says none: 0 to 1,000,000,000, 0 when absent.
    default_stock: Option<i64>,
    /// `true`: find out what would be done and which rows have errors, and change nothing.
    dry_run: Option<bool>,
}

/// Import products from a file. It is read in the background: ask for the import to see how far it is.
/// Products that were imported before are brought up to date, never doubled.
#[utoipa::path(post, path = "/v1/vendor/imports", tag = "catalogue", security(("bearer" = [])),
    request_body(content = NewImport, content_type = "multipart/form-data"),
    params(("vendor" = Option<String>, Query, description = "The shop, for members of several: id or slug")),
    responses((status = 202, body = ImportView),
        (status = 403, description = "`vendor_not_accepted`, `forbidden`"),
        (status = 409, description = "`too_many_imports`"), (status = 413, description = "`too_large`"),
        (status = 415, description = "`unsupported_media_type`")))]
async fn start(
    State(app): State<App>,
    VendorMember(by): VendorMember,
    key: IdempotencyKey,
    form: Form,
) -> Result<Once> {
    if by.status != VendorStatus::Accepted {
        return Err(Error::from(CatalogError::VendorNotAccepted).into());
    }
    let fields = form.open()?;
    let incoming = Incoming::new(app.market());
    let file = incoming.import();
    let started = receive_and_start(&app, by, key, fields, incoming).await;
    if !started.as_ref().is_ok_and(|once| !once.replayed) {
        imports::discard(app.market(), file).await?;
    }
    started
}

async fn receive_and_start(
    app: &App,
    by: Membership,
    key: IdempotencyKey,
    fields: Fields,
    incoming: Incoming,
) -> Result<Once> {
    let upload = receive(fields, incoming).await?;
    let default_stock = upload.default_stock.units().to_string();
    let parts: [&[u8]; 4] = [
        b"POST /v1/vendor/imports",
        upload.file.digest(),
        default_stock.as_bytes(),
        upload.mode.as_str().as_bytes(),
    ];
    let key = key.bind(&by.user.to_string(), &parts, Keep::Day);
    app.write_once(key, StatusCode::ACCEPTED, async move |tx, market: &Market| {
        let import = imports::start(tx, market, &by, &upload, market.now()).await?;
        Ok(ImportView::of(import, Some(Vec::new())))
    })
    .await
}

/// An import and its row errors.
#[utoipa::path(get, path = "/v1/vendor/imports/{id}", tag = "catalogue", security(("bearer" = [])),
    params(("id" = ImportId, Path),
        ("vendor" = Option<String>, Query, description = "The shop, for members of several: id or slug")),
    responses((status = 200, body = ImportView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`")))]
async fn find(
    State(app): State<App>,
    VendorMember(by): VendorMember,
    Path(id): Path<ImportId>,
) -> Result<Resource<ImportView>> {
    let mut conn = app.read().await?;
    let import = imports::find(&mut conn, id).await?.filter(|import| import.vendor == by.vendor);
    let import = import.ok_or_else(Problem::not_found)?;
    Ok(Resource(ImportView::whole(&mut conn, import).await?))
}

/// The rows of an import that did not go in, or not as they are written, as CSV: `row`, `column`, `detail`.
#[utoipa::path(get, path = "/v1/vendor/imports/{id}/errors.csv", tag = "catalogue",
    security(("bearer" = [])),
    params(("id" = ImportId, Path),
        ("vendor" = Option<String>, Query, description = "The shop, for members of several: id or slug")),
    responses((status = 200, content((String = "text/csv"))), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`")))]
async fn errors(
    State(app): State<App>,
    VendorMember(by): VendorMember,
    Path(id): Path<ImportId>,
) -> Result<Response> {
    let mut conn = app.read().await?;
    let import = imports::find(&mut conn, id).await?.filter(|import| import.vendor == by.vendor);
    import.ok_or_else(Problem::not_found)?;
    let file = imports::errors_csv(&mut conn, id).await?;
    Ok((csv_headers("attachment; filename=\"errors.csv\""), Bytes::from(file)).into_response())
}

/// What is said of a CSV file that is the caller's alone.
fn csv_headers(disposition: &'static str) -> [(header::HeaderName, HeaderValue); 3] {
    [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static(disposition)),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ]
}

/// The shop's imports, newest first, without their row errors.
#[utoipa::path(get, path = "/v1/vendor/imports", tag = "catalogue", security(("bearer" = [])),
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query),
        ("vendor" = Option<String>, Query, description = "The shop, for members of several: id or slug")),
    responses((status = 200, body = List<ImportView>), (status = 403, description = "`forbidden`")))]
async fn list(
    State(app): State<App>,
    VendorMember(by): VendorMember,
    Query(page): Query<PageParams<i64>>,
) -> Result<List<ImportView>> {
    let mut conn = app.read().await?;
    let after = page.after.map(ImportId::from_i64);
    let found = imports::list(&mut conn, by.vendor, page.limit, after).await?;
    Ok(List::of(found.map(|import| ImportView::of(import, None)).map_place(ImportId::as_i64)))
}

/// The shop's products that are not archived, in Shopify's format. An import reads them back as they are.
#[utoipa::path(get, path = "/v1/vendor/exports/products.csv", tag = "catalogue", security(("bearer" = [])),
    params(("vendor" = Option<String>, Query, description = "The shop, for members of several: id or slug")),
    responses((status = 200, content((String = "text/csv"))), (status = 403, description = "`forbidden`")))]
async fn export(State(app): State<App>, VendorMember(by): VendorMember) -> Result<Response> {
    let mut export = Export::begin(app.market(), by.vendor).await?;
    // The first part before the status: what fails at once is answered as a problem.
    let first = export.part().await?.unwrap_or_default();
    let rest = stream::try_unfold(export, async |mut export: Export| {
        Ok(export.part().await?.map(|part| (part, export)))
    });
    let parts = stream::once(async { Ok::<_, Error>(first) }).chain(rest);
    let headers = csv_headers("attachment; filename=\"products.csv\"");
    Ok((headers, Bytes::from_stream(parts)).into_response())
}

/// Reads the form: the file, which is kept as it comes in, and the other fields.
async fn receive(mut fields: Fields, incoming: Incoming) -> Result<Upload> {
    let (mut incoming, mut file) = (Some(incoming), None);
    let (mut default_stock, mut dry_run) = (None, None);
    let mut errors = FieldErrors::default();
    while let Some(field) = fields.next().await? {
        let name = field.name().to_owned();
        let is_repeated = match name.as_str() {
            "file" => {
                if let Some(incoming) = incoming.take() {
                    let called = field.file_name().unwrap_or_else(|| "products.csv".to_owned());
                    file = Some((called, keep(field, incoming).await?));
                    false
                } else {
                    field.pass(MAX_BYTES).await?;
                    true
                }
            }
            "default_stock" => default_stock.replace(field.read(MAX_FIELD).await?).is_some(),
            "dry_run" => dry_run.replace(field.read(MAX_FIELD).await?).is_some(),
            _ => {
                let detail = "there is no such field here; there are file, default_stock, dry_run";
                errors.push(FieldError::new(format!("/{name}"), "unknown_field", detail));
                field.pass(MAX_BYTES).await?;
                false
            }
        };
        if is_repeated {
            errors.push(FieldError::new(format!("/{name}"), "not_allowed", "send it once"));
        }
    }
    let default_stock = default_stock.map_or(Some(StockLevel::default()), |text| stock(&text));
    if default_stock.is_none() {
        let detail = format!("must be a whole number from 0 to {}", StockLevel::MAX);
        errors.push(FieldError::new("/default_stock", "not_allowed", detail));
    }
    let mode = mode(dry_run.as_deref());
    if mode.is_none() {
        errors.push(FieldError::new("/dry_run", "not_allowed", "must be true or false"));
    }
    let Some((file_name, file)) = file else {
        errors.push(FieldError::new("/file", "required", "send a file"));
        return Err(errors.into());
    };
    errors.into_result()?;
    let (default_stock, mode) = (default_stock.unwrap_or_default(), mode.unwrap_or(Mode::Write));
    Ok(Upload { file_name, file, default_stock, mode })
}

/// Keeps the file as it comes in.
async fn keep(field: FormField<'_>, mut incoming: Incoming) -> Result<Received> {
    let mut pieces = field.pieces(MAX_BYTES);
    while let Some(piece) = pieces.next().await? {
        incoming.take_in(&piece).await?;
    }
    Ok(incoming.end().await?)
}

/// What the field `dry_run` asks for.
pub(super) fn mode(dry_run: Option<&[u8]>) -> Option<Mode> {
    match dry_run.map(<[u8]>::trim_ascii) {
        None | Some(b"" | b"false") => Some(Mode::Write),
        Some(b"true") => Some(Mode::DryRun),
        Some(_) => None,
    }
}

fn stock(text: &[u8]) -> Option<StockLevel> {
    StockLevel::new(str::from_utf8(text).ok()?.trim().parse().ok()?)
}
