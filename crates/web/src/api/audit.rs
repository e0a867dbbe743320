//! The audit log, as admins see all of it and the owner of a shop their part.

use axum::body::Body as Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use futures_util::{StreamExt, stream};
use marketplace::Error;
use marketplace::audit::{self, ActorRole, Entry, Export, Filter};
use marketplace::error::Refusal;
use marketplace::vendors::Role;
use serde::Serialize;
use serde_json::Value;
use types::{EventId, Line, Timestamp, UserId, VendorId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::extract::{Admin, FromQuery, PageParams, Query, QueryReader, VendorMember};
use crate::problem::Result;
use crate::respond::List;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(export)).routes(routes!(list_own))
}

/// What an operator or a shop's member did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = audit_entry)]
struct EntryView {
    /// Identifier.
    id: EventId,
    /// When.
    at: Timestamp,
    /// Who; `null` for the server's command line.
    actor_id: Option<UserId>,
    /// As what.
    role: ActorRole,
    /// The shop whose member acted; `null` for operators.
    vendor_id: Option<VendorId>,
    /// What was done, such as `vendors.accept`.
    action: String,
    /// What it was done to.
    subject: Option<String>,
    /// What changed: `before` and `after`, without secrets.
    #[schema(value_type = Object)]
    changes: Value,
    /// The request, as its answer named it.
    request_id: Option<String>,
    /// The network address it came from.
    address: Option<String>,
    /// What the client called itself.
    user_agent: Option<String>,
    /// The entry's place in its chain.
    place: i64,
    /// SHA-256 of the entry and of the hash before it in its chain.
    hash: String,
}

impl From<Entry> for EntryView {
    fn from(entry: Entry) -> Self {
        Self {
            vendor_id: entry.vendor(),
            id: entry.id,
            at: entry.at,
            actor_id: entry.actor,
            role: entry.role,
            action: entry.action,
            subject: entry.subject,
            changes: serde_json::from_str(&entry.changes).unwrap_or_default(),
            request_id: entry.request_id,
            address: entry.address,
            user_agent: entry.user_agent,
            place: entry.place,
            hash: HEXLOWER.encode(&entry.hash),
        }
    }
}

/// The entries that somebody asks for.
struct Wanted {
    filter: Filter,
    page: PageParams<i64>,
}

impl FromQuery for Wanted {
    fn from_query(query: &mut QueryReader) -> Self {
        let Filters(filter) = Filters::from_query(query);
        Self { filter: Filter { vendor: query.optional("vendor"), ..filter }, page: query.page() }
    }
}

/// What members can ask for: the shop is theirs, whatever `vendor` says of it.
struct Filters(Filter);

impl FromQuery for Filters {
    fn from_query(query: &mut QueryReader) -> Self {
        Self(Filter {
            actor: query.optional("actor"),
            vendor: None,
            action: query.optional("action").map(Line::<100>::into_string),
            subject: query.optional("subject").map(Line::<100>::into_string),
            from: query.optional("from"),
            to: query.optional("to"),
        })
    }
}

struct OwnWanted {
    filter: Filter,
    page: PageParams<i64>,
}

impl FromQuery for OwnWanted {
    fn from_query(query: &mut QueryReader) -> Self {
        let Filters(filter) = Filters::from_query(query);
        Self { filter, page: query.page() }
    }
}

/// As what an export is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Format {
    /// A JSON object a line.
    #[default]
    JsonLines,
    /// Comma-separated values with a header.
    Csv,
}

impl std::str::FromStr for Format {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        match text {
            "jsonl" => Ok(Self::JsonLines),
            "csv" => Ok(Self::Csv),
            _ => Err("expected one of jsonl, csv"),
        }
    }
}

struct WantedExport {
    filter: Filter,
    format: Format,
}

impl FromQuery for WantedExport {
    fn from_query(query: &mut QueryReader) -> Self {
        Self { format: query.or_default("format"), filter: Wanted::from_query(query).filter }
    }
}

/// What operators and shops' members did, newest first.
#[utoipa::path(get, path = "/v1/admin/audit-log", tag = "admin", security(("bearer" = [])),
    params(
        ("actor" = Option<UserId>, Query, description = "Only those of this user"),
        ("vendor" = Option<VendorId>, Query, description = "Only those of this shop's members"),
        ("action" = Option<String>, Query, description = "Only this action, such as `vendors.accept`"),
        ("subject" = Option<String>, Query, description = "Only what was done to this"),
        ("from" = Option<Timestamp>, Query, description = "From this moment on"),
        ("to" = Option<Timestamp>, Query, description = "Before this moment"),
        ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query),
    ),
    responses((status = 200, body = List<EntryView>), (status = 403, description = "`forbidden`"),
        (status = 422, description = "`invalid`")))]
async fn list(
    State(app): State<App>,
    _admin: Admin,
    Query(wanted): Query<Wanted>,
) -> Result<List<EntryView>> {
    page(&app, &wanted.filter, wanted.page).await
}

