//! What the marketplace knows of the caller: all of it in one file.

use axum::body::Body as Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use db::Conn;
use futures_util::{StreamExt, stream};
use marketplace::cart::Place;
use marketplace::cart::reminders;
use marketplace::cart::wishlist::{self, WishPlace};
use marketplace::error::Refusal;
use marketplace::orders::OrderQuery;
use marketplace::{Caller, Error, Shopper, accounts, cart, orders, payments, reviews, vendors};
use serde::Serialize;
use serde_json::{Value, json};
use types::{ApiKeyId, Limit, OrderId, Page, PaymentId, ReviewId, VendorId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::addresses::AddressView;
use super::api_keys::ApiKeyView;
use super::me::UserView;
use super::orders::view::OrderView;
use super::payments::PaymentView;
use super::reviews::ReviewView;
use super::sessions::SessionView;
use super::vendors::OwnVendor;
use crate::App;
use crate::extract::Login;
use crate::problem::Result;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(export))
}

/// A list of the file.
#[derive(Debug, Clone, Copy)]
enum List {
    Addresses,
    Sessions,
    ApiKeys,
    Shops,
    Wishlist,
    Orders,
    Payments,
    Reviews,
}

impl List {
    const ALL: [(&'static str, Self); 8] = [
        ("addresses", Self::Addresses),
        ("sessions", Self::Sessions),
        ("api_keys", Self::ApiKeys),
        ("shops", Self::Shops),
        ("wishlist", Self::Wishlist),
        ("orders", Self::Orders),
        ("payments", Self::Payments),
        ("reviews", Self::Reviews),
    ];
}

/// The file as far as it was written: one page of one list at a time, so that the longest history takes
/// no more memory than the shortest.
struct Export {
    app: App,
    login: Login,
    /// How many lists are done.
    done: usize,
    /// Where the next page of the list begins, unless it is its first.
    after: Option<WishPlace>,
    is_closed: bool,
}

impl Export {
    /// The beginning: what there is one of.
    async fn head(&self) -> Result<Vec<u8>, Error> {
        let (market, user) = (self.app.market(), self.login.caller.user);
        let mut conn = market.db.read().await?;
        let account = accounts::find_user(&mut conn, user).await?.ok_or(Refusal::NotFound)?;
        let two_factor = accounts::two_factor(&mut conn, user).await?;
        let unwanted_since = reminders::unwanted_since(&mut conn, user).await?;
        let cart = cart::view(&mut conn, market, &Shopper::User(user), Place::Usual).await?.cart;
        let lines = cart.lines.iter().map(|line| {
            json!({"variant_id": line.offer.variant, "title": line.offer.title, "quantity": line.quantity.units()})
        });
        let head = json!({
            "exported_at": market.now(),
            "user": UserView::of(&account),
            "two_factor": {"enabled": two_factor.since.is_some(), "enabled_at": two_factor.since},
            "notifications": {"cart_reminders": unwanted_since.is_none(), "cart_reminders_off_since": unwanted_since},
            "cart": lines.collect::<Vec<_>>(),
        });
        let mut text = head.to_string().into_bytes();
        // Its brace is closed at the end of the file.
        text.pop();
        Ok(text)
    }

    /// The next part: a page of a list, with what stands around it.
    async fn part(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let Some((name, list)) = List::ALL.get(self.done) else {
            let end = (!self.is_closed).then(|| b"}".to_vec());
            self.is_closed = true;
            return Ok(end);
        };
        let mut conn = self.app.market().db.read().await?;
        let page = self.page(&mut conn, *list).await?;
        let mut text = if self.after.is_none() { format!(",\"{name}\":[") } else { String::new() };
        for (place, entry) in page.entries.iter().enumerate() {
            if place > 0 || self.after.is_some() {
                text.push(',');
            }
            text.push_str(&entry.to_string());
        }
        self.after = page.next;
        if self.after.is_none() {
            text.push(']');
            self.done += 1;
        }
        Ok(Some(text.into_bytes()))
    }

    async fn page(&self, conn: &mut Conn, list: List) -> Result<Page<Value, WishPlace>, Error> {
        let (market, Caller { user, .. }) = (self.app.market(), self.login.caller);
        let (limit, after) = (Limit::most(), self.after.map(|(place, _)| place));
        let settings = &market.settings;
        Ok(match list {
            List::Addresses => {
                shown(accounts::list_addresses(conn, user, after, limit).await?.map(AddressView::from))
            }
            List::Sessions => {
                let page = accounts::list_sessions(conn, market, user, after, limit).await?;
                shown(page.map(|session| SessionView::of(session, self.login.session)))
            }
            List::ApiKeys => {
                let page = accounts::list_api_keys(conn, user, limit, after.map(ApiKeyId::from_i64)).await?;
                shown(page.map(ApiKeyView::from).map_place(ApiKeyId::as_i64))
            }
            List::Shops => {
                let page = vendors::of_user(conn, user, limit, after.map(VendorId::from_i64)).await?;
                shown(page.map(|found| OwnVendor::of(found, settings)).map_place(VendorId::as_i64))
            }
            List::Wishlist => {
                let page = wishlist::list(conn, user, self.after, limit).await?;
                page.map(|wish| json!({"product_id": wish.product, "added_at": wish.added_at}))
            }
            List::Orders => {
                let before = after.map(OrderId::from_i64);
                let page = orders::of_buyer(conn, user, OrderQuery { status: None, before, limit }).await?;
                shown(page.map(|order| OrderView::for_buyer(order, market)).map_place(OrderId::as_i64))
            }
            List::Payments => {
                let page = payments::of_user(conn, user, after.map(PaymentId::from_i64), limit).await?;
                let view = |payment| PaymentView::of(payment, settings.currency);
                shown(page.map(view).map_place(PaymentId::as_i64))
            }
            List::Reviews => {
                let page = reviews::of_user(conn, user, limit, after.map(ReviewId::from_i64)).await?;
                shown(page.map(ReviewView::from).map_place(ReviewId::as_i64))
            }
        })
    }
}

/// A page of views as JSON.
fn shown<T: Serialize>(page: Page<T, i64>) -> Page<Value, WishPlace> {
    // Views are structs of our own: nothing in them can fail to serialise.
    page.map(|view| serde_json::to_value(view).unwrap_or_default()).map_place(|place| (place, 0))
}

/// Everything that the marketplace knows of the caller, as one JSON file: the account, which mails
/// it wants, its cart, and the lists `addresses`, `sessions`, `api_keys`, `shops`, `wishlist`, `orders`, `payments`,
/// `reviews`.
#[utoipa::path(get, path = "/v1/me/export", tag = "me", security(("bearer" = [])),
    responses((status = 200, body = Object, description = "a file to download")))]
async fn export(State(app): State<App>, login: Login) -> Result<Response> {
    let mut export = Export { app, login, done: 0, after: None, is_closed: false };
    // The first parts before the status: what fails at once is answered as a problem.
    let mut first = export.head().await?;
    first.extend(export.part().await?.unwrap_or_default());
    let rest = stream::try_unfold(export, async |mut export: Export| {
        Ok(export.part().await?.map(|part| (part, export)))
    });
    let parts = stream::once(async { Ok::<_, Error>(first) }).chain(rest);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"account.json\"")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    Ok((headers, Bytes::from_stream(parts)).into_response())
}
