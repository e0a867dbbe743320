//! The marketplace's table of tax rates.

use axum::extract::State;
use deserr::Deserr;
use marketplace::tax::{self, TaxRate, TaxTable};
use serde::Serialize;
use types::{Between, Country, FieldErrors, Line};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::extract::{Admin, Body, IfMatch};
use crate::problem::Result;
use crate::respond::{Resource, check_if_match};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_tax_rates, put_tax_rates))
}

/// A rate as a request gives it.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = new_tax_rate)]
struct RateBody {
    /// Where it applies.
    country: Country,
    /// In which state or province, as addresses write it; the whole country unless said.
    #[deserr(default)]
    region: Option<Line<200>>,
    /// To which products: their `tax_class`; to those without one unless said.
    #[deserr(default)]
    tax_class: Option<Line<50>>,
    /// What it is called.
    #[deserr(default)]
    name: Option<Line<50>>,
    /// How much, in millionths: 190000 is 19 %.
    rate_ppm: Between<0, 1_000_000>,
    /// Whether shipping is taxed with it, too; not unless said.
    #[deserr(default)]
    applies_to_shipping: Option<bool>,
}

/// All rates.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = new_tax_rates, example = json!({"rates": [
    {"country": "DE", "name": "VAT", "rate_ppm": 190_000, "applies_to_shipping": true},
    {"country": "DE", "tax_class": "reduced", "rate_ppm": 70_000},
    {"country": "US", "region": "NY", "rate_ppm": 88_750}
]}))]
struct TableBody {
    /// At most 2,000; each place and class once.
    rates: Vec<RateBody>,
}

/// The table of rates.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = tax_rates)]
struct TableView {
    rates: Vec<RateView>,
    /// Whether prices contain their tax; it comes on top otherwise.
    prices_include_tax: bool,
}

/// A rate.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = tax_rate)]
struct RateView {
    country: Country,
    region: Option<String>,
    tax_class: Option<String>,
    name: Option<String>,
    rate_ppm: i64,
    applies_to_shipping: bool,
}

impl TableView {
    fn of(table: &TaxTable, prices_include_tax: bool) -> Self {
        let rate = |rate: &TaxRate| {
            let TaxRate { country, region, tax_class, name, rate_ppm, on_shipping } = rate.clone();
            RateView { country, region, tax_class, name, rate_ppm, applies_to_shipping: on_shipping }
        };
        Self { rates: table.rates().iter().map(rate).collect(), prices_include_tax }
    }
}

impl From<RateBody> for TaxRate {
    fn from(body: RateBody) -> Self {
        Self {
            country: body.country,
            region: body.region.map(Line::into_string),
            tax_class: body.tax_class.map(Line::into_string),
            name: body.name.map(Line::into_string),
            rate_ppm: body.rate_ppm.get(),
            on_shipping: body.applies_to_shipping.unwrap_or(false),
        }
    }
}

/// All tax rates.
#[utoipa::path(get, path = "/v1/admin/tax-rates", tag = "admin", security(("bearer" = [])),
    responses((status = 200, body = TableView), (status = 403, description = "`forbidden`")))]
async fn get_tax_rates(State(app): State<App>, _admin: Admin) -> Result<Resource<TableView>> {
    let table = tax::table(&mut app.read().await?).await?;
    Ok(Resource(TableView::of(&table, app.market().settings.prices_include_tax)))
}

/// Replaces all tax rates. Orders keep the tax they were made with.
#[utoipa::path(put, path = "/v1/admin/tax-rates", tag = "admin", security(("bearer" = [])),
    request_body = TableBody,
    responses((status = 200, body = TableView), (status = 403, description = "`forbidden`"),
        (status = 412, description = "`precondition_failed`")))]
async fn put_tax_rates(
    State(app): State<App>,
    _admin: Admin,
    if_match: IfMatch,
    body: Body<TableBody>,
) -> Result<Resource<TableView>> {
    let rates: Vec<TaxRate> = body.parse()?.rates.into_iter().map(TaxRate::from).collect();
    let view = app
        .write(async move |tx, market| {
            let included = market.settings.prices_include_tax;
            let before = tax::lock(tx).await?;
            check_if_match(if_match.0.as_deref(), &TableView::of(&before, included))?;
            let after = tax::replace(tx, &rates).await?;
            Ok(TableView::of(&after, included))
        })
        .await?;
    Ok(Resource(view))
}