/// What the members of the caller's shop did, newest first. For its owner.
#[utoipa::path(get, path = "/v1/vendor/audit-log", tag = "vendors", security(("bearer" = [])),
    params(
        ("vendor" = Option<String>, Query, description = "The shop, by a member of several"),
        ("actor" = Option<UserId>, Query), ("action" = Option<String>, Query),
        ("subject" = Option<String>, Query), ("from" = Option<Timestamp>, Query),
        ("to" = Option<Timestamp>, Query), ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query),
    ),
    responses((status = 200, body = List<EntryView>), (status = 403, description = "`forbidden`"),
        (status = 422, description = "`invalid`")))]
async fn list_own(
    State(app): State<App>,
    VendorMember(member): VendorMember,
    wanted: Result<Query<OwnWanted>>,
) -> Result<List<EntryView>> {
    if member.role != Role::Owner {
        return Err(Error::from(Refusal::Forbidden).into());
    }
    let Query(OwnWanted { filter, page: params }) = wanted?;
    page(&app, &Filter { vendor: Some(member.vendor), ..filter }, params).await
}

async fn page(app: &App, filter: &Filter, page: PageParams<i64>) -> Result<List<EntryView>> {
    let mut conn = app.read().await?;
    let after = page.after.map(EventId::from_i64);
    let found = audit::list(&mut conn, filter, page.limit, after).await?;
    Ok(List::of(found.map(EntryView::from).map_place(EventId::as_i64)))
}

/// The audit log, or the entries that fit the filters, as a file: JSON lines, or CSV. Newest first.
#[utoipa::path(get, path = "/v1/admin/audit-log/export", tag = "admin", security(("bearer" = [])),
    params(
        ("format" = Option<String>, Query, description = "`jsonl` (when absent) or `csv`"),
        ("actor" = Option<UserId>, Query), ("vendor" = Option<VendorId>, Query),
        ("action" = Option<String>, Query), ("subject" = Option<String>, Query),
        ("from" = Option<Timestamp>, Query), ("to" = Option<Timestamp>, Query),
    ),
    responses((status = 200, content((String = "application/jsonl"), (String = "text/csv"))),
        (status = 403, description = "`forbidden`"), (status = 422, description = "`invalid`")))]
async fn export(
    State(app): State<App>,
    _admin: Admin,
    Query(WantedExport { filter, format }): Query<WantedExport>,
) -> Result<Response> {
    let mut export = Export::begin(app.market(), filter);
    // The first part before the status: what fails at once is answered as a problem.
    let first = export.next().await?.unwrap_or_default();
    let header = if format == Format::Csv { CSV_HEADER } else { "" };
    let first = header.to_owned() + &lines(first, format);
    let rest = stream::try_unfold((export, format), async |(mut export, format): (Export, Format)| {
        Ok(export.next().await?.map(|entries| (lines(entries, format), (export, format))))
    });
    let parts = stream::once(async { Ok::<_, Error>(first) }).chain(rest);
    let (kind, name) = match format {
        Format::JsonLines => ("application/jsonl", "attachment; filename=\"audit-log.jsonl\""),
        Format::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"audit-log.csv\""),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static(name)),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    Ok((headers, Bytes::from_stream(parts)).into_response())
}

const CSV_HEADER: &str =
    "id,at,actor_id,role,vendor_id,action,subject,changes,request_id,address,user_agent,place,hash\r\n";

fn lines(entries: Vec<Entry>, format: Format) -> String {
    let line = |entry: Entry| match format {
        // A struct of texts and numbers always serialises.
        Format::JsonLines => serde_json::to_string(&EntryView::from(entry)).unwrap_or_default() + "\n",
        Format::Csv => record(&entry.into()),
    };
    entries.into_iter().map(line).collect()
}

fn record(entry: &EntryView) -> String {
    let text = |value: Option<String>| value.unwrap_or_default();
    let cells = [
        entry.id.to_string(),
        entry.at.to_string(),
        text(entry.actor_id.map(|id| id.to_string())),
        entry.role.to_string(),
        text(entry.vendor_id.map(|id| id.to_string())),
        entry.action.clone(),
        text(entry.subject.clone()),
        entry.changes.to_string(),
        text(entry.request_id.clone()),
        text(entry.address.clone()),
        text(entry.user_agent.clone()),
        entry.place.to_string(),
        entry.hash.clone(),
    ];
    cells.map(|cell| csv_cell(&cell)).join(",") + "\r\n"
}

/// A cell of a CSV file, in quotes. What a spreadsheet would take for a formula is a text to it.
fn csv_cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    #[test]
    fn cells_are_quoted_and_no_formulas() {
        assert_eq!(super::csv_cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
        assert_eq!(super::csv_cell("=1+1"), "\"'=1+1\"");
    }
}
