//! The pages that a problem's `type` links to: what its code means.

use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::get;

use super::html;
use crate::App;
use crate::extract::Path;
use crate::meanings::{self, MEANINGS, Meaning};
use crate::problem::{Problem, Result};

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/problems", get(all)).route("/problems/{code}", get(one))
}

#[derive(Template)]
#[template(path = "problems/all.html")]
struct AllPage {
    meanings: &'static [Meaning],
}

#[derive(Template)]
#[template(path = "problems/one.html")]
struct OnePage {
    meaning: &'static Meaning,
}

async fn all() -> Result<Response> {
    html(&AllPage { meanings: MEANINGS })
}

async fn one(Path(code): Path<String>) -> Result<Response> {
    let meaning = meanings::of(&code).ok_or_else(Problem::not_found)?;
    html(&OnePage { meaning })
}
