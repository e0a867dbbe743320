//! What sellers say to the reviews of their products.

use axum::extract::State;
use db::Conn;
use deserr::Deserr;
use marketplace::catalog::products;
use marketplace::error::Refusal;
use marketplace::reviews;
use marketplace::{Caller, Error};
use types::{FieldErrors, Prose, ReviewId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::{ReviewView, VendorReviewView};
use crate::extract::{Body, FromQuery, PageParams, Path, Query, QueryReader, User, VendorMember};
use crate::problem::Result;
use crate::respond::{List, NoContent, Resource};
use crate::{App, acting};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(of_vendor)).routes(routes!(answer, withdraw))
}

/// What is asked of a shop's reviews.
struct OwnReviews {
    answered: Option<bool>,
    page: PageParams<i64>,
}

impl FromQuery for OwnReviews {
    fn from_query(query: &mut QueryReader) -> Self {
        Self { answered: query.optional("answered"), page: query.page() }
    }
}

/// The reviews of the shop's products, newest first.
#[utoipa::path(get, path = "/v1/vendor/reviews", tag = "reviews", security(("bearer" = [])),
    params(("vendor" = Option<String>, Query, description = "The shop, for members of several: id or slug"),
        ("answered" = Option<bool>, Query, description = "`false`: those without an answer"),
        ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = List<VendorReviewView>), (status = 403, description = "`forbidden`"),
        (status = 422, description = "`invalid`")))]
async fn of_vendor(
    State(app): State<App>,
    VendorMember(by): VendorMember,
    Query(query): Query<OwnReviews>,
) -> Result<List<VendorReviewView>> {
    let mut conn = app.read().await?;
    let OwnReviews { answered, page } = query;
    let after = page.after.map(ReviewId::from_i64);
    let page = reviews::of_vendor(&mut conn, by.vendor, answered, (page.limit, after)).await?;
    Ok(List::of(page.map(VendorReviewView::from).map_place(ReviewId::as_i64)))
}

/// Refuses who is not a member of the shop whose product the review is of.
async fn require_member(conn: &mut Conn, caller: Caller, id: ReviewId) -> Result<(), Error> {
    let review = reviews::find(conn, id).await?.ok_or(Refusal::NotFound)?;
    acting::as_member(products::membership_for(conn, caller.user, review.vendor).await?);
    Ok(())
}

/// What a seller says to a review.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = new_review_answer, example = json!({"answer": "Thank you! We sent you a larger one."}))]
struct AnswerReview {
    /// The text, which everybody reads below the review.
    answer: Prose<5000>,
}

/// Answer a review of the shop's product; replaces the answer before.
#[utoipa::path(put, path = "/v1/vendor/reviews/{id}/answer", tag = "reviews", security(("bearer" = [])),
    request_body = AnswerReview, params(("id" = ReviewId, Path)),
    responses((status = 200, body = ReviewView), (status = 403, description = "`not_owner`, `forbidden`"),
        (status = 404, description = "`not_found`"), (status = 422, description = "`invalid`")))]
async fn answer(
    State(app): State<App>,
    User(caller): User,
    Path(id): Path<ReviewId>,
    body: Body<AnswerReview>,
) -> Result<Resource<ReviewView>> {
    require_member(&mut app.read().await?, caller, id).await?;
    let AnswerReview { answer } = body.parse()?;
    let review =
        app.write(async move |tx, market| reviews::answer(tx, market, id, Some(&answer)).await).await?;
    Ok(Resource(review.into()))
}

/// Take the shop's answer back.
#[utoipa::path(delete, path = "/v1/vendor/reviews/{id}/answer", tag = "reviews", security(("bearer" = [])),
    params(("id" = ReviewId, Path)),
    responses((status = 204), (status = 403, description = "`not_owner`, `forbidden`"),
        (status = 404, description = "`not_found`")))]
async fn withdraw(State(app): State<App>, User(caller): User, Path(id): Path<ReviewId>) -> Result<NoContent> {
    require_member(&mut app.read().await?, caller, id).await?;
    app.write(async move |tx, market| reviews::answer(tx, market, id, None).await).await?;
    Ok(NoContent)
}
