//! The ways in which a shop ships.

use axum::extract::State;
use axum::http::StatusCode;
use deserr::Deserr;
use marketplace::shipping::{self, Area, Band, Method, MethodTerms};
use serde::Serialize;
use types::{
    Between, Country, Currency, FieldError, FieldErrors, Line, Money, Patch, Present, Price,
    ShippingMethodId, Timestamp,
};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::extract::{Body, IfMatch, Path, VendorMember};
use crate::problem::Result;
use crate::respond::{Created, Json, List, NoContent, Resource, check_if_match};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_shipping_methods, create_shipping_method)).routes(routes!(
        get_shipping_method,
        update_shipping_method,
        delete_shipping_method
    ))
}

/// A price that may be nothing.
type Fee = Between<0, 1_000_000_000_000>;
/// Days on the way.
type Days = Between<0, 365>;
/// The heaviest parcel of a band.
type UpTo = Between<1, 100_000_000>;

/// The most bands of a method, and the most areas it goes to.
const PARTS_MAX: usize = 250;

/// What a parcel up to a weight costs.
#[derive(Debug, Clone, Copy, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = new_weight_band)]
struct BandBody {
    up_to_grams: UpTo,
    price: Fee,
}

/// Where a method goes: a country, or regions of it.
#[derive(Debug, Clone, Deserr, Serialize, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = shipping_area)]
struct AreaBody {
    country: Country,
    /// As addresses write them; none means the whole country.
    #[deserr(default)]
    #[schema(value_type = Vec<String>)]
    regions: Vec<Line<200>>,
}

/// A way of shipping to be added.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = new_shipping_method, example = json!({"name": "Parcel", "price": 490, "free_above": 5000,
    "destinations": [{"country": "DE"}, {"country": "US", "regions": ["CA", "NY"]}], "min_days": 2, "max_days": 4}))]
struct CreateMethod {
    /// What buyers read.
    name: Line<50>,
    /// What it costs, where no weight decides; required without `weight_bands`.
    #[deserr(default)]
    price: Option<Fee>,
    /// It is free for goods of this value and more.
    #[deserr(default)]
    free_above: Option<Money>,
    /// What it costs by weight; it takes nothing heavier than the last.
    #[deserr(default)]
    weight_bands: Option<Vec<BandBody>>,
    /// Where it goes; everywhere unless said.
    #[deserr(default)]
    destinations: Option<Vec<AreaBody>>,
    #[deserr(default)]
    min_days: Option<Days>,
    #[deserr(default)]
    max_days: Option<Days>,
    /// Whether buyers can choose it; they can unless said.
    #[deserr(default)]
    active: Option<bool>,
}

/// Changes of a way of shipping.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = shipping_method_changes, example = json!({"price": 590, "free_above": null}))]
struct UpdateMethod {
    #[deserr(default)]
    #[schema(required = false)]
    name: Present<Line<50>>,
    #[deserr(default)]
    #[schema(required = false)]
    price: Present<Fee>,
    #[deserr(default)]
    #[schema(required = false)]
    free_above: Patch<Money>,
    #[deserr(default)]
    #[schema(required = false, value_type = Option<Vec<BandBody>>)]
    weight_bands: Patch<Vec<BandBody>>,
    #[deserr(default)]
    #[schema(required = false, value_type = Option<Vec<AreaBody>>)]
    destinations: Patch<Vec<AreaBody>>,
    #[deserr(default)]
    #[schema(required = false)]
    min_days: Patch<Days>,
    #[deserr(default)]
    #[schema(required = false)]
    max_days: Patch<Days>,
    #[deserr(default)]
    #[schema(required = false)]
    active: Present<bool>,
}

fn bands(bodies: Vec<BandBody>) -> Vec<Band> {
    let band = |body: BandBody| Band {
        up_to_grams: body.up_to_grams.get(),
        price: Money::from_minor(body.price.get()),
    };
    bodies.into_iter().map(band).collect()
}

fn areas(bodies: Vec<AreaBody>) -> Vec<Area> {
    let area = |body: AreaBody| Area {
        country: body.country,
        regions: body.regions.into_iter().map(Line::into_string).collect(),
    };
    bodies.into_iter().map(area).collect()
}

