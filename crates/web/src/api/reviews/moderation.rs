//! What operators do with reviews that should not be there.

use axum::extract::State;
use db::Conn;
use deserr::Deserr;
use marketplace::Error;
use marketplace::error::Refusal;
use marketplace::reviews::{self, Moderation, Review};
use types::{FieldErrors, Line, ReviewId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::ModeratedReviewView;
use crate::App;
use crate::extract::{Admin, Body, FromQuery, Nothing, PageParams, Path, Query, QueryReader};
use crate::problem::Result;
use crate::respond::{List, Resource};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_to_moderate))
        .routes(routes!(hide))
        .routes(routes!(restore))
        .routes(routes!(dismiss))
}

/// What a moderator asks for.
struct ToModerate {
    which: Moderation,
    page: PageParams<i64>,
}

impl FromQuery for ToModerate {
    fn from_query(query: &mut QueryReader) -> Self {
        Self { which: query.optional("status").unwrap_or(Moderation::Reported), page: query.page() }
    }
}

/// Reviews to decide on, newest first: those with open reports, or those that are hidden.
#[utoipa::path(get, path = "/v1/admin/reviews", tag = "admin", security(("bearer" = [])),
    params(("status" = inline(Option<Moderation>), Query, description = "`reported` unless `hidden`"),
        ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = List<ModeratedReviewView>), (status = 403, description = "`forbidden`"),
        (status = 422, description = "`invalid`")))]
async fn list_to_moderate(
    State(app): State<App>,
    _admin: Admin,
    Query(query): Query<ToModerate>,
) -> Result<List<ModeratedReviewView>> {
    let mut conn = app.read().await?;
    let ToModerate { which, page } = query;
    let after = page.after.map(ReviewId::from_i64);
    let page = reviews::to_moderate(&mut conn, which, (page.limit, after)).await?;
    let ids: Vec<ReviewId> = page.entries.iter().map(|review| review.id).collect();
    let reports = reviews::reports(&mut conn, &ids).await?;
    let page = page.map(|review| ModeratedReviewView::of(review, &reports));
    Ok(List::of(page.map_place(ReviewId::as_i64)))
}

/// Why a review is hidden.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = hide_review, example = json!({"reason": "Insults the seller"}))]
struct HideReview {
    /// In words.
    reason: Line<500>,
}

async fn require(conn: &mut Conn, id: ReviewId) -> Result<(), Error> {
    reviews::find(conn, id).await?.map(|_| ()).ok_or_else(|| Refusal::NotFound.into())
}

fn shown(review: Review) -> Resource<ModeratedReviewView> {
    // Every decision ends its open reports.
    Resource(ModeratedReviewView::of(review, &[]))
}

/// Hide a review: it is seen by nobody else and does not count. Its reports are decided.
#[utoipa::path(post, path = "/v1/admin/reviews/{id}/hide", tag = "admin", security(("bearer" = [])),
    request_body = HideReview, params(("id" = ReviewId, Path)),
    responses((status = 200, body = ModeratedReviewView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 409, description = "`invalid_transition`"),
        (status = 422, description = "`invalid`")))]
async fn hide(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(id): Path<ReviewId>,
    body: Body<HideReview>,
) -> Result<Resource<ModeratedReviewView>> {
    require(&mut app.read().await?, id).await?;
    let HideReview { reason } = body.parse()?;
    app.write(async move |tx, market| reviews::hide(tx, market, caller.user, (id, &reason)).await)
        .await
        .map(shown)
}

/// Show a hidden review again.
#[utoipa::path(post, path = "/v1/admin/reviews/{id}/restore", tag = "admin", security(("bearer" = [])),
    params(("id" = ReviewId, Path)),
    responses((status = 200, body = ModeratedReviewView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 409, description = "`invalid_transition`")))]
async fn restore(
    State(app): State<App>,
    _admin: Admin,
    Path(id): Path<ReviewId>,
    body: Body<Nothing>,
) -> Result<Resource<ModeratedReviewView>> {
    require(&mut app.read().await?, id).await?;
    body.parse_or_default()?;
    app.write(async move |tx, market| reviews::restore(tx, market, id).await).await.map(shown)
}

/// Leave a reported review as it is: its reports are decided.
#[utoipa::path(post, path = "/v1/admin/reviews/{id}/dismiss-reports", tag = "admin", security(("bearer" = [])),
    params(("id" = ReviewId, Path)),
    responses((status = 200, body = ModeratedReviewView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`")))]
async fn dismiss(
    State(app): State<App>,
    _admin: Admin,
    Path(id): Path<ReviewId>,
    body: Body<Nothing>,
) -> Result<Resource<ModeratedReviewView>> {
    require(&mut app.read().await?, id).await?;
    body.parse_or_default()?;
    app.write(async move |tx, market| reviews::dismiss_reports(tx, market, id).await).await.map(shown)
}
