//! Invitations into shops: the owner's, and those that somebody has got.

use axum::extract::State;
use deserr::Deserr;
use marketplace::error::Refusal;
use marketplace::vendors::{self, GivenRole, Invitation, Role};
use marketplace::{Caller, Error};
use serde::Serialize;
use types::{Email, FieldErrors, InvitationId, Timestamp, VendorId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::members::{MemberView, require_owner};
use crate::extract::{Body, PageParams, Path, Query, User};
use crate::problem::Result;
use crate::respond::{Created, List, NoContent, Resource};
use crate::{App, acting};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, invite))
        .routes(routes!(withdraw))
        .routes(routes!(mine))
        .routes(routes!(accept))
        .routes(routes!(decline))
}

/// An invitation into a shop.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = vendor_invitation)]
struct InvitationView {
    /// Identifier.
    id: InvitationId,
    /// The shop.
    vendor_id: VendorId,
    /// The shop's name.
    vendor_name: String,
    /// Who is invited.
    email: Email,
    /// As what.
    #[schema(value_type = Role)]
    role: GivenRole,
    /// Until when.
    expires_at: Timestamp,
    /// Since when.
    created_at: Timestamp,
}

impl From<Invitation> for InvitationView {
    fn from(invitation: Invitation) -> Self {
        let Invitation { id, vendor, vendor_name, email, role, expires_at, created_at } = invitation;
        Self { id, vendor_id: vendor, vendor_name, email, role, expires_at, created_at }
    }
}

/// Who is to be invited.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = new_vendor_invitation, example = json!({"email": "bo@example.com", "role": "staff"}))]
struct NewInvitation {
    /// Their e-mail address; they need no account yet.
    email: Email,
    /// What they may do.
    role: GivenRole,
}

/// The open invitations of a shop, newest first, for its owner.
#[utoipa::path(get, path = "/v1/vendors/{id}/invitations", tag = "vendors", security(("bearer" = [])),
    params(("id" = String, Path), ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = List<InvitationView>), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`")))]
async fn list(
    State(app): State<App>,
    User(caller): User,
    Path(vendor): Path<VendorId>,
    page: Result<Query<PageParams<i64>>>,
) -> Result<List<InvitationView>> {
    require_owner(&app, &caller, vendor).await?;
    let Query(page) = page?;
    let after = page.after.map(InvitationId::from_i64);
    let mut conn = app.read().await?;
    let found = vendors::invitations(&mut conn, app.market(), vendor, page.limit, after).await?;
    Ok(List::of(found.map(InvitationView::from).map_place(InvitationId::as_i64)))
}

/// Invite somebody into the shop by e-mail, who may not have an account yet. To invite again sends another
/// mail.
#[utoipa::path(post, path = "/v1/vendors/{id}/invitations", tag = "vendors", security(("bearer" = [])),
    params(("id" = String, Path)), request_body = NewInvitation,
    responses((status = 201, body = InvitationView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"),
        (status = 409, description = "`already_member`, `too_many_invitations`"),
        (status = 429, description = "`rate_limited`")))]
async fn invite(
    State(app): State<App>,
    User(caller): User,
    Path(vendor): Path<VendorId>,
    body: Body<NewInvitation>,
) -> Result<Created<InvitationView>> {
    let owner = require_owner(&app, &caller, vendor).await?;
    let NewInvitation { email, role } = body.parse()?;
    let (shop, recipient) = (vendor.to_string(), email.key());
    app.throttle(&[(vendors::INVITE_BY_VENDOR, &shop), (vendors::INVITE_BY_RECIPIENT, &recipient)]).await?;
    let invitation =
        app.write(async move |tx, market| vendors::invite(tx, market, &owner, &email, role).await).await?;
    Ok(Created(invitation.into()))
}

/// Take an invitation back.
#[utoipa::path(delete, path = "/v1/vendors/{id}/invitations/{invitation}", tag = "vendors",
    security(("bearer" = [])),
    params(("id" = String, Path), ("invitation" = InvitationId, Path)),
    responses((status = 204), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`")))]
async fn withdraw(
    State(app): State<App>,
    User(caller): User,
    Path((vendor, invitation)): Path<(VendorId, InvitationId)>,
) -> Result<NoContent> {
    require_owner(&app, &caller, vendor).await?;
    app.write(async move |tx, _| vendors::withdraw_invitation(tx, vendor, invitation).await).await?;
    Ok(NoContent)
}

/// The open invitations for the caller's e-mail address, newest first.
#[utoipa::path(get, path = "/v1/me/invitations", tag = "vendors", security(("bearer" = [])),
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = List<InvitationView>)))]
async fn mine(
    State(app): State<App>,
    User(caller): User,
    Query(page): Query<PageParams<i64>>,
) -> Result<List<InvitationView>> {
    let after = page.after.map(InvitationId::from_i64);
    let mut conn = app.read().await?;
    let found = vendors::invitations_for(&mut conn, app.market(), caller.user, page.limit, after).await?;
    Ok(List::of(found.map(InvitationView::from).map_place(InvitationId::as_i64)))
}

/// Accept an invitation: the caller works in the shop from then on.
#[utoipa::path(post, path = "/v1/me/invitations/{id}/accept", tag = "vendors", security(("bearer" = [])),
    params(("id" = InvitationId, Path)),
    responses((status = 200, body = MemberView), (status = 404, description = "`not_found`"),
        (status = 409, description = "`already_member`")))]
async fn accept(
    State(app): State<App>,
    User(caller): User,
    Path(id): Path<InvitationId>,
) -> Result<Resource<MemberView>> {
    let invitation = own(&app, &caller, id).await?;
    acting::as_newcomer(caller.user, invitation.vendor, invitation.role.into());
    let member = app
        .write(async move |tx, market| {
            let vendor = vendors::accept_invitation(tx, market, caller.user, id).await?;
            Ok(vendors::find_member(tx, vendor, caller.user).await?.ok_or(Refusal::NotFound)?)
        })
        .await?;
    Ok(Resource(member.into()))
}

/// Turn an invitation down.
#[utoipa::path(delete, path = "/v1/me/invitations/{id}", tag = "vendors", security(("bearer" = [])),
    params(("id" = InvitationId, Path)),
    responses((status = 204), (status = 404, description = "`not_found`")))]
async fn decline(
    State(app): State<App>,
    User(caller): User,
    Path(id): Path<InvitationId>,
) -> Result<NoContent> {
    app.write(async move |tx, market| vendors::decline_invitation(tx, market, caller.user, id).await).await?;
    Ok(NoContent)
}

/// An open invitation for the caller's address.
async fn own(app: &App, caller: &Caller, id: InvitationId) -> Result<Invitation> {
    let mut conn = app.read().await?;
    let found = vendors::invitation_for(&mut conn, app.market(), caller.user, id).await?;
    found.ok_or_else(|| Error::from(Refusal::NotFound).into())
}