impl CreateMethod {
    fn into_terms(self) -> Result<MethodTerms, FieldErrors> {
        let mut errors = FieldErrors::default();
        let bands = bands(self.weight_bands.unwrap_or_default());
        if self.price.is_none() && bands.is_empty() {
            errors.push(FieldError::new("/price", "required", "give `price` or `weight_bands`"));
        }
        let terms = MethodTerms {
            name: self.name.into_string(),
            price: Money::from_minor(self.price.map_or(0, Between::get)),
            free_above: self.free_above,
            bands,
            destinations: areas(self.destinations.unwrap_or_default()),
            min_days: self.min_days.map(Between::get),
            max_days: self.max_days.map(Between::get),
            active: self.active.unwrap_or(true),
        };
        check(&terms, errors)?;
        Ok(terms)
    }
}

impl UpdateMethod {
    fn apply(self, before: MethodTerms) -> Result<MethodTerms, FieldErrors> {
        let days = |days: Patch<Days>| days.map(Between::get);
        let price = self.price.0.map(|price| Money::from_minor(price.get()));
        let terms = MethodTerms {
            name: self.name.0.map_or(before.name, Line::into_string),
            price: price.unwrap_or(before.price),
            free_above: self.free_above.apply(before.free_above),
            bands: self.weight_bands.map(bands).apply(Some(before.bands)).unwrap_or_default(),
            destinations: self.destinations.map(areas).apply(Some(before.destinations)).unwrap_or_default(),
            min_days: days(self.min_days).apply(before.min_days),
            max_days: days(self.max_days).apply(before.max_days),
            active: self.active.or(before.active),
        };
        check(&terms, FieldErrors::default())?;
        Ok(terms)
    }
}

/// The mistakes that no single field shows.
fn check(terms: &MethodTerms, mut errors: FieldErrors) -> Result<(), FieldErrors> {
    for (name, count) in [("weight_bands", terms.bands.len()), ("destinations", terms.destinations.len())] {
        if count > PARTS_MAX {
            errors.push(FieldError::new(format!("/{name}"), "too_long", format!("at most {PARTS_MAX}")));
        }
    }
    for (index, area) in terms.destinations.iter().enumerate() {
        if area.regions.len() > PARTS_MAX {
            let at = format!("/destinations/{index}/regions");
            errors.push(FieldError::new(at, "too_long", format!("at most {PARTS_MAX}")));
        }
    }
    let grows = |pair: &[Band]| pair[0].up_to_grams < pair[1].up_to_grams;
    if let Some(index) = terms.bands.windows(2).position(|pair| !grows(pair)) {
        let at = format!("/weight_bands/{}/up_to_grams", index + 1);
        errors.push(FieldError::new(at, "too_small", "must be more than that of the band before"));
    }
    if let (Some(least), Some(most)) = (terms.min_days, terms.max_days)
        && most < least
    {
        errors.push(FieldError::new("/max_days", "too_small", "must not be less than `min_days`"));
    }
    errors.into_result()
}

/// A way of shipping.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = shipping_method)]
struct MethodView {
    id: ShippingMethodId,
    name: String,
    price: Price,
    free_above: Option<Price>,
    weight_bands: Vec<BandView>,
    #[schema(value_type = Vec<AreaBody>)]
    destinations: Vec<AreaView>,
    min_days: Option<i64>,
    max_days: Option<i64>,
    active: bool,
    created_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = weight_band)]
struct BandView {
    up_to_grams: i64,
    price: Price,
}

#[derive(Debug, Serialize)]
struct AreaView {
    country: Country,
    regions: Vec<String>,
}

impl MethodView {
    fn of(method: Method, currency: Currency) -> Self {
        let price = |amount: Money| amount.in_currency(currency);
        let band = |band: Band| BandView { up_to_grams: band.up_to_grams, price: price(band.price) };
        let area = |Area { country, regions }| AreaView { country, regions };
        Self {
            id: method.id,
            name: method.name,
            price: price(method.price),
            free_above: method.free_above.map(price),
            weight_bands: method.bands.into_iter().map(band).collect(),
            destinations: method.destinations.into_iter().map(area).collect(),
            min_days: method.min_days,
            max_days: method.max_days,
            active: method.paused_at.is_none(),
            created_at: method.created_at,
        }
    }
}

