//! Products.

mod asked;
mod card;
mod facets;
mod list;
mod own;
mod request;
mod shelf;
mod view;

pub(crate) use card::CardView;
pub(crate) use request::NewVariantBody;
pub(crate) use shelf::Shelf;
pub(crate) use view::{
    Audience, MOST_SHOWN, PictureView, ProductView, VariantView, media_url, show, show_variant,
};

use axum::extract::State;
use axum::http::StatusCode;
use db::Tx;
use marketplace::catalog::CatalogError;
use marketplace::catalog::products::{self, ProductRef};
use marketplace::idempotency::Keep;
use marketplace::vendors::{self, Membership, VendorStatus};
use marketplace::{Caller, Error, Market};
use types::{FieldErrors, ProductId, VendorId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answers::{Kept, Key};
use crate::extract::{
    Body, FromQuery, IdempotencyKey, IfMatch, MaybeUser, OwnProduct, Path, Query, QueryReader, User,
    require_members_factor,
};
use crate::freshness::Subject;
use crate::problem::{Problem, Result};
use crate::respond::{NoContent, Once, Ready, Resource, check_if_match};
use crate::{App, acting};
use request::{CreateProduct, UpdateProduct};
use view::show_until;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create))
        .routes(routes!(find, update, archive))
        .merge(list::routes())
        .merge(own::routes())
}

/// The shop that a member of several names in the query.
struct Shop(Option<vendors::VendorRef>);

impl FromQuery for Shop {
    fn from_query(query: &mut QueryReader) -> Self {
        Self(query.optional("vendor"))
    }
}

/// Make a product: a draft, unless `status` is `published`. Its stock is the first stock movement.
#[utoipa::path(post, path = "/v1/products", tag = "catalogue", security(("bearer" = [])),
    request_body = CreateProduct,
    params(("vendor" = Option<String>, Query, description = "The shop, for members of several: id or slug")),
    responses((status = 201, body = ProductView),
        (status = 403, description = "`vendor_not_accepted`, `forbidden`, `not_owner`"),
        (status = 409, description = "`sku_taken`")))]
async fn create(
    State(app): State<App>,
    User(caller): User,
    Query(Shop(shop)): Query<Shop>,
    key: IdempotencyKey,
    body: Body<CreateProduct>,
) -> Result<Once> {
    let named = body.peek("vendor_id").and_then(|text| text.parse().ok());
    let by = shop_of(&app, caller, shop, named).await?;
    let (request, parts) = body.parse_checked(CreateProduct::check)?;
    let new = request.into_product()?;
    let key = key.bind(&caller.user.to_string(), &parts, Keep::Day);
    app.write_once(key, StatusCode::CREATED, async move |tx, market| {
        let product = products::create(tx, market, &by, &new).await?;
        show(tx, market, product, Audience::Members).await
    })
    .await
}

/// The open shop for which somebody makes a product.
async fn shop_of(
    app: &App,
    caller: Caller,
    shop: Option<vendors::VendorRef>,
    named: Option<VendorId>,
) -> Result<Membership> {
    let mut conn = app.read().await?;
    let by = match named {
        Some(vendor) if vendors::find(&mut conn, vendor).await?.is_some() => {
            products::membership_for(&mut conn, caller.user, vendor).await?
        }
        Some(_) => {
            // Whoever sells nowhere learns nothing of which shops there are.
            vendors::membership(&mut conn, caller.user, shop.as_ref()).await?;
            return Err(FieldErrors::one("/vendor_id", "not_found", "there is no such shop").into());
        }
        None if shop.is_some() => vendors::membership(&mut conn, caller.user, shop.as_ref()).await?,
        None => {
            let only = vendors::only_membership(&mut conn, caller.user).await?;
            let detail = "you belong to several shops: name one as `vendor_id`";
            only.ok_or_else(|| Error::invalid("/vendor_id", "required", detail))?
        }
    };
    require_members_factor(app, &caller)?;
    if by.status == VendorStatus::Accepted {
        acting::as_member(by);
        Ok(by)
    } else {
        Err(Error::from(CatalogError::VendorNotAccepted).into())
    }
}

/// A product, by its identifier or slug. Drafts are there for the shop's members only.
#[utoipa::path(get, path = "/v1/products/{id}", tag = "catalogue", security((), ("bearer" = [])),
    params(("id" = String, Path, description = "Identifier or slug")),
    responses((status = 200, body = ProductView), (status = 404, description = "`not_found`"),
        (status = 410, description = "`gone`")))]
