//! Coupons, as admins and shops keep them.

mod request;

use axum::extract::State;
use marketplace::coupons::{self, Benefit, Coupon, Keeper};
use marketplace::pricing::Funder;
use serde::Serialize;
use types::{CategoryId, CouponId, Currency, Money, Price, ProductId, Timestamp, VendorId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::extract::{Admin, Body, IfMatch, PageParams, Path, Query, VendorMember};
use crate::problem::Result;
use crate::respond::{Created, List, NoContent, Resource, check_if_match};
use request::{CreateCoupon, UpdateCoupon};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_coupons, create_coupon))
        .routes(routes!(get_coupon, update_coupon, delete_coupon))
        .routes(routes!(list_vendor_coupons, create_vendor_coupon))
        .routes(routes!(get_vendor_coupon, update_vendor_coupon, delete_vendor_coupon))
}

/// A coupon.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = coupon)]
struct CouponView {
    id: CouponId,
    code: String,
    /// Hundredths of the goods that it is for.
    percent: Option<u8>,
    /// What it takes off the goods that it is for, together.
    amount: Option<Price>,
    /// Whether it takes off the shipping.
    free_shipping: bool,
    /// Who pays for it.
    funded_by: Funder,
    /// The only shop whose goods it is for.
    vendor_id: Option<VendorId>,
    /// The least that the goods it is for must cost, after offers.
    min_total: Option<Price>,
    max_uses: Option<i64>,
    max_uses_per_user: Option<i64>,
    product_ids: Vec<ProductId>,
    category_ids: Vec<CategoryId>,
    /// Whether it can be used together with others that can.
    stackable: bool,
    starts_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
    /// Whether it can be used at the moment.
    active: bool,
    /// How often it was used, without what was given back.
    used_count: i64,
    created_at: Timestamp,
}

impl CouponView {
    fn of(coupon: Coupon, currency: Currency) -> Self {
        let Coupon { id, code, funded_by, vendor, terms, used_count, created_at, .. } = coupon;
        let price = |amount: Money| amount.in_currency(currency);
        let (percent, amount) = match terms.benefit {
            Benefit::Percent(percent) => (Some(percent), None),
            Benefit::Amount(amount) => (None, Some(amount)),
            Benefit::FreeShipping => (None, None),
        };
        Self {
            id,
            code,
            percent,
            amount: amount.map(price),
            free_shipping: terms.benefit == Benefit::FreeShipping,
            funded_by,
            vendor_id: vendor,
            min_total: terms.min_total.map(price),
            max_uses: terms.max_uses,
            max_uses_per_user: terms.max_uses_per_user,
            product_ids: terms.products,
            category_ids: terms.categories,
            stackable: terms.stackable,
            starts_at: terms.starts_at,
            ends_at: terms.ends_at,
            active: terms.active,
            used_count,
            created_at,
        }
    }
}

async fn list(app: &App, keeper: Keeper, page: PageParams<i64>) -> Result<List<CouponView>> {
    let mut conn = app.read().await?;
    let before = page.after.map(CouponId::from_i64);
    let found = coupons::list(&mut conn, keeper, before, page.limit).await?;
    let currency = app.market().settings.currency;
    Ok(List::of(found.map(|coupon| CouponView::of(coupon, currency)).map_place(CouponId::as_i64)))
}

async fn create(app: &App, keeper: Keeper, body: Body<CreateCoupon>) -> Result<Created<CouponView>> {
    let new = body.parse()?.into_coupon(keeper)?;
    let view = app
        .write(async move |tx, market| {
            let coupon = coupons::create(tx, market, new.clone()).await?;
            market.journal.about(coupon.id);
            Ok(CouponView::of(coupon, market.settings.currency))
        })
        .await?;
    Ok(Created(view))
}

async fn get(app: &App, keeper: Keeper, id: CouponId) -> Result<Resource<CouponView>> {
    let coupon = coupons::find(&mut app.read().await?, keeper, id).await?;
    Ok(Resource(CouponView::of(coupon, app.market().settings.currency)))
}

async fn update(
    app: &App,
    keeper: Keeper,
    id: CouponId,
    if_match: IfMatch,
    body: Body<UpdateCoupon>,
) -> Result<Resource<CouponView>> {
    coupons::find(&mut app.read().await?, keeper, id).await?;
    let changes = body.parse()?;
    let view = app
        .write(async move |tx, market| {
            let currency = market.settings.currency;
            let before = coupons::lock(tx, keeper, id).await?;
            check_if_match(if_match.0.as_deref(), &CouponView::of(before.clone(), currency))?;
            let terms = changes.clone().apply(before.terms.clone())?;
            let after = coupons::change(tx, market, before, terms).await?;
            Ok(CouponView::of(after, currency))
        })
        .await?;
    Ok(Resource(view))
}

async fn delete(app: &App, keeper: Keeper, id: CouponId, if_match: IfMatch) -> Result<NoContent> {
    app.write(async move |tx, market| {
        let before = coupons::lock(tx, keeper, id).await?;
        check_if_match(if_match.0.as_deref(), &CouponView::of(before, market.settings.currency))?;
        coupons::remove(tx, market, id).await
    })
    .await?;
    Ok(NoContent)
}

/// All coupons, the newest first.
#[utoipa::path(get, path = "/v1/admin/coupons", tag = "coupons", security(("bearer" = [])),
    params(("limit" = Option<i64>, Query, description = "1 to 100, 20 unless given"), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = List<CouponView>), (status = 403, description = "`forbidden`")))]
