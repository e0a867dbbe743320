//! Shops: applying, showing, editing, and who works in them.

use axum::extract::State;
use db::Conn;
use marketplace::error::Refusal;
use marketplace::settings::Fulfilment;
use marketplace::vendors::{self, Application, Changes, Role, Vendor, VendorRef, VendorStatus};
use marketplace::{Caller, Error, Settings};
use serde::Serialize;
use types::{Rating, Timestamp, UserId, VendorId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::products::PictureView;
use crate::answers::{Kept, Key};
use crate::extract::{Body, IfMatch, MaybeUser, PageParams, Path, Query, User, require_members_factor};
use crate::freshness::Subject;
use crate::problem::Result;
use crate::respond::{Created, List, Ready, Resource, check_if_match};
use crate::{App, acting};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(apply, list)).routes(routes!(show, edit)).routes(routes!(mine))
}

/// What only a vendor's members and admins see; left out for everybody else.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Inside<T> {
    Hidden,
    Shown(T),
}

impl<T> Inside<T> {
    const fn is_hidden(&self) -> bool {
        matches!(self, Self::Hidden)
    }
}

/// A vendor. What only its members and admins see is left out for everybody else.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = vendor)]
pub(crate) struct VendorView {
    /// Identifier.
    id: VendorId,
    /// Name in addresses.
    slug: String,
    /// Name.
    name: String,
    /// What it sells.
    description: String,
    /// Where it is.
    address: String,
    /// Its own web site.
    domain: Option<String>,
    /// Tax number.
    #[serde(skip_serializing_if = "Inside::is_hidden")]
    #[schema(value_type = Option<String>)]
    tax_number: Inside<Option<String>>,
    /// Where it stands.
    status: VendorStatus,
    /// Why it was rejected.
    rejection_reason: Option<String>,
    /// Why it is suspended.
    #[serde(skip_serializing_if = "Inside::is_hidden")]
    #[schema(value_type = Option<String>)]
    suspension_reason: Inside<Option<String>>,
    /// The marketplace's share of its sales in hundredths of a percent, its own or the general one.
    #[serde(skip_serializing_if = "Inside::is_hidden")]
    #[schema(value_type = Option<i64>)]
    commission_bps: Inside<i64>,
    /// Who brings its goods, by its own or the general rule.
    fulfilment: Fulfilment,
    /// What buyers think.
    rating: Rating,
    /// Where its logo is.
    logo_url: Option<String>,
    /// Its logo in all widths.
    logo: Option<PictureView>,
    /// How it ships, in its words.
    shipping_policy: Option<String>,
    /// What it takes back, in its words.
    return_policy: Option<String>,
    /// From when on it is closed: its products show, and can't be ordered.
    closed_from: Option<Timestamp>,
    /// When it opens again; `null` while nobody knows.
    closed_to: Option<Timestamp>,
    /// When it applied.
    created_at: Timestamp,
    /// When an admin last decided on it.
    reviewed_at: Option<Timestamp>,
    /// Which admin.
    #[serde(skip_serializing_if = "Inside::is_hidden")]
    #[schema(value_type = Option<UserId>)]
    reviewer_id: Inside<Option<UserId>>,
}

impl VendorView {
    /// As its members and admins see it.
    pub(crate) fn full(vendor: Vendor, settings: &Settings) -> Self {
        let tax_number = Inside::Shown(vendor.tax_number.clone());
        let suspension_reason = Inside::Shown(vendor.suspension_reason.clone());
        let commission_bps = Inside::Shown(vendor.commission_bps(settings));
        let reviewer_id = Inside::Shown(vendor.reviewer);
        Self { tax_number, suspension_reason, commission_bps, reviewer_id, ..Self::public(vendor, settings) }
    }

    /// As everybody sees it.
    pub(crate) fn public(vendor: Vendor, settings: &Settings) -> Self {
        let logo = vendor.logo.as_ref().map(|logo| PictureView::of(logo, settings));
        Self {
            logo_url: logo.as_ref().map(|logo| logo.url().to_owned()),
            logo,
            fulfilment: vendor.fulfilment(settings),
            rating: vendor.rating(),
            id: vendor.id,
            slug: vendor.slug,
            name: vendor.name,
            description: vendor.description,
            address: vendor.address,
            domain: vendor.domain,
            tax_number: Inside::Hidden,
            status: vendor.status,
            rejection_reason: vendor.rejection_reason,
            suspension_reason: Inside::Hidden,
            commission_bps: Inside::Hidden,
            created_at: vendor.created_at,
            reviewed_at: vendor.reviewed_at,
            shipping_policy: vendor.shipping_policy,
            return_policy: vendor.return_policy,
            closed_from: vendor.closed_from,
            closed_to: vendor.closed_to,
            reviewer_id: Inside::Hidden,
        }
    }
}

/// A shop or application of the caller.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = own_vendor)]
pub(crate) struct OwnVendor {
    /// The vendor.
    vendor: VendorView,
    /// What the caller is there.
    role: Role,
}

impl OwnVendor {
    /// A shop or application with the caller's role in it.
    pub(crate) fn of((vendor, role): (Vendor, Role), settings: &Settings) -> Self {
        Self { vendor: VendorView::full(vendor, settings), role }
    }
}

