//! The development mailbox: the mails that were kept because no SMTP server is configured.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use marketplace::mail::mailbox::{self, KeptMail};
use serde::Serialize;
use types::{Email, MessageId, Page, Timestamp};

use super::html;
use crate::App;
use crate::cursor;
use crate::extract::{FromQuery, PageParams, Path, Query, QueryReader};
use crate::problem::{Problem, Result};
use crate::respond::{Json, List};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/dev/mailbox", get(list))
        .route("/dev/mailbox.json", get(list_as_json))
        .route("/dev/mailbox/{id}", get(show))
}

/// Which mails to show.
struct Filter {
    to: Option<Email>,
    page: PageParams<i64>,
}

impl FromQuery for Filter {
    fn from_query(query: &mut QueryReader) -> Self {
        Self { to: query.optional("to"), page: query.page() }
    }
}

/// A mail of the mailbox.
#[derive(Debug, Serialize)]
struct MailView {
    id: MessageId,
    to: String,
    subject: String,
    text: String,
    html: String,
    sent_at: Timestamp,
}

impl From<KeptMail> for MailView {
    fn from(mail: KeptMail) -> Self {
        let KeptMail { id, recipient, subject, text, html, sent_at } = mail;
        Self { id, to: recipient, subject, text, html, sent_at }
    }
}

#[derive(Template)]
#[template(path = "mailbox/list.html")]
struct ListPage {
    to: String,
    mails: Vec<MailView>,
    older: Option<String>,
}

#[derive(Template)]
#[template(path = "mailbox/mail.html")]
struct MailPage {
    mail: MailView,
}

async fn list(State(app): State<App>, headers: HeaderMap, Query(filter): Query<Filter>) -> Result<Response> {
    let page = read(&app, &filter).await?;
    if wants_json(&headers) {
        return Ok(List::of(page).into_response());
    }
    let to = filter.to.map(|to| to.to_string()).unwrap_or_default();
    html(&ListPage { to, older: page.next.as_ref().map(cursor::encode), mails: page.entries })
}

async fn list_as_json(State(app): State<App>, Query(filter): Query<Filter>) -> Result<List<MailView>> {
    Ok(List::of(read(&app, &filter).await?))
}

async fn show(State(app): State<App>, headers: HeaderMap, Path(id): Path<MessageId>) -> Result<Response> {
    let found = mailbox::find(&mut app.read().await?, id).await?;
    let mail = MailView::from(found.ok_or_else(Problem::not_found)?);
    if wants_json(&headers) {
        return Ok(Json(StatusCode::OK, mail).into_response());
    }
    html(&MailPage { mail })
}

async fn read(app: &App, filter: &Filter) -> Result<Page<MailView, i64>> {
    let to = filter.to.as_ref().map(Email::key);
    let PageParams { limit, after } = filter.page;
    let page = mailbox::list(&mut app.read().await?, to.as_deref(), after, limit).await?;
    Ok(page.map(MailView::from))
}

/// Whether JSON is what the client asks for first.
fn wants_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accepted.split(',').next().is_some_and(|first| first.trim().starts_with("application/json"))
}
