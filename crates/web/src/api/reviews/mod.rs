//! What buyers think of products: read by all, written by those whom the product reached.

mod answers;
mod moderation;
mod view;

use axum::extract::State;
use db::Conn;
use deserr::Deserr;
use marketplace::catalog::products::{self, Product, ProductRef};
use marketplace::error::Refusal;
use marketplace::reviews::{self, Delivered, NewReview, Review, ReviewChanges};
use marketplace::{Caller, Error, vendors};
use types::{FieldErrors, Line, Patch, Present, Prose, ReviewId, Stars};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::products::{Audience, audience};
use crate::App;
use crate::extract::{Body, IfMatch, MaybeUser, PageParams, Path, Query, User};
use crate::problem::Result;
use crate::respond::{Created, List, NoContent, Resource, check_if_match};
use view::ReportView;

pub(crate) use view::ReviewView;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, write))
        .routes(routes!(find, edit, remove))
        .routes(routes!(report))
        .merge(answers::routes())
        .merge(moderation::routes())
}

/// The product, when the caller may see it.
async fn seen(conn: &mut Conn, caller: Option<Caller>, named: &ProductRef) -> Result<Product, Error> {
    let product = products::find(conn, named).await?.ok_or(Refusal::NotFound)?;
    let audience = audience(conn, caller, product.vendor).await?;
    product.check_seen(audience == Audience::Members)?;
    Ok(product)
}

/// The reviews of a product, newest first.
#[utoipa::path(get, path = "/v1/products/{id}/reviews", tag = "reviews", security((), ("bearer" = [])),
    params(("id" = String, Path, description = "The product's identifier or slug"),
        ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = List<ReviewView>), (status = 404, description = "`not_found`"),
        (status = 410, description = "`gone`"), (status = 422, description = "`invalid`")))]
async fn list(
    State(app): State<App>,
    MaybeUser(caller): MaybeUser,
    Path(named): Path<ProductRef>,
    Query(page): Query<PageParams<i64>>,
) -> Result<List<ReviewView>> {
    let mut conn = app.read().await?;
    let product = seen(&mut conn, caller, &named).await?;
    let after = page.after.map(ReviewId::from_i64);
    let page = reviews::of_product(&mut conn, product.id, page.limit, after).await?;
    Ok(List::of(page.map(ReviewView::from).map_place(ReviewId::as_i64)))
}

/// A review to be written.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = new_review, example = json!({"rating": 5, "title": "Fits well", "body": "And it is warm."}))]
struct WriteReview {
    /// 1 to 5 stars.
    rating: Stars,
    /// Heading.
    #[deserr(default)]
    title: Option<Line<120>>,
    /// Text.
    #[deserr(default)]
    body: Option<Prose<5000>>,
}

impl From<WriteReview> for NewReview {
    fn from(body: WriteReview) -> Self {
        let WriteReview { rating, title, body } = body;
        Self { stars: rating, title, body }
    }
}

/// Review a product that was delivered to the caller, once.
#[utoipa::path(post, path = "/v1/products/{id}/reviews", tag = "reviews", security(("bearer" = [])),
    request_body = WriteReview,
    params(("id" = String, Path, description = "The product's identifier or slug")),
    responses((status = 201, body = ReviewView), (status = 403, description = "`not_purchased`"),
        (status = 404, description = "`not_found`"), (status = 410, description = "`gone`"),
        (status = 409, description = "`already_reviewed`"), (status = 422, description = "`invalid`")))]
async fn write(
    State(app): State<App>,
    User(caller): User,
    Path(named): Path<ProductRef>,
    body: Body<WriteReview>,
) -> Result<Created<ReviewView>> {
    let mut conn = app.read().await?;
    let product = seen(&mut conn, Some(caller), &named).await?;
    let delivered = Delivered::prove(&mut conn, caller.user, &product).await?;
    drop(conn);
    let new = NewReview::from(body.parse()?);
    let review =
        app.write(async move |tx, market| reviews::write(tx, market, &delivered, &new).await).await?;
    Ok(Created(review.into()))
}

/// One review.
#[utoipa::path(get, path = "/v1/reviews/{id}", tag = "reviews", security((), ("bearer" = [])),
    params(("id" = ReviewId, Path)),
    responses((status = 200, body = ReviewView), (status = 404, description = "`not_found`")))]
async fn find(
    State(app): State<App>,
    MaybeUser(caller): MaybeUser,
    Path(id): Path<ReviewId>,
) -> Result<Resource<ReviewView>> {
    let mut conn = app.read().await?;
    let review = reviews::find(&mut conn, id).await?.ok_or(Error::from(Refusal::NotFound))?;
    if review.hidden_at.is_some() && !knows_hidden(&mut conn, caller, &review).await? {
        return Err(Error::from(Refusal::NotFound).into());
    }
    Ok(Resource(review.into()))
}

