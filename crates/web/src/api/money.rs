//! What a shop is owed, and the entries of the ledger that say why.

use axum::extract::State;
use marketplace::ledger::{self, LedgerEntry, PostingKind};
use serde::Serialize;
use types::{Currency, EventId, OrderId, Price, Timestamp};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::extract::{PageParams, Query, VendorMember};
use crate::problem::Result;
use crate::respond::{List, Resource};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_balance)).routes(routes!(list_ledger))
}

/// What a shop is owed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = balance)]
pub(crate) struct BalanceView {
    /// For what is not delivered yet, or was delivered a short while ago.
    pending: Price,
    /// To be paid out; below zero when more was refunded than is there.
    available: Price,
}

/// An entry of the ledger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ledger_entry)]
pub(crate) struct EntryView {
    id: EventId,
    transaction_id: EventId,
    account: String,
    /// What the account got; negative when it gave.
    amount: Price,
    kind: PostingKind,
    order_id: Option<OrderId>,
    at: Timestamp,
}

impl EntryView {
    fn of(entry: LedgerEntry, currency: Currency) -> Self {
        Self {
            id: entry.id,
            transaction_id: entry.transaction,
            account: entry.account,
            amount: entry.amount.in_currency(currency),
            kind: entry.kind,
            order_id: entry.order,
            at: entry.at,
        }
    }
}

/// What the shop is owed.
#[utoipa::path(get, path = "/v1/vendor/balance", tag = "money", security(("bearer" = [])),
    params(("vendor" = Option<String>, Query, description = "The shop, by a member of several")),
    responses((status = 200, body = BalanceView), (status = 403, description = "`forbidden`")))]
async fn get_balance(
    State(app): State<App>,
    VendorMember(member): VendorMember,
) -> Result<Resource<BalanceView>> {
    let balance = ledger::balance(&mut app.read().await?, member.vendor).await?;
    let currency = app.market().settings.currency;
    Ok(Resource(BalanceView {
        pending: balance.pending.in_currency(currency),
        available: balance.available.in_currency(currency),
    }))
}

/// The entries of the shop's accounts, the newest first.
#[utoipa::path(get, path = "/v1/vendor/ledger", tag = "money", security(("bearer" = [])),
    params(
        ("vendor" = Option<String>, Query, description = "The shop, by a member of several"),
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 when absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, body = List<EntryView>), (status = 403, description = "`forbidden`"),
        (status = 422, description = "`invalid`")))]
async fn list_ledger(
    State(app): State<App>,
    VendorMember(member): VendorMember,
    Query(page): Query<PageParams<i64>>,
) -> Result<List<EntryView>> {
    let before = page.after.map(EventId::from_i64);
    let page = ledger::entries_of(&mut app.read().await?, member.vendor, before, page.limit).await?;
    let currency = app.market().settings.currency;
    Ok(List::of(page.map(|entry| EntryView::of(entry, currency)).map_place(EventId::as_i64)))
}
