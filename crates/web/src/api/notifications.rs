//! Which mails the caller wants, besides those about their own purchases and account.

use axum::extract::State;
use deserr::Deserr;
use marketplace::cart::reminders;
use serde::Serialize;
use types::{FieldErrors, Present};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::extract::{Body, IfMatch, User};
use crate::problem::Result;
use crate::respond::{Resource, check_if_match};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_notifications, edit_notifications))
}

/// Which mails a user wants.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = notifications)]
struct NotificationsView {
    /// Reminders of what was left in the cart.
    cart_reminders: bool,
}

/// Which mails the caller wants.
#[utoipa::path(get, path = "/v1/me/notifications", tag = "me", security(("bearer" = [])),
    responses((status = 200, body = NotificationsView)))]
async fn get_notifications(
    State(app): State<App>,
    User(caller): User,
) -> Result<Resource<NotificationsView>> {
    let cart_reminders = reminders::is_wanted(&mut app.read().await?, caller.user).await?;
    Ok(Resource(NotificationsView { cart_reminders }))
}

/// Other wishes.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = edit_notifications, example = json!({"cart_reminders": false}))]
struct EditNotifications {
    #[deserr(default)]
    #[schema(required = false)]
    cart_reminders: Present<bool>,
}

/// Changes which mails the caller wants.
#[utoipa::path(patch, path = "/v1/me/notifications", tag = "me", security(("bearer" = [])),
    request_body = EditNotifications,
    responses((status = 200, body = NotificationsView), (status = 412, description = "`precondition_failed`")))]
async fn edit_notifications(
    State(app): State<App>,
    User(caller): User,
    if_match: IfMatch,
    body: Body<EditNotifications>,
) -> Result<Resource<NotificationsView>> {
    let edit = body.parse()?;
    let view = app.write(async move |tx, market| {
        let before = reminders::is_wanted(tx, caller.user).await?;
        check_if_match(if_match.0.as_deref(), &NotificationsView { cart_reminders: before })?;
        let cart_reminders = edit.clone().cart_reminders.0.unwrap_or(before);
        reminders::want(tx, market, caller.user, cart_reminders).await?;
        Ok(NotificationsView { cart_reminders })
    });
    Ok(Resource(view.await?))
}