/// Whether the caller sees a hidden review: its author, the shop's members, the operators.
async fn knows_hidden(conn: &mut Conn, caller: Option<Caller>, review: &Review) -> Result<bool, Error> {
    let Some(caller) = caller else { return Ok(false) };
    Ok(caller.is_admin
        || caller.user == review.user
        || vendors::role_in(conn, caller.user, review.vendor).await?.is_some())
}

/// Changes of a review.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = review_changes, example = json!({"rating": 4, "body": "It shrank."}))]
struct EditReview {
    /// 1 to 5 stars.
    #[deserr(default)]
    rating: Present<Stars>,
    /// Heading.
    #[deserr(default)]
    title: Patch<Line<120>>,
    /// Text.
    #[deserr(default)]
    body: Patch<Prose<5000>>,
}

impl From<EditReview> for ReviewChanges {
    fn from(body: EditReview) -> Self {
        let EditReview { rating, title, body } = body;
        Self { stars: rating, title, body }
    }
}

/// The author's own review, or why it can't be changed: told before the body is looked at.
async fn require_own(conn: &mut Conn, caller: Caller, id: ReviewId) -> Result<Review, Error> {
    let review = reviews::find(conn, id).await?.ok_or(Refusal::NotFound)?;
    match review.hidden_at {
        _ if review.user == caller.user => Ok(review),
        None => Err(Refusal::Forbidden.into()),
        Some(_) => Err(Refusal::NotFound.into()),
    }
}

/// Change a review of the caller's own.
#[utoipa::path(patch, path = "/v1/reviews/{id}", tag = "reviews", security(("bearer" = [])),
    request_body = EditReview, params(("id" = ReviewId, Path)),
    responses((status = 200, body = ReviewView), (status = 403, description = "`forbidden`: somebody else's"),
        (status = 404, description = "`not_found`"), (status = 412, description = "`precondition_failed`"),
        (status = 422, description = "`invalid`")))]
async fn edit(
    State(app): State<App>,
    User(caller): User,
    Path(id): Path<ReviewId>,
    if_match: IfMatch,
    body: Body<EditReview>,
) -> Result<Resource<ReviewView>> {
    require_own(&mut app.read().await?, caller, id).await?;
    let changes = ReviewChanges::from(body.parse()?);
    let review = app
        .write(async move |tx, market| {
            let before = require_own(tx, caller, id).await?;
            check_if_match(if_match.0.as_deref(), &ReviewView::from(before))?;
            reviews::edit(tx, market, caller.user, (id, &changes)).await
        })
        .await?;
    Ok(Resource(review.into()))
}

/// Delete a review of the caller's own.
#[utoipa::path(delete, path = "/v1/reviews/{id}", tag = "reviews", security(("bearer" = [])),
    params(("id" = ReviewId, Path)),
    responses((status = 204), (status = 403, description = "`forbidden`: somebody else's"),
        (status = 404, description = "`not_found`"), (status = 412, description = "`precondition_failed`")))]
async fn remove(
    State(app): State<App>,
    User(caller): User,
    Path(id): Path<ReviewId>,
    if_match: IfMatch,
) -> Result<NoContent> {
    app.write(async move |tx, market| {
        let before = require_own(tx, caller, id).await?;
        check_if_match(if_match.0.as_deref(), &ReviewView::from(before))?;
        reviews::delete(tx, market, caller.user, id).await
    })
    .await?;
    Ok(NoContent)
}

/// Why a review should not be there.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = new_review_report, example = json!({"reason": "It is an advertisement"}))]
struct ReportReview {
    /// In words.
    reason: Line<500>,
}

/// Tell the operators that a review should not be there.
#[utoipa::path(post, path = "/v1/reviews/{id}/reports", tag = "reviews", security(("bearer" = [])),
    request_body = ReportReview, params(("id" = ReviewId, Path)),
    responses((status = 201, body = ReportView), (status = 404, description = "`not_found`"),
        (status = 409, description = "`already_reported`"), (status = 422, description = "`invalid`")))]
async fn report(
    State(app): State<App>,
    User(caller): User,
    Path(id): Path<ReviewId>,
    body: Body<ReportReview>,
) -> Result<Created<ReportView>> {
    let found = reviews::find(&mut app.read().await?, id).await?;
    if found.is_none_or(|review| review.hidden_at.is_some()) {
        return Err(Error::from(Refusal::NotFound).into());
    }
    let ReportReview { reason } = body.parse()?;
    let report = app
        .write(async move |tx, market| reviews::report(tx, market, caller.user, (id, &reason)).await)
        .await?;
    Ok(Created(report.into()))
}