async fn list_coupons(
    State(app): State<App>,
    _admin: Admin,
    Query(page): Query<PageParams<i64>>,
) -> Result<List<CouponView>> {
    list(&app, Keeper::Marketplace, page).await
}

/// Makes a coupon, paid for by the marketplace or by the shop that it names.
#[utoipa::path(post, path = "/v1/admin/coupons", tag = "coupons", security(("bearer" = [])),
    request_body = CreateCoupon,
    responses((status = 201, body = CouponView), (status = 403, description = "`forbidden`"),
        (status = 409, description = "`coupon_code_taken`")))]
async fn create_coupon(
    State(app): State<App>,
    _admin: Admin,
    body: Body<CreateCoupon>,
) -> Result<Created<CouponView>> {
    create(&app, Keeper::Marketplace, body).await
}

/// A coupon.
#[utoipa::path(get, path = "/v1/admin/coupons/{id}", tag = "coupons", security(("bearer" = [])),
    params(("id" = CouponId, Path)),
    responses((status = 200, body = CouponView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`")))]
async fn get_coupon(
    State(app): State<App>,
    _admin: Admin,
    Path(id): Path<CouponId>,
) -> Result<Resource<CouponView>> {
    get(&app, Keeper::Marketplace, id).await
}

/// Changes a coupon. Uses that were made stay.
#[utoipa::path(patch, path = "/v1/admin/coupons/{id}", tag = "coupons", security(("bearer" = [])),
    params(("id" = CouponId, Path)), request_body = UpdateCoupon,
    responses((status = 200, body = CouponView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 412, description = "`precondition_failed`")))]
async fn update_coupon(
    State(app): State<App>,
    _admin: Admin,
    Path(id): Path<CouponId>,
    if_match: IfMatch,
    body: Body<UpdateCoupon>,
) -> Result<Resource<CouponView>> {
    update(&app, Keeper::Marketplace, id, if_match, body).await
}

/// Takes a coupon out of use for good. Its code is not given again.
#[utoipa::path(delete, path = "/v1/admin/coupons/{id}", tag = "coupons", security(("bearer" = [])),
    params(("id" = CouponId, Path)),
    responses((status = 204), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 412, description = "`precondition_failed`")))]
async fn delete_coupon(
    State(app): State<App>,
    _admin: Admin,
    Path(id): Path<CouponId>,
    if_match: IfMatch,
) -> Result<NoContent> {
    delete(&app, Keeper::Marketplace, id, if_match).await
}

/// The coupons that a shop pays for, the newest first.
#[utoipa::path(get, path = "/v1/vendor/coupons", tag = "coupons", security(("bearer" = [])),
    params(("vendor" = Option<String>, Query, description = "The shop, by a member of several"),
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 unless given"), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = List<CouponView>), (status = 403, description = "`forbidden`")))]
async fn list_vendor_coupons(
    State(app): State<App>,
    VendorMember(member): VendorMember,
    Query(page): Query<PageParams<i64>>,
) -> Result<List<CouponView>> {
    list(&app, Keeper::Vendor(member.vendor), page).await
}

/// Makes a coupon for the shop's goods, which the shop pays for.
#[utoipa::path(post, path = "/v1/vendor/coupons", tag = "coupons", security(("bearer" = [])),
    params(("vendor" = Option<String>, Query, description = "The shop, by a member of several")),
    request_body = CreateCoupon,
    responses((status = 201, body = CouponView), (status = 403, description = "`forbidden`"),
        (status = 409, description = "`coupon_code_taken`")))]
async fn create_vendor_coupon(
    State(app): State<App>,
    VendorMember(member): VendorMember,
    body: Body<CreateCoupon>,
) -> Result<Created<CouponView>> {
    create(&app, Keeper::Vendor(member.vendor), body).await
}

/// A coupon of the shop.
#[utoipa::path(get, path = "/v1/vendor/coupons/{id}", tag = "coupons", security(("bearer" = [])),
    params(("id" = CouponId, Path), ("vendor" = Option<String>, Query)),
    responses((status = 200, body = CouponView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`")))]
async fn get_vendor_coupon(
    State(app): State<App>,
    VendorMember(member): VendorMember,
    Path(id): Path<CouponId>,
) -> Result<Resource<CouponView>> {
    get(&app, Keeper::Vendor(member.vendor), id).await
}

/// Changes a coupon of the shop. Uses that were made stay.
#[utoipa::path(patch, path = "/v1/vendor/coupons/{id}", tag = "coupons", security(("bearer" = [])),
    params(("id" = CouponId, Path), ("vendor" = Option<String>, Query)), request_body = UpdateCoupon,
    responses((status = 200, body = CouponView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 412, description = "`precondition_failed`")))]
async fn update_vendor_coupon(
    State(app): State<App>,
    VendorMember(member): VendorMember,
    Path(id): Path<CouponId>,
    if_match: IfMatch,
    body: Body<UpdateCoupon>,
) -> Result<Resource<CouponView>> {
    update(&app, Keeper::Vendor(member.vendor), id, if_match, body).await
}

/// Takes a coupon of the shop out of use for good. Its code is not given again.
#[utoipa::path(delete, path = "/v1/vendor/coupons/{id}", tag = "coupons", security(("bearer" = [])),
    params(("id" = CouponId, Path), ("vendor" = Option<String>, Query)),
    responses((status = 204), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 412, description = "`precondition_failed`")))]
async fn delete_vendor_coupon(
    State(app): State<App>,
    VendorMember(member): VendorMember,
    Path(id): Path<CouponId>,
    if_match: IfMatch,
) -> Result<NoContent> {
    delete(&app, Keeper::Vendor(member.vendor), id, if_match).await
}
