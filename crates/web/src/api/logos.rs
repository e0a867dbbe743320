//! The logos of shops.

use axum::extract::State;
use marketplace::error::Refusal;
use marketplace::vendors::{self, Membership, Role};
use types::VendorId;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::images::{Kept, receive};
use super::vendors::VendorView;
use crate::extract::{Form, Path, User, require_members_factor};
use crate::problem::Result;
use crate::respond::{NoContent, Resource};
use crate::{App, acting};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(set, remove))
}

/// A picture as `multipart/form-data`.
#[derive(ToSchema)]
#[schema(as = new_logo)]
#[expect(dead_code, reason = "describes the form to OpenAPI")]
struct Upload {
    /// JPEG, PNG, WebP or GIF (its first picture) of at most 10 MiB and 40 megapixels.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Give the shop a logo, instead of the one it has. It is checked and stored like the images of products. For
/// its owner and managers.
#[utoipa::path(put, path = "/v1/vendors/{id}/logo", tag = "vendors", security(("bearer" = [])),
    params(("id" = VendorId, Path)),
    request_body(content = Upload, content_type = "multipart/form-data"),
    responses((status = 200, body = VendorView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 413, description = "`too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid`, with `not_an_image`")))]
async fn set(
    State(app): State<App>,
    User(caller): User,
    Path(id): Path<VendorId>,
    form: Form,
) -> Result<Resource<VendorView>> {
    authorise(&app, &caller, id).await?;
    let mut kept = Kept::new(app.market());
    receive(form.open()?, &mut kept, 1).await?;
    let pictures = kept.pictures().to_vec();
    let view = app
        .write(async move |tx, market| {
            let mut shop = vendors::lock(tx, id).await?.ok_or(Refusal::NotFound)?;
            vendors::authorise(tx, caller.user, id, Role::may_edit_shop).await?;
            for picture in &pictures {
                shop = vendors::set_logo(tx, market, &shop, picture).await?;
            }
            Ok(VendorView::full(shop, &market.settings))
        })
        .await?;
    kept.hand_over();
    Ok(Resource(view))
}

/// Take the shop's logo away. For its owner and managers.
#[utoipa::path(delete, path = "/v1/vendors/{id}/logo", tag = "vendors", security(("bearer" = [])),
    params(("id" = VendorId, Path)),
    responses((status = 204), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`: no such shop, or it has no logo")))]
async fn remove(State(app): State<App>, User(caller): User, Path(id): Path<VendorId>) -> Result<NoContent> {
    authorise(&app, &caller, id).await?;
    app.write(async move |tx, market| {
        let shop = vendors::lock(tx, id).await?.ok_or(Refusal::NotFound)?;
        vendors::authorise(tx, caller.user, id, Role::may_edit_shop).await?;
        if shop.logo.is_none() {
            return Err(Refusal::NotFound.into());
        }
        vendors::remove_logo(tx, market, &shop).await
    })
    .await?;
    Ok(NoContent)
}

/// Who may change the logo; the request is an act of theirs.
async fn authorise(app: &App, caller: &marketplace::Caller, id: VendorId) -> Result<Membership> {
    let mut conn = app.read().await?;
    let member = vendors::authorise(&mut conn, caller.user, id, Role::may_edit_shop).await?;
    require_members_factor(app, caller)?;
    acting::as_member(member);
    Ok(member)
}
