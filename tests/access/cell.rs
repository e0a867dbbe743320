//! One row of the table, and how its cells are tried.

use std::pin::Pin;

use marketplace::audit::{self, Filter};
use testing::{Response, Value};
use types::Limit;

use super::who::{ALL, Expected, Who};
use super::world::World;

/// An operation, who gets which answer, and a request for it that is right.
pub(super) struct Row {
    /// `POST /v1/vendor/orders/{id}/accept`.
    pub(super) operation: &'static str,
    pub(super) expected: Expected,
    pub(super) call: Prepare,
}

/// Makes the request; each time for things of its own, so that one cell does not change the next.
pub(super) type Prepare = for<'w> fn(&'w World) -> Pin<Box<dyn Future<Output = Call> + 'w>>;

/// A request without its method.
pub(super) struct Call {
    parameters: Vec<String>,
    query: String,
    content: Content,
}

enum Content {
    None,
    Json(Value),
    File(Vec<u8>),
}

/// A request without a body.
pub(super) fn empty() -> Call {
    Call { parameters: Vec::new(), query: String::new(), content: Content::None }
}

/// A request with a JSON body.
pub(super) fn json(body: Value) -> Call {
    Call { content: Content::Json(body), ..empty() }
}

/// A request with one file, as `multipart/form-data`.
pub(super) fn file(bytes: &[u8]) -> Call {
    Call { content: Content::File(bytes.to_vec()), ..empty() }
}

impl Call {
    /// The value of the path's next parameter.
    #[expect(clippy::needless_pass_by_value, reason = "the rows of the tables read best so")]
    pub(super) fn at(mut self, parameter: impl ToString) -> Self {
        self.parameters.push(parameter.to_string());
        self
    }

    /// With this query.
    pub(super) fn query(self, query: impl Into<String>) -> Self {
        Self { query: query.into(), ..self }
    }

    async fn send(&self, world: &World, operation: &str, who: Who) -> Response {
        let (method, template) = operation.split_once(' ').expect("a row names method and path");
        let mut parameters = self.parameters.iter();
        let segments = template.split('/').map(|segment| {
            let value = segment.starts_with('{').then(|| parameters.next());
            value.map_or(segment, |value| value.expect("a row gives each parameter").as_str())
        });
        let path = segments.collect::<Vec<_>>().join("/");
        let path = if self.query.is_empty() { path } else { format!("{path}?{}", self.query) };
        let actor = world.actor(who).with_header("idempotency-key", &world.number().to_string());
        let method = method.parse().expect("a row's method is one");
        match &self.content {
            Content::None => actor.send(method, &path, None).await,
            Content::Json(body) => actor.send(method, &path, Some(body.clone())).await,
            Content::File(bytes) => actor.send_form(method, &path, &[("file", Some("file"), bytes)]).await,
        }
    }
}

/// `table! { world => "GET /v1/cart", public(200), empty(); … }`
macro_rules! table {
    ($world:ident => $($operation:literal, $expected:expr, $call:expr;)*) => {
        pub(super) fn rows() -> Vec<crate::access::cell::Row> {
            vec![$(crate::access::cell::Row {
                operation: $operation,
                expected: $expected,
                call: |$world| Box::pin(async move {
                    let _ = $world;
                    $call
                }),
            }),*]
        }
    };
}
pub(super) use table;

/// Tries every cell of a row: those that must be refused first, all with one request, which must not have
/// changed anything by then; then those that may, each with its own.
pub(super) async fn check(world: &World, row: &Row, wrong: &mut Vec<String>) {
    let cells = ALL.into_iter().zip(row.expected.codes);
    let (allowed, refused): (Vec<_>, Vec<_>) = cells.partition(|(_, code)| *code < 400);
    let shared = (row.call)(world).await;
    for (who, code) in refused {
        let answer = shared.send(world, row.operation, who).await;
        judge(world, row, (who, code), &answer, wrong);
    }
    for (who, code) in allowed {
        let answer = (row.call)(world).await.send(world, row.operation, who).await;
        judge(world, row, (who, code), &answer, wrong);
        if row.expected.is_act && !row.operation.starts_with("GET ") && answer.status.is_success() {
            audited(world, row, who, &answer, wrong).await;
        }
    }
}

fn judge(world: &World, row: &Row, (who, code): (Who, u16), answer: &Response, wrong: &mut Vec<String>) {
    if answer.status.as_u16() != code {
        let text: String = answer.text().chars().take(300).collect();
        wrong.push(format!("{} as {who:?}: expected {code}, got {} {text}", row.operation, answer.status));
    }
    let body = answer.text();
    for secret in world.secrets_from(who) {
        if body.contains(secret.as_str()) {
            wrong.push(format!("{} as {who:?}: the answer shows `{secret}`", row.operation));
        }
    }
}

/// The last entry of the audit log is this request's, by this user, and says what it was done to.
async fn audited(world: &World, row: &Row, who: Who, answer: &Response, wrong: &mut Vec<String>) {
    let mut conn = world.app.market.db.read().await.expect("the database answers");
    let one = Limit::new(1).expect("1 is a limit");
    let last = audit::list(&mut conn, &Filter::default(), one, None).await.expect("the log can be read");
    let last = last.entries.into_iter().next();
    let request = answer.header("x-request-id");
    let Some(entry) = last.filter(|entry| entry.request_id.as_deref() == Some(request)) else {
        wrong.push(format!(
            "{} as {who:?}: no entry in the audit log. Does the handler write by `App::write`, and does an \
             extractor, or `acting::as_member`, say who acts?",
            row.operation
        ));
        return;
    };
    if entry.actor != world.actor(who).user {
        wrong.push(format!("{} as {who:?}: the audit log names somebody else", row.operation));
    }
    let is_whole_shop = entry.subject.as_deref().is_none_or(|subject| subject.starts_with("ven_"));
    if entry.action.ends_with(".create") && is_whole_shop {
        wrong.push(format!(
            "{} as {who:?}: the audit log does not say what was made (`market.journal.about(id)`)",
            row.operation
        ));
    }
}
