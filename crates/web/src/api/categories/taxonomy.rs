//! Whole taxonomies at once.

use axum::extract::State;
use marketplace::imports::{Grown, MAX_BYTES, Mode, Taxonomy, import_taxonomy};
use serde::Serialize;
use types::FieldErrors;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::api::imports::{MAX_FIELD, RowErrorView, mode};
use crate::extract::{Admin, Form, unknown_field};
use crate::problem::{Problem, Result};
use crate::respond::Resource;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(import))
}

/// A taxonomy as `multipart/form-data`.
#[derive(ToSchema)]
#[schema(as = new_taxonomy)]
#[expect(dead_code, reason = "describes the form to OpenAPI")]
struct TaxonomyForm {
    /// Text in UTF-8 of at most 20 MiB: a category on each line, told by the names from the root down to it
    /// with `>` between them, behind Google's or Shopify's number for it or none. Lines that begin with `#`
    /// are comments.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// `true`: find out what would be made and which lines have errors, and change nothing.
    dry_run: Option<bool>,
}

/// What became of a taxonomy.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = taxonomy_import)]
struct GrownView {
    /// Whether it was only tried out.
    dry_run: bool,
    /// Lines of categories.
    rows_total: usize,
    /// Categories that were made, or by a dry run would be.
    categories_created: usize,
    /// Lines whose category was there.
    categories_known: usize,
    /// The lines that did not go in: the first 1,000.
    errors: Vec<RowErrorView>,
    /// How many such lines there are.
    error_count: usize,
}

/// Add the categories of a taxonomy that are not there, found by their paths: the same file once more
/// changes nothing. Lines with errors do not keep the others out.
#[utoipa::path(post, path = "/v1/admin/categories/import", tag = "admin", security(("bearer" = [])),
    request_body(content = TaxonomyForm, content_type = "multipart/form-data"),
    responses((status = 200, body = GrownView), (status = 403, description = "`forbidden`"),
        (status = 413, description = "`too_large`"), (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid`")))]
async fn import(State(app): State<App>, _admin: Admin, form: Form) -> Result<Resource<GrownView>> {
    let (content, mode) = receive(form).await?;
    let read = tokio::task::spawn_blocking(move || Taxonomy::read(&content)).await;
    let taxonomy = read.map_err(|error| marketplace::Error::failed("a taxonomy could not be read", error))?;
    let grown = app.write(async move |tx, market| import_taxonomy(tx, market, &taxonomy, mode).await).await?;
    let Grown { rows, created, known, errors, error_count } = grown;
    Ok(Resource(GrownView {
        dry_run: mode == Mode::DryRun,
        rows_total: rows,
        categories_created: created,
        categories_known: known,
        errors: errors.into_iter().map(RowErrorView::from).collect(),
        error_count,
    }))
}

async fn receive(form: Form) -> Result<(Vec<u8>, Mode)> {
    let mut fields = form.open()?;
    let (mut file, mut dry_run) = (None, None);
    while let Some(field) = fields.next().await? {
        let place = match field.name() {
            "file" => &mut file,
            "dry_run" => &mut dry_run,
            other => return Err(unknown_field(other, "file, dry_run").into()),
        };
        let name = field.name().to_owned();
        let most = if name == "file" { MAX_BYTES } else { MAX_FIELD };
        if place.replace(field.read(most).await?).is_some() {
            return Err(FieldErrors::one(format!("/{name}"), "not_allowed", "send it once").into());
        }
    }
    let mode = mode(dry_run.as_deref());
    let mode = mode.ok_or_else(|| FieldErrors::one("/dry_run", "not_allowed", "must be true or false"))?;
    let file = file.ok_or_else(|| Problem::from(FieldErrors::one("/file", "required", "send a file")))?;
    Ok((file, mode))
}