/// The shop's ways of shipping: all of them, at most 50.
#[utoipa::path(get, path = "/v1/vendor/shipping-methods", tag = "shipping", security(("bearer" = [])),
    params(("vendor" = Option<String>, Query, description = "The shop, by a member of several")),
    responses((status = 200, body = List<MethodView>), (status = 403, description = "`forbidden`")))]
async fn list_shipping_methods(
    State(app): State<App>,
    VendorMember(member): VendorMember,
) -> Result<Json<List<MethodView>>> {
    let methods = shipping::list(&mut app.read().await?, member.vendor).await?;
    let currency = app.market().settings.currency;
    let data = methods.into_iter().map(|method| MethodView::of(method, currency)).collect();
    Ok(Json(StatusCode::OK, List { data, next_cursor: None }))
}

/// Adds a way of shipping.
#[utoipa::path(post, path = "/v1/vendor/shipping-methods", tag = "shipping", security(("bearer" = [])),
    params(("vendor" = Option<String>, Query, description = "The shop, by a member of several")),
    request_body = CreateMethod,
    responses((status = 201, body = MethodView), (status = 403, description = "`forbidden`"),
        (status = 409, description = "`too_many_shipping_methods`")))]
async fn create_shipping_method(
    State(app): State<App>,
    VendorMember(member): VendorMember,
    body: Body<CreateMethod>,
) -> Result<Created<MethodView>> {
    let terms = body.parse()?.into_terms()?;
    let view = app
        .write(async move |tx, market| {
            let method = shipping::create(tx, market, member.vendor, terms.clone()).await?;
            market.journal.about(method.id);
            Ok(MethodView::of(method, market.settings.currency))
        })
        .await?;
    Ok(Created(view))
}

/// One of the shop's ways of shipping.
#[utoipa::path(get, path = "/v1/vendor/shipping-methods/{id}", tag = "shipping", security(("bearer" = [])),
    params(("id" = ShippingMethodId, Path), ("vendor" = Option<String>, Query)),
    responses((status = 200, body = MethodView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`")))]
async fn get_shipping_method(
    State(app): State<App>,
    VendorMember(member): VendorMember,
    Path(id): Path<ShippingMethodId>,
) -> Result<Resource<MethodView>> {
    let method = shipping::find(&mut app.read().await?, member.vendor, id).await?;
    Ok(Resource(MethodView::of(method, app.market().settings.currency)))
}

/// Changes a way of shipping. Orders keep what was chosen.
#[utoipa::path(patch, path = "/v1/vendor/shipping-methods/{id}", tag = "shipping", security(("bearer" = [])),
    params(("id" = ShippingMethodId, Path), ("vendor" = Option<String>, Query)), request_body = UpdateMethod,
    responses((status = 200, body = MethodView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 412, description = "`precondition_failed`")))]
async fn update_shipping_method(
    State(app): State<App>,
    VendorMember(member): VendorMember,
    Path(id): Path<ShippingMethodId>,
    if_match: IfMatch,
    body: Body<UpdateMethod>,
) -> Result<Resource<MethodView>> {
    shipping::find(&mut app.read().await?, member.vendor, id).await?;
    let changes = body.parse()?;
    let view = app
        .write(async move |tx, market| {
            let currency = market.settings.currency;
            let before = shipping::lock(tx, member.vendor, id).await?;
            check_if_match(if_match.0.as_deref(), &MethodView::of(before.clone(), currency))?;
            let terms = changes.clone().apply(before.terms())?;
            let after = shipping::change(tx, market, before, terms).await?;
            Ok(MethodView::of(after, currency))
        })
        .await?;
    Ok(Resource(view))
}

/// Removes a way of shipping. Orders keep what was chosen.
#[utoipa::path(delete, path = "/v1/vendor/shipping-methods/{id}", tag = "shipping", security(("bearer" = [])),
    params(("id" = ShippingMethodId, Path), ("vendor" = Option<String>, Query)),
    responses((status = 204), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 412, description = "`precondition_failed`")))]
async fn delete_shipping_method(
    State(app): State<App>,
    VendorMember(member): VendorMember,
    Path(id): Path<ShippingMethodId>,
    if_match: IfMatch,
) -> Result<NoContent> {
    app.write(async move |tx, market| {
        let before = shipping::lock(tx, member.vendor, id).await?;
        check_if_match(if_match.0.as_deref(), &MethodView::of(before, market.settings.currency))?;
        shipping::remove(tx, id).await
    })
    .await?;
    Ok(NoContent)
}
