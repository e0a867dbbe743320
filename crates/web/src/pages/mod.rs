//! Pages for people, one module a feature.

mod mailbox;

use axum::Router;
use marketplace::Settings;

use crate::App;

/// Every page that these settings have.
pub(crate) fn routes(settings: &Settings) -> Router<App> {
    // Anybody could read the codes there: no address of it may exist where mails are really sent.
    if settings.smtp_url.is_none() { mailbox::routes() } else { Router::new() }
}
