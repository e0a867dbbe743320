//! What admins decide on shops.

use axum::extract::State;
use deserr::Deserr;
use marketplace::error::Refusal;
use marketplace::vendors::{self, Decision, Review, Terms, VendorStatus};
use marketplace::{Caller, Error};
use serde::Serialize;
use types::{EventId, FieldErrors, Prose, Timestamp, UserId, VendorId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::vendors::VendorView;
use crate::App;
use crate::extract::{Admin, Body, FromQuery, IfMatch, PageParams, Path, Query, QueryReader};
use crate::problem::Result;
use crate::respond::{List, Resource, check_if_match};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(set_terms))
        .routes(routes!(accept))
        .routes(routes!(reject))
        .routes(routes!(suspend))
        .routes(routes!(reinstate))
        .routes(routes!(history))
}

/// Which vendors an admin asks for.
struct Wanted {
    status: Option<VendorStatus>,
    page: PageParams<i64>,
}

impl FromQuery for Wanted {
    fn from_query(query: &mut QueryReader) -> Self {
        Self { status: query.optional("status"), page: query.page() }
    }
}

/// Why something is refused or taken away.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = vendor_reason, example = json!({"reason": "The tax number belongs to another company"}))]
pub(crate) struct Reason {
    /// What the owner is told.
    reason: Prose<500>,
}

/// A decision that was made on a vendor.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = vendor_review)]
pub(crate) struct ReviewView {
    /// Identifier.
    id: EventId,
    /// The state before.
    from: VendorStatus,
    /// The state after.
    to: VendorStatus,
    /// Why.
    reason: Option<String>,
    /// Which admin.
    reviewer_id: UserId,
    /// When.
    at: Timestamp,
}

impl From<Review> for ReviewView {
    fn from(review: Review) -> Self {
        let Review { id, from, to, reason, reviewer, at } = review;
        Self { id, from, to, reason, reviewer_id: reviewer, at }
    }
}

/// All vendors, or those in one state, newest first.
#[utoipa::path(get, path = "/v1/admin/vendors", tag = "admin", security(("bearer" = [])),
    params(("status" = Option<VendorStatus>, Query), ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = List<VendorView>), (status = 403, description = "`forbidden`")))]
async fn list(
    State(app): State<App>,
    _admin: Admin,
    Query(wanted): Query<Wanted>,
) -> Result<List<VendorView>> {
    let mut conn = app.read().await?;
    let after = wanted.page.after.map(VendorId::from_i64);
    let found = vendors::list(&mut conn, wanted.status, wanted.page.limit, after).await?;
    let settings = &app.market().settings;
    Ok(List::of(found.map(|vendor| VendorView::full(vendor, settings)).map_place(VendorId::as_i64)))
}

/// Give a vendor its own commission or fulfilment; `null` returns to the marketplace's.
#[utoipa::path(patch, path = "/v1/admin/vendors/{id}", tag = "admin", security(("bearer" = [])),
    params(("id" = String, Path)), request_body = Terms,
    responses((status = 200, body = VendorView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 412, description = "`precondition_failed`")))]
async fn set_terms(
    State(app): State<App>,
    _admin: Admin,
    Path(id): Path<VendorId>,
    if_match: IfMatch,
    body: Body<Terms>,
) -> Result<Resource<VendorView>> {
    require_vendor(&app, id).await?;
    let terms = body.parse()?;
    let view = app
        .write(async move |tx, market| {
            let before = vendors::lock(tx, id).await?.ok_or(Refusal::NotFound)?;
            let shown = VendorView::full(before.clone(), &market.settings);
            check_if_match(if_match.0.as_deref(), &shown)?;
            let after = vendors::set_terms(tx, market, &before, &terms).await?;
            Ok(VendorView::full(after, &market.settings))
        })
        .await?;
    Ok(Resource(view))
}

/// Let a pending vendor sell.
#[utoipa::path(post, path = "/v1/admin/vendors/{id}/accept", tag = "admin", security(("bearer" = [])),
    params(("id" = String, Path)),
    responses((status = 200, body = VendorView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 409, description = "`invalid_transition`")))]
async fn accept(
    State(app): State<App>,
    Admin(admin): Admin,
    Path(id): Path<VendorId>,
) -> Result<Resource<VendorView>> {
    decide(&app, admin, id, Decision::Accept).await
}

/// Turn a pending vendor down.
#[utoipa::path(post, path = "/v1/admin/vendors/{id}/reject", tag = "admin", security(("bearer" = [])),
    params(("id" = String, Path)), request_body = Reason,
    responses((status = 200, body = VendorView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 409, description = "`invalid_transition`")))]
async fn reject(
    State(app): State<App>,
    Admin(admin): Admin,
    Path(id): Path<VendorId>,
    body: Body<Reason>,
) -> Result<Resource<VendorView>> {
    require_vendor(&app, id).await?;
    decide(&app, admin, id, Decision::Reject(body.parse()?.reason)).await
}

/// Keep an accepted vendor from selling. Its products are hidden at once; open orders go on.
#[utoipa::path(post, path = "/v1/admin/vendors/{id}/suspend", tag = "admin", security(("bearer" = [])),
    params(("id" = String, Path)), request_body = Reason,
    responses((status = 200, body = VendorView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 409, description = "`invalid_transition`")))]
async fn suspend(
    State(app): State<App>,
    Admin(admin): Admin,
    Path(id): Path<VendorId>,
    body: Body<Reason>,
) -> Result<Resource<VendorView>> {
    require_vendor(&app, id).await?;
    decide(&app, admin, id, Decision::Suspend(body.parse()?.reason)).await
}

/// Let a suspended vendor sell again.
#[utoipa::path(post, path = "/v1/admin/vendors/{id}/reinstate", tag = "admin", security(("bearer" = [])),
    params(("id" = String, Path)),
    responses((status = 200, body = VendorView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 409, description = "`invalid_transition`")))]
async fn reinstate(
    State(app): State<App>,
    Admin(admin): Admin,
    Path(id): Path<VendorId>,
) -> Result<Resource<VendorView>> {
    decide(&app, admin, id, Decision::Reinstate).await
}

/// The decisions that were made on a vendor, newest first.
#[utoipa::path(get, path = "/v1/admin/vendors/{id}/reviews", tag = "admin", security(("bearer" = [])),
    params(("id" = String, Path), ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = List<ReviewView>), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`")))]
async fn history(
    State(app): State<App>,
    _admin: Admin,
    Path(id): Path<VendorId>,
    page: Result<Query<PageParams<i64>>>,
) -> Result<List<ReviewView>> {
    require_vendor(&app, id).await?;
    let Query(page) = page?;
    let mut conn = app.read().await?;
    let after = page.after.map(EventId::from_i64);
    let found = vendors::reviews(&mut conn, id, page.limit, after).await?;
    Ok(List::of(found.map(ReviewView::from).map_place(EventId::as_i64)))
}

async fn decide(app: &App, admin: Caller, id: VendorId, decision: Decision) -> Result<Resource<VendorView>> {
    let vendor = app
        .write(async move |tx, market| vendors::review(tx, market, admin.user, id, &decision).await)
        .await?;
    Ok(Resource(VendorView::full(vendor, &app.market().settings)))
}

/// An unknown vendor is told before the body is looked at.
async fn require_vendor(app: &App, id: VendorId) -> Result<()> {
    let mut conn = app.read().await?;
    match vendors::find(&mut conn, id).await? {
        Some(_) => Ok(()),
        None => Err(Error::from(Refusal::NotFound).into()),
    }
}
