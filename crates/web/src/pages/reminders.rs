//! The page behind a reminder's link: no more reminders, without logging in.
//!
//! Opening it changes nothing, since mail programs open links by themselves; its button does, and so does the
//! one request of a mail program whose reader presses "unsubscribe" (RFC 8058).

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use marketplace::cart::reminders::{self, OptOutToken};
use types::UserId;

use super::html;
use crate::App;
use crate::extract::{FromQuery, Query, QueryReader};
use crate::problem::{Problem, Result};

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/reminders/stop", get(ask).post(stop))
}

/// The token of the link; none that could be one is like one that was never given out.
struct Link {
    text: String,
    token: Option<OptOutToken>,
}

impl FromQuery for Link {
    fn from_query(query: &mut QueryReader) -> Self {
        let text: String = query.optional("token").unwrap_or_default();
        Self { token: text.parse().ok(), text }
    }
}

#[derive(Template)]
#[template(path = "reminders/stop.html")]
struct StopPage {
    site: String,
    token: String,
    is_done: bool,
}

impl StopPage {
    fn of(app: &App, token: String, is_done: bool) -> Self {
        Self { site: app.market().settings.site_name().to_owned(), token, is_done }
    }
}

async fn ask(State(app): State<App>, Query(link): Query<Link>) -> Result<Response> {
    let reader = reader(&app, &link).await?;
    let is_done = !reminders::is_wanted(&mut app.read().await?, reader).await?;
    html(&StopPage::of(&app, link.text, is_done))
}

async fn stop(State(app): State<App>, Query(link): Query<Link>) -> Result<Response> {
    let reader = reader(&app, &link).await?;
    app.write(async move |tx, market| reminders::want(tx, market, reader, false).await).await?;
    html(&StopPage::of(&app, link.text, true))
}

async fn reader(app: &App, link: &Link) -> Result<UserId> {
    let token = link.token.as_ref().ok_or_else(Problem::not_found)?;
    Ok(reminders::reader_of(&mut app.read().await?, token).await?)
}
