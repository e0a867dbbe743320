//! What happens around every request, in one layer: each costs every request a copy of all that is inside.
//! Its id, the rates that were counted for it, 304, panics, and its log line.

use std::cell::RefCell;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::FutureExt;
use marketplace::audit::{Act, Origin};
use marketplace::throttle::Remaining;
use types::{RequestId, kind};

use super::conditional;
use crate::acting::{Call, Right};
use crate::{App, client, problem, throttle};

#[derive(Debug)]
struct Current {
    id: RequestId,
    /// Absent while the server starts.
    app: Option<App>,
    limits: RefCell<Vec<Remaining>>,
    /// Absent where a request only reads.
    call: Option<Call>,
    right: RefCell<Option<Right>>,
}

tokio::task_local! {
    static CURRENT: Current;
}

/// The id of the request that is being answered.
pub fn id() -> String {
    CURRENT.try_with(|current| current.id.to_string()).unwrap_or_default()
}

/// The address that links begin with.
pub(crate) fn public_url() -> String {
    let url = |current: &Current| Some(current.app.as_ref()?.market().settings.public_url.clone());
    CURRENT.try_with(url).ok().flatten().unwrap_or_default()
}

/// Notes what is left of a rate, for the headers of the answer.
pub(crate) fn note_limit(remaining: Remaining) {
    // Outside of a request there is no answer to put it into.
    let _ = CURRENT.try_with(|current| current.limits.borrow_mut().push(remaining));
}

/// Notes by which right somebody asks. The last one counts: it is the most special.
pub(crate) fn note_right(right: Right) {
    // Outside of a request nobody acts.
    let _ = CURRENT.try_with(|current| current.right.replace(Some(right)));
}

/// The act that this request is, when somebody who has a right may change something by it.
pub(crate) fn act() -> Option<Act> {
    let act = |current: &Current| Some(current.call.as_ref()?.act(current.right.borrow().as_ref()?));
    CURRENT.try_with(act).ok().flatten()
}

/// The answer of what is inside, with the rates that were counted for it; the client hears of a panic, too.
async fn run_and_show_limits(request: Request, next: Next) -> Response {
    let known = conditional::known(&request);
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let mut response = answered.unwrap_or_else(problem::panicked);
    if let Some(known) = known {
        conditional::shorten(&mut response, &known);
    }
    let limits = CURRENT.with(|current| current.limits.take());
    throttle::show(&limits, response.headers_mut());
    response
}

/// What the audit log would say of a request.
fn call(app: &App, request: &Request, id: RequestId) -> Option<Call> {
    let method = request.method();
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return None;
    }
    let address = client::address(request.extensions(), request.headers(), &app.market().settings);
    Some(Call {
        method: method.clone(),
        route: request.extensions().get::<MatchedPath>()?.as_str().to_owned(),
        path: request.uri().path().to_owned(),
        origin: Origin {
            request_id: Some(id.to_string()),
            address: address.map(|address| address.to_string()),
            user_agent: client::user_agent(request.headers()),
        },
    })
}

/// Gives the request an id, answers with it, and writes one line about how it went.
pub async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = app.market().id::<kind::Request>();
    let call = call(&app, &request, id);
    let current = Current { id, app: Some(app), limits: RefCell::default(), call, right: RefCell::default() };
    let method = request.method().clone();
    // The route, not the path: a path can hold what is nobody's business.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let started = Instant::now();
    let mut response = CURRENT.scope(current, run_and_show_limits(request, next)).await;
    name(&mut response, id);
    let elapsed_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    tracing::debug!(request.id = %id, http.method = %method, http.route = route,
        http.status = response.status().as_u16(), elapsed_us, "answered a request");
    response
}

/// Gives a request an id before there is a marketplace.
pub(crate) async fn observe_start(id: RequestId, request: Request, next: Next) -> Response {
    let current =
        Current { id, app: None, limits: RefCell::default(), call: None, right: RefCell::default() };
    let mut response = CURRENT.scope(current, next.run(request)).await;
    name(&mut response, id);
    response
}

fn name(response: &mut Response, id: RequestId) {
    if let Ok(value) = HeaderValue::try_from(id.to_string()) {
        response.headers_mut().insert("x-request-id", value);
    }
}
