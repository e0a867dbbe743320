//! Pages for people, one module a feature.

mod mailbox;
mod problems;
mod reminders;

use askama::Template;
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use marketplace::Settings;

use crate::App;
use crate::problem::Result;

/// Every page that these settings have.
pub(crate) fn routes(settings: &Settings) -> Router<App> {
    // Anybody could read the codes there: no address of it may exist where mails are really sent.
    let mailbox = if settings.smtp_url.is_none() { mailbox::routes() } else { Router::new() };
    problems::routes().merge(reminders::routes()).merge(mailbox)
}

/// Nothing but what the page itself brings: a mail's HTML is shown in a frame without scripts or forms.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'; base-uri 'none'",
);

/// A page, kept by nobody.
fn html(page: &impl Template) -> Result<Response> {
    let text = page.render().map_err(|error| marketplace::Error::failed("a page can't be written", error))?;
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    Ok((headers, Html(text)).into_response())
}