async fn find(
    State(app): State<App>,
    MaybeUser(caller): MaybeUser,
    Path(named): Path<ProductRef>,
    key: Key,
) -> Result<Ready> {
    if let Some(kept) = app.answers().find(&key)
        && sees_only_the_public(&app, caller, kept.vendor).await?
    {
        return Ok(kept.answer.clone());
    }
    let since = app.answers().moment();
    let mut conn = app.read().await?;
    let product = products::find(&mut conn, &named).await?.ok_or_else(Problem::not_found)?;
    let audience = audience(&mut conn, caller, product.vendor).await?;
    product.check_seen(audience == Audience::Members).map_err(Error::from)?;
    let (id, vendor) = (product.id, product.vendor);
    let (view, until) = show_until(&mut conn, app.market(), product, audience).await?;
    let answer = Ready::of(&view);
    if audience == Audience::Public {
        let mut shows = vec![Subject::Product(id), Subject::Vendor(vendor), Subject::Categories];
        shows.extend(view.variants().map(Subject::Stock));
        return Ok(app.answers().keep(key, Kept { answer, vendor: Some(vendor), shows, until, since }));
    }
    Ok(answer)
}

/// Whether a caller sees of this shop's products what everybody sees.
async fn sees_only_the_public(app: &App, caller: Option<Caller>, vendor: Option<VendorId>) -> Result<bool> {
    let (Some(caller), Some(vendor)) = (caller, vendor) else { return Ok(caller.is_none()) };
    let mut conn = app.read().await?;
    Ok(audience(&mut conn, Some(caller), vendor).await? == Audience::Public)
}

/// As whom a caller looks at a product.
pub(crate) async fn audience(
    conn: &mut db::Conn,
    caller: Option<Caller>,
    vendor: VendorId,
) -> Result<Audience, Error> {
    let Some(caller) = caller else { return Ok(Audience::Public) };
    let is_member = caller.is_admin || vendors::role_in(conn, caller.user, vendor).await?.is_some();
    Ok(if is_member { Audience::Members } else { Audience::Public })
}

/// Change a product. Price, discount, SKU and weight are those of its default variant; `status` can
/// publish it.
#[utoipa::path(patch, path = "/v1/products/{id}", tag = "catalogue", security(("bearer" = [])),
    request_body = UpdateProduct,
    params(("id" = String, Path, description = "Identifier or slug")),
    responses((status = 200, body = ProductView),
        (status = 403, description = "`not_owner`, `vendor_not_accepted`, `forbidden`"),
        (status = 404, description = "`not_found`"), (status = 410, description = "`gone`"),
        (status = 409, description = "`invalid_transition`, `sku_taken`, `slug_taken`"),
        (status = 412, description = "`precondition_failed`")))]
async fn update(
    State(app): State<App>,
    own: OwnProduct,
    if_match: IfMatch,
    body: Body<UpdateProduct>,
) -> Result<Resource<ProductView>> {
    let changes = body.parse()?;
    app.write(async move |tx, market| {
        check_unchanged(tx, market, own.product.id, &if_match).await?;
        let product = products::update(tx, market, own.product.id, changes.clone().into()).await?;
        show(tx, market, product, Audience::Members).await
    })
    .await
    .map(Resource)
}

/// Archive a product: it is no longer offered, and its links answer 410.
#[utoipa::path(delete, path = "/v1/products/{id}", tag = "catalogue", security(("bearer" = [])),
    params(("id" = String, Path, description = "Identifier or slug")),
    responses((status = 204), (status = 403, description = "`not_owner`, `forbidden`"),
        (status = 404, description = "`not_found`"), (status = 410, description = "`gone`"),
        (status = 412, description = "`precondition_failed`")))]
async fn archive(State(app): State<App>, own: OwnProduct, if_match: IfMatch) -> Result<NoContent> {
    app.write(async move |tx, market| {
        check_unchanged(tx, market, own.product.id, &if_match).await?;
        products::archive(tx, market, own.product.id).await
    })
    .await?;
    Ok(NoContent)
}

/// Locks a product for a change, and refuses as `precondition_failed` when the caller knows an older state.
pub(crate) async fn check_unchanged(
    tx: &mut Tx,
    market: &Market,
    product: ProductId,
    if_match: &IfMatch,
) -> Result<(), Error> {
    let before = products::open(tx, product).await?;
    if if_match.0.is_none() {
        return Ok(());
    }
    let current = show(tx, market, before, Audience::Members).await?;
    check_if_match(if_match.0.as_deref(), &current)
}
