//! Where the caller is logged in.

use axum::extract::State;
use marketplace::accounts::{self, Session};
use serde::Serialize;
use types::{SessionId, Timestamp};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::extract::{Login, PageParams, Path, Query};
use crate::problem::Result;
use crate::respond::{List, NoContent};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_sessions)).routes(routes!(end_session))
}

/// A login that has not ended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = session)]
pub(crate) struct SessionView {
    id: SessionId,
    /// The browser or program that logged in.
    user_agent: Option<String>,
    /// The network address that it came from.
    address: Option<String>,
    /// Whether it is the one that asks.
    is_current: bool,
    created_at: Timestamp,
    last_used_at: Timestamp,
    expires_at: Timestamp,
}

impl SessionView {
    /// A session as its owner sees it from the session `current`.
    pub(crate) fn of(session: Session, current: SessionId) -> Self {
        let Session { id, user_agent, address, created_at, last_used_at, expires_at } = session;
        Self { id, user_agent, address, is_current: id == current, created_at, last_used_at, expires_at }
    }
}

/// The caller's sessions, the newest first.
#[utoipa::path(get, path = "/v1/me/sessions", tag = "me", security(("bearer" = [])),
    params(("limit" = Option<i64>, Query, description = "1 to 100, 20 unless given"), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = List<SessionView>)))]
async fn list_sessions(
    State(app): State<App>,
    Login { caller, session, .. }: Login,
    Query(page): Query<PageParams<i64>>,
) -> Result<List<SessionView>> {
    let mut conn = app.read().await?;
    let page = accounts::list_sessions(&mut conn, app.market(), caller.user, page.after, page.limit).await?;
    Ok(List::of(page.map(|found| SessionView::of(found, session))))
}

/// Ends a session; its tokens are good no more.
#[utoipa::path(delete, path = "/v1/me/sessions/{id}", tag = "me", security(("bearer" = [])),
    params(("id" = SessionId, Path)),
    responses((status = 204, description = "it has ended"), (status = 404, description = "`not_found`")))]
async fn end_session(
    State(app): State<App>,
    Login { caller, .. }: Login,
    Path(id): Path<SessionId>,
) -> Result<NoContent> {
    app.write(async move |tx, market| accounts::end_session(tx, market, caller.user, id).await).await?;
    Ok(NoContent)
}