/// Apply as a vendor. It is pending until an admin decides.
#[utoipa::path(post, path = "/v1/vendors", tag = "vendors", security(("bearer" = [])),
    request_body = Application,
    responses((status = 201, body = VendorView),
        (status = 409, description = "`vendor_pending_exists`, `vendor_accepted_exists`, `vendor_recently_rejected`")))]
async fn apply(
    State(app): State<App>,
    User(caller): User,
    body: Body<Application>,
) -> Result<Created<VendorView>> {
    let application = body.parse()?;
    let user = caller.user;
    let vendor =
        app.write(async move |tx, market| vendors::enrol(tx, market, user, &application).await).await?;
    Ok(Created(VendorView::full(vendor, &app.market().settings)))
}

/// The accepted vendors, newest first.
#[utoipa::path(get, path = "/v1/vendors", tag = "vendors",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = List<VendorView>)))]
async fn list(State(app): State<App>, Query(page): Query<PageParams<i64>>, key: Key) -> Result<Ready> {
    if let Some(kept) = app.answers().find(&key) {
        return Ok(kept.answer.clone());
    }
    let since = app.answers().moment();
    let mut conn = app.read().await?;
    let after = page.after.map(VendorId::from_i64);
    let found = vendors::list_open(&mut conn, page.limit, after).await?;
    let settings = &app.market().settings;
    let found = found.map(|vendor| VendorView::public(vendor, settings)).map_place(VendorId::as_i64);
    let answer = Ready::of(&List::of(found));
    let shows = vec![Subject::Listings];
    Ok(app.answers().keep(key, Kept { answer, vendor: None, shows, until: None, since }))
}

/// A vendor by identifier or slug: an accepted one for everybody, any other for its members and admins.
#[utoipa::path(get, path = "/v1/vendors/{id}", tag = "vendors",
    params(("id" = String, Path, description = "Identifier or slug")),
    responses((status = 200, body = VendorView), (status = 404, description = "`not_found`")))]
async fn show(
    State(app): State<App>,
    MaybeUser(caller): MaybeUser,
    Path(named): Path<VendorRef>,
    key: Key,
) -> Result<Ready> {
    if caller.is_none()
        && let Some(kept) = app.answers().find(&key)
    {
        return Ok(kept.answer.clone());
    }
    let since = app.answers().moment();
    let mut conn = app.read().await?;
    let vendor = vendors::find_by(&mut conn, &named).await?.ok_or(Error::from(Refusal::NotFound))?;
    let settings = &app.market().settings;
    if knows_all(&mut conn, caller, vendor.id).await? {
        return Ok(Ready::of(&VendorView::full(vendor, settings)));
    }
    if !vendor.is_open() {
        return Err(Error::from(Refusal::NotFound).into());
    }
    let shows = vec![Subject::Vendor(vendor.id)];
    let answer = Ready::of(&VendorView::public(vendor, settings));
    Ok(app.answers().keep(key, Kept { answer, vendor: None, shows, until: None, since }))
}

/// Whether a caller sees all of a shop: its members do, and the admins.
async fn knows_all(conn: &mut Conn, caller: Option<Caller>, vendor: VendorId) -> Result<bool> {
    let Some(caller) = caller else { return Ok(false) };
    Ok(caller.is_admin || vendors::role_in(conn, caller.user, vendor).await?.is_some())
}

/// Change what the shop says of itself. For its owner and managers.
#[utoipa::path(patch, path = "/v1/vendors/{id}", tag = "vendors", security(("bearer" = [])),
    params(("id" = String, Path)), request_body = Changes,
    responses((status = 200, body = VendorView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 409, description = "`slug_taken`"),
        (status = 412, description = "`precondition_failed`")))]
async fn edit(
    State(app): State<App>,
    User(caller): User,
    Path(id): Path<VendorId>,
    if_match: IfMatch,
    body: Body<Changes>,
) -> Result<Resource<VendorView>> {
    let mut conn = app.read().await?;
    let member = vendors::authorise(&mut conn, caller.user, id, Role::may_edit_shop).await?;
    drop(conn);
    require_members_factor(&app, &caller)?;
    acting::as_member(member);
    let changes = body.parse()?;
    let view = app
        .write(async move |tx, market| {
            let before = vendors::lock(tx, id).await?.ok_or(Refusal::NotFound)?;
            vendors::authorise(tx, caller.user, id, Role::may_edit_shop).await?;
            let shown = VendorView::full(before.clone(), &market.settings);
            check_if_match(if_match.0.as_deref(), &shown)?;
            let after = vendors::edit(tx, market, &before, &changes).await?;
            Ok(VendorView::full(after, &market.settings))
        })
        .await?;
    Ok(Resource(view))
}

/// The caller's shops and applications, with the role in each, newest first.
#[utoipa::path(get, path = "/v1/me/vendors", tag = "vendors", security(("bearer" = [])),
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = List<OwnVendor>)))]
async fn mine(
    State(app): State<App>,
    User(caller): User,
    Query(page): Query<PageParams<i64>>,
) -> Result<List<OwnVendor>> {
    let mut conn = app.read().await?;
    let after = page.after.map(VendorId::from_i64);
    let found = vendors::of_user(&mut conn, caller.user, page.limit, after).await?;
    let settings = &app.market().settings;
    let entries = found.map(|found| OwnVendor::of(found, settings));
    Ok(List::of(entries.map_place(VendorId::as_i64)))
}
