//! The caller's address book.

use axum::extract::State;
use deserr::Deserr;
use marketplace::accounts::{self, Address, PostalAddress};
use marketplace::error::Refusal;
use marketplace::{Caller, Error};
use serde::Serialize;
use types::{AddressId, Country, FieldErrors, Line, Patch, Present};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::extract::{Body, IfMatch, PageParams, Path, Query, User};
use crate::problem::Result;
use crate::respond::{Created, List, NoContent, Resource, check_if_match};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_addresses, add_address)).routes(routes!(
        address,
        edit_address,
        remove_address
    ))
}

/// An entry of the address book.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = address)]
pub(crate) struct AddressView {
    id: AddressId,
    #[serde(flatten)]
    postal: PostalAddress,
    /// Whether it is taken unless another is named.
    is_default: bool,
}

impl From<Address> for AddressView {
    fn from(address: Address) -> Self {
        let is_default = address.default_since.is_some();
        Self { id: address.id, postal: address.postal, is_default }
    }
}

/// A new address.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = new_address, example = json!({
    "name": "Ana Souza", "phone": "+55 11 91234-5678", "line1": "Rua Augusta 1500", "line2": "Apto 12",
    "city": "São Paulo", "region": "SP", "postal_code": "01304-001", "country": "BR", "is_default": true
}))]
struct NewAddress {
    name: Line<50>,
    phone: Line<50>,
    line1: Line<200>,
    #[deserr(default)]
    line2: Option<Line<200>>,
    city: Line<200>,
    #[deserr(default)]
    region: Option<Line<200>>,
    postal_code: Line<50>,
    country: Country,
    /// The first address is the default anyway.
    #[deserr(default)]
    is_default: Option<bool>,
}

impl NewAddress {
    fn into_postal(self) -> PostalAddress {
        let Self { name, phone, line1, line2, city, region, postal_code, country, .. } = self;
        PostalAddress { name, phone, line1, line2, city, region, postal_code, country }
    }
}

/// What changes in an address.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = edit_address, example = json!({ "line2": null, "is_default": true }))]
struct EditAddress {
    #[deserr(default)]
    #[schema(required = false)]
    name: Present<Line<50>>,
    #[deserr(default)]
    #[schema(required = false)]
    phone: Present<Line<50>>,
    #[deserr(default)]
    #[schema(required = false)]
    line1: Present<Line<200>>,
    #[deserr(default)]
    #[schema(required = false)]
    line2: Patch<Line<200>>,
    #[deserr(default)]
    #[schema(required = false)]
    city: Present<Line<200>>,
    #[deserr(default)]
    #[schema(required = false)]
    region: Patch<Line<200>>,
    #[deserr(default)]
    #[schema(required = false)]
    postal_code: Present<Line<50>>,
    #[deserr(default)]
    #[schema(required = false)]
    country: Present<Country>,
    /// The default is passed on by making another address the default; `false` leaves it where it is.
    #[deserr(default)]
    #[schema(required = false)]
    is_default: Present<bool>,
}

impl EditAddress {
    fn apply(self, before: PostalAddress) -> PostalAddress {
        PostalAddress {
            name: self.name.or(before.name),
            phone: self.phone.or(before.phone),
            line1: self.line1.or(before.line1),
            line2: self.line2.apply(before.line2),
            city: self.city.or(before.city),
            region: self.region.apply(before.region),
            postal_code: self.postal_code.or(before.postal_code),
            country: self.country.or(before.country),
        }
    }
}

/// The caller's addresses, the newest first.
#[utoipa::path(get, path = "/v1/me/addresses", tag = "me", security(("bearer" = [])),
    params(("limit" = Option<i64>, Query, description = "1 to 100, 20 unless given"), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = List<AddressView>)))]
async fn list_addresses(
    State(app): State<App>,
    User(caller): User,
    Query(page): Query<PageParams<i64>>,
) -> Result<List<AddressView>> {
    let mut conn = app.read().await?;
    let page = accounts::list_addresses(&mut conn, caller.user, page.after, page.limit).await?;
    Ok(List::of(page.map(AddressView::from)))
}

/// Adds an address.
#[utoipa::path(post, path = "/v1/me/addresses", tag = "me", security(("bearer" = [])), request_body = NewAddress,
    responses((status = 201, body = AddressView), (status = 409, description = "`address_book_full`: 100 at most")))]
async fn add_address(
    State(app): State<App>,
    User(caller): User,
    body: Body<NewAddress>,
) -> Result<Created<AddressView>> {
    let new = body.parse()?;
    let added = app.write(async move |tx, market| {
        let wants_default = new.is_default == Some(true);
        accounts::add_address(tx, market, caller.user, new.clone().into_postal(), wants_default).await
    });
    Ok(Created(added.await?.into()))
}

async fn find(app: &App, caller: Caller, id: AddressId) -> Result<Address> {
    let found = accounts::find_address(&mut app.read().await?, caller.user, id).await?;
    Ok(found.ok_or(Refusal::NotFound).map_err(Error::from)?)
}

/// An address of the caller.
#[utoipa::path(get, path = "/v1/me/addresses/{id}", tag = "me", security(("bearer" = [])),
    params(("id" = AddressId, Path)),
    responses((status = 200, body = AddressView), (status = 404, description = "`not_found`")))]
async fn address(
    State(app): State<App>,
    User(caller): User,
    Path(id): Path<AddressId>,
) -> Result<Resource<AddressView>> {
    Ok(Resource(find(&app, caller, id).await?.into()))
}

/// Changes an address. Orders keep the one they were made with.
#[utoipa::path(patch, path = "/v1/me/addresses/{id}", tag = "me", security(("bearer" = [])),
    params(("id" = AddressId, Path)), request_body = EditAddress, responses(
    (status = 200, body = AddressView),
    (status = 404, description = "`not_found`"),
    (status = 412, description = "`precondition_failed`")))]
async fn edit_address(
    State(app): State<App>,
    User(caller): User,
    Path(id): Path<AddressId>,
    if_match: IfMatch,
    body: Body<EditAddress>,
) -> Result<Resource<AddressView>> {
    find(&app, caller, id).await?;
    let edit = body.parse()?;
    let changed = app.write(async move |tx, market| {
        let before = accounts::lock_address(tx, caller.user, id).await?;
        check_if_match(if_match.0.as_deref(), &AddressView::from(before.clone()))?;
        let wants_default = edit.is_default.0 == Some(true);
        let postal = edit.clone().apply(before.postal.clone());
        accounts::change_address(tx, market, caller.user, before, postal, wants_default).await
    });
    Ok(Resource(changed.await?.into()))
}

/// Removes an address. If it was the default, the newest of the others becomes it.
#[utoipa::path(delete, path = "/v1/me/addresses/{id}", tag = "me", security(("bearer" = [])),
    params(("id" = AddressId, Path)), responses(
    (status = 204, description = "it is gone"),
    (status = 404, description = "`not_found`"),
    (status = 412, description = "`precondition_failed`")))]
async fn remove_address(
    State(app): State<App>,
    User(caller): User,
    Path(id): Path<AddressId>,
    if_match: IfMatch,
) -> Result<NoContent> {
    app.write(async move |tx, market| {
        let before = accounts::lock_address(tx, caller.user, id).await?;
        check_if_match(if_match.0.as_deref(), &AddressView::from(before))?;
        accounts::remove_address(tx, market, caller.user, id).await
    })
    .await?;
    Ok(NoContent)
}
