//! Who works in a shop: its owner's list.

use axum::extract::State;
use deserr::Deserr;
use marketplace::error::Refusal;
use marketplace::vendors::{self, GivenRole, Member, Membership, Role};
use marketplace::{Caller, Error, accounts, throttle};
use serde::Serialize;
use types::{Email, FieldErrors, GivenPassword, Timestamp, UserId, VendorId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::reauthentication::at_current_password;
use super::vendors::VendorView;
use crate::extract::{Body, PageParams, Path, Query, User, require_members_factor};
use crate::problem::Result;
use crate::respond::{Created, List, NoContent, Resource};
use crate::{App, acting};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(change, remove)).routes(routes!(transfer))
}

/// Somebody who works in a shop.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = vendor_member)]
pub(crate) struct MemberView {
    /// The user.
    user_id: UserId,
    /// E-mail address.
    email: Email,
    /// First name.
    first_name: String,
    /// Last name.
    last_name: Option<String>,
    /// What they may do.
    role: Role,
    /// Since when.
    created_at: Timestamp,
}

impl From<Member> for MemberView {
    fn from(member: Member) -> Self {
        let Member { user, email, first_name, last_name, role, created_at } = member;
        Self { user_id: user, email, first_name, last_name, role, created_at }
    }
}

/// Who is to work in the shop.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = new_vendor_member, example = json!({"email": "bo@example.com", "role": "staff"}))]
struct NewMember {
    /// The address of somebody who has an account.
    email: Email,
    /// What they may do.
    role: GivenRole,
}

/// To whom the shop is handed over, and the proof that its owner wants it.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = vendor_transfer, example = json!({
    "user_id": "usr_0AXS751X00W7C", "current_password": "plum-kettle-orbit-42"
}))]
struct Transfer {
    /// Another member of the shop.
    user_id: UserId,
    /// The owner's password.
    current_password: GivenPassword,
}

/// A member's new role.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = vendor_member_changes, example = json!({"role": "manager"}))]
struct MemberChanges {
    /// What they may do.
    role: GivenRole,
}

fn owns(role: Role) -> bool {
    role == Role::Owner
}

/// Refuses everybody but the shop's owner, before the body is looked at.
pub(crate) async fn require_owner(app: &App, caller: &Caller, vendor: VendorId) -> Result<Membership> {
    let mut conn = app.read().await?;
    let owner = vendors::authorise(&mut conn, caller.user, vendor, owns).await?;
    require_members_factor(app, caller)?;
    acting::as_member(owner);
    Ok(owner)
}

/// The members of a shop, for its owner.
#[utoipa::path(get, path = "/v1/vendors/{id}/members", tag = "vendors", security(("bearer" = [])),
    params(("id" = String, Path), ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = List<MemberView>), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`")))]
async fn list(
    State(app): State<App>,
    User(caller): User,
    Path(vendor): Path<VendorId>,
    page: Result<Query<PageParams<i64>>>,
) -> Result<List<MemberView>> {
    require_owner(&app, &caller, vendor).await?;
    let Query(page) = page?;
    let mut conn = app.read().await?;
    let after = page.after.map(UserId::from_i64);
    let found = vendors::members(&mut conn, vendor, page.limit, after).await?;
    Ok(List::of(found.map(MemberView::from).map_place(UserId::as_i64)))
}

/// Take somebody who has an account into the shop.
#[utoipa::path(post, path = "/v1/vendors/{id}/members", tag = "vendors", security(("bearer" = [])),
    params(("id" = String, Path)), request_body = NewMember,
    responses((status = 201, body = MemberView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 409, description = "`already_member`")))]
async fn add(
    State(app): State<App>,
    User(caller): User,
    Path(vendor): Path<VendorId>,
    body: Body<NewMember>,
) -> Result<Created<MemberView>> {
    require_owner(&app, &caller, vendor).await?;
    let NewMember { email, role } = body.parse()?;
    let member = app
        .write(async move |tx, market| {
            let member = vendors::add_member(tx, market, vendor, &email, role).await?;
            market.journal.about(member.user);
            market.journal.with("role", &member.role);
            Ok(member)
        })
        .await?;
    Ok(Created(member.into()))
}

/// Give a member another role. The owner's stays.
#[utoipa::path(patch, path = "/v1/vendors/{id}/members/{user_id}", tag = "vendors", security(("bearer" = [])),
    params(("id" = String, Path), ("user_id" = String, Path)), request_body = MemberChanges,
    responses((status = 200, body = MemberView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 409, description = "`owner_stays`")))]
async fn change(
    State(app): State<App>,
    User(caller): User,
    Path((vendor, member)): Path<(VendorId, UserId)>,
    body: Body<MemberChanges>,
) -> Result<Resource<MemberView>> {
    require_owner(&app, &caller, vendor).await?;
    let mut conn = app.read().await?;
    if vendors::find_member(&mut conn, vendor, member).await?.is_none() {
        return Err(Error::from(Refusal::NotFound).into());
    }
    drop(conn);
    let role = body.parse()?.role;
    let changed = app
        .write(async move |tx, market| {
            let before = vendors::find_member(tx, vendor, member).await?.ok_or(Refusal::NotFound)?;
            let after = vendors::change_role(tx, vendor, member, role).await?;
            market.journal.changed("role", &before.role, &after.role);
            Ok(after)
        })
        .await?;
    Ok(Resource(changed.into()))
}

/// Take a member out of the shop. The owner stays.
#[utoipa::path(delete, path = "/v1/vendors/{id}/members/{user_id}", tag = "vendors", security(("bearer" = [])),
    params(("id" = String, Path), ("user_id" = String, Path)),
    responses((status = 204), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 409, description = "`owner_stays`")))]
async fn remove(
    State(app): State<App>,
    User(caller): User,
    Path((vendor, member)): Path<(VendorId, UserId)>,
) -> Result<NoContent> {
    require_owner(&app, &caller, vendor).await?;
    app.write(async move |tx, _| vendors::remove_member(tx, vendor, member).await).await?;
    Ok(NoContent)
}

/// Hand the shop over to another member, who owns it from then on; the owner becomes a manager. Both are mailed.
#[utoipa::path(post, path = "/v1/vendors/{id}/transfer", tag = "vendors", security(("bearer" = [])),
    params(("id" = String, Path)), request_body = Transfer,
    responses((status = 200, body = VendorView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"),
        (status = 409, description = "`vendor_accepted_exists`, `invalid_transition`"),
        (status = 422, description = "`invalid`; `wrong_password` at `/current_password`"),
        (status = 429, description = "`rate_limited`")))]
async fn transfer(
    State(app): State<App>,
    User(caller): User,
    Path(vendor): Path<VendorId>,
    body: Body<Transfer>,
) -> Result<Resource<VendorView>> {
    require_owner(&app, &caller, vendor).await?;
    let Transfer { user_id, current_password } = body.parse()?;
    let account = caller.user.to_string();
    app.throttle(&[(accounts::rates::PASSWORD_BY_ACCOUNT, &account)]).await?;
    let known = accounts::credentials(&mut app.read().await?, caller.user).await?;
    let proven = accounts::prove(known, current_password).await.map_err(at_current_password)?;
    let view = app
        .write(async move |tx, market| {
            throttle::forget(tx, market, accounts::rates::PASSWORD_BY_ACCOUNT, &account).await?;
            let shop = vendors::transfer(tx, market, &proven, vendor, user_id).await;
            Ok(VendorView::full(shop.map_err(at_current_password)?, &market.settings))
        })
        .await?;
    Ok(Resource(view))
}
