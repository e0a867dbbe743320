//! What a mail tells and whom: read from the database when its job runs.

use db::Conn;
use serde::Deserialize;
use types::{
    CheckoutId, Currency, InvitationId, Money, OrderId, RefundId, ReturnId, ShipmentId, UserId, VendorId,
};

use super::content::{
    Account, Cancellation, Code, Invited, Item, LatePayment, Order, Parcel, Piece, Purchase, Returned,
    Security, Shop, Sum, Transfer,
};
use super::letters::{self, Frame, Rendered};
use super::store::{self, Recipient};
use super::{Mail, baskets, goods};
use crate::checkout::links;
use crate::jobs::Failure;
use crate::settings::Fulfilment;
use crate::vendors::{self, Invitation};
use crate::{Error, Market, payments};

/// Writes the mail for one reader.
type Render = Box<dyn Fn(&Frame<'_>) -> askama::Result<Rendered> + Send + Sync>;

/// What is to be told, and to whom.
pub(super) struct News {
    pub(super) recipients: Vec<Recipient>,
    pub(super) render: Render,
    /// Where readers say that they want no more mails of this kind, if they can.
    pub(super) stop: Option<String>,
}

impl News {
    /// News that whoever takes part in the marketplace has to be told.
    pub(super) const fn of(recipients: Vec<Recipient>, render: Render) -> Self {
        Self { recipients, render, stop: None }
    }
}

/// A template and what it tells.
pub(super) fn written<C: Send + Sync + 'static>(
    letter: fn(&C, &Frame<'_>) -> askama::Result<Rendered>,
    content: C,
) -> Render {
    Box::new(move |frame| letter(&content, frame))
}

/// Reads what `mail` tells.
#[expect(clippy::too_many_lines, reason = "one arm for each mail")]
pub(super) async fn of(conn: &mut Conn, market: &Market, mail: &Mail) -> Result<News, Failure> {
    let news = match mail {
        Mail::VerificationCode { email, first_name: _, code } => {
            to_address(email, letters::verification_code, one_time(market, code))?
        }
        Mail::PasswordResetCode { user, code } => {
            about_user(conn, *user, letters::password_reset_code, one_time(market, code)).await?
        }
        Mail::PasswordChanged { user } => about_user(conn, *user, letters::password_changed, Account).await?,
        Mail::Security { user, event } => {
            about_user(conn, *user, letters::security, Security::of(*event)).await?
        }
        Mail::EmailChangeCode { email, code } => {
            to_address(email, letters::email_change_code, one_time(market, code))?
        }
        Mail::EmailChanged { email } => to_address(email, letters::email_changed, Account)?,
        Mail::Welcome { user } => about_user(conn, *user, letters::welcome, Account).await?,
        Mail::VendorApplied { vendor } => about_shop(conn, *vendor, None, letters::vendor_applied).await?,
        Mail::VendorAccepted { vendor } => about_shop(conn, *vendor, None, letters::vendor_accepted).await?,
        Mail::VendorRejected { vendor } => about_shop(conn, *vendor, None, letters::vendor_rejected).await?,
        Mail::VendorSuspended { vendor, reason } => {
            about_shop(conn, *vendor, Some(reason.clone()), letters::vendor_suspended).await?
        }
        Mail::VendorReinstated { vendor } => {
            about_shop(conn, *vendor, None, letters::vendor_reinstated).await?
        }
        Mail::VendorInvitation { invitation } => invited(conn, *invitation).await?,
        Mail::ShopTransferred { vendor, from, to } => transferred(conn, *vendor, (*from, *to)).await?,
        Mail::ProductApproved { product } => {
            goods::reviewed(conn, *product, letters::product_approved).await?
        }
        Mail::ProductChangesRequested { product } => {
            goods::reviewed(conn, *product, letters::product_changes_requested).await?
        }
        Mail::CartReminder { cart } => baskets::reminder(conn, market, *cart).await?,
        Mail::LowStock { vendor, variants } => goods::low_stock(conn, *vendor, variants).await?,
        Mail::OrderConfirmation { checkout } => {
            purchase(conn, market, CheckoutId::from_i64(*checkout)).await?
        }
        Mail::NewOrder { order } => {
            let (to, order) = order_for_vendor(conn, OrderId::from_i64(*order)).await?;
            News::of(to, written(letters::new_order, order))
        }
        Mail::OrderAccepted { order } => {
            let (to, order) = order_for_buyer(conn, OrderId::from_i64(*order)).await?;
            News::of(to, written(letters::order_accepted, order))
        }
        Mail::OrderShipped { shipment } => parcel(conn, ShipmentId::from_i64(*shipment)).await?,
        Mail::OrderDelivered { order } => {
            let (to, order) = order_for_buyer(conn, OrderId::from_i64(*order)).await?;
            News::of(to, written(letters::order_delivered, order))
        }
        Mail::OrderCancelled { order } => {
            let (to, order) = order_for_buyer(conn, OrderId::from_i64(*order)).await?;
            let cancellation = cancellation(conn, order).await?;
            News::of(to, written(letters::order_cancelled, cancellation))
        }
        Mail::OrderCancelledForVendor { order } => {
            let (to, order) = order_for_vendor(conn, OrderId::from_i64(*order)).await?;
            let cancellation = cancellation(conn, order).await?;
            News::of(to, written(letters::order_cancelled_for_vendor, cancellation))
        }
        Mail::ReturnRequested { returned } => {
            about_return(conn, *returned, Reader::Vendor, letters::return_requested).await?
        }
        Mail::ReturnApproved { returned } => {
            about_return(conn, *returned, Reader::Buyer, letters::return_approved).await?
        }
        Mail::ReturnRejected { returned } => {
            about_return(conn, *returned, Reader::Buyer, letters::return_rejected).await?
        }
        Mail::ReturnRefunded { returned } => {
            about_return(conn, *returned, Reader::Buyer, letters::return_refunded).await?
        }
        Mail::LatePayment { refund } => late_payment(conn, RefundId::from_i64(*refund)).await?,
    };
    Ok(news)
}

/// What a mail tells of is written before the mail's job, and nothing of it is ever deleted.
pub(super) fn there<T>(found: Option<T>) -> Result<T, Failure> {
    found.ok_or_else(|| Failure::fail("what the mail tells of is not there"))
}

fn one_time(market: &Market, code: &str) -> Code {
    Code { code: code.to_owned(), lasts: duration(market.settings.otp_ttl_seconds) }
}

/// A time in words, in the largest unit that tells it well.
fn duration(seconds: i64) -> String {
    let (amount, unit) = match seconds {
        ..=119 => (seconds, "second"),
        120..=7_199 => (seconds / 60, "minute"),
        7_200..=172_799 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    if amount == 1 { format!("1 {unit}") } else { format!("{amount} {unit}s") }
}

/// To an address that no account has, or not for long.
fn to_address<C: Send + Sync + 'static>(
    email: &str,
    letter: fn(&C, &Frame<'_>) -> askama::Result<Rendered>,
    content: C,
) -> Result<News, Failure> {
    let email = email.parse().map_err(|_| Failure::fail("the mail's address is none"))?;
    let recipients = vec![Recipient { user: None, email, name: None }];
    Ok(News::of(recipients, written(letter, content)))
}

async fn about_user<C: Send + Sync + 'static>(
    conn: &mut Conn,
    user: i64,
    letter: fn(&C, &Frame<'_>) -> askama::Result<Rendered>,
    content: C,
) -> Result<News, Failure> {
    let recipient = there(store::user(conn, UserId::from_i64(user)).await?)?;
    Ok(News::of(vec![recipient], written(letter, content)))
}

/// An invitation that was answered or withdrawn meanwhile is told nobody.
async fn invited(conn: &mut Conn, invitation: i64) -> Result<News, Failure> {
    let found = vendors::find_invitation(conn, InvitationId::from_i64(invitation)).await?;
    let (shop, role) = match &found {
        Some(invitation) => (invitation.vendor_name.clone(), invitation.role.as_str()),
        None => (String::new(), ""),
    };
    let content = Invited { shop, role, lasts: duration(vendors::INVITATION_SECONDS) };
    let recipient = |invitation: Invitation| Recipient { user: None, email: invitation.email, name: None };
    let recipients = found.map(recipient).into_iter().collect();
    Ok(News::of(recipients, written(letters::vendor_invitation, content)))
}

async fn transferred(conn: &mut Conn, vendor: i64, (from, to): (i64, i64)) -> Result<News, Failure> {
    let shop = there(store::vendor(conn, VendorId::from_i64(vendor)).await?)?.name;
    let from = there(store::user(conn, UserId::from_i64(from)).await?)?;
    let to = there(store::user(conn, UserId::from_i64(to)).await?)?;
    let name = |user: &Recipient| user.name.clone().unwrap_or_default();
    let content = Transfer { shop, from: name(&from), to: name(&to) };
    Ok(News::of(vec![from, to], written(letters::shop_transferred, content)))
}

async fn about_shop(
    conn: &mut Conn,
    vendor: i64,
    reason: Option<String>,
    letter: fn(&Shop, &Frame<'_>) -> askama::Result<Rendered>,
) -> Result<News, Failure> {
    let id = VendorId::from_i64(vendor);
    let vendor = there(store::vendor(conn, id).await?)?;
    let recipients = store::managers(conn, id).await?;
    let shop = Shop { name: vendor.name, reason: reason.or(vendor.rejection_reason) };
    Ok(News::of(recipients, written(letter, shop)))
}

async fn purchase(conn: &mut Conn, market: &Market, id: CheckoutId) -> Result<News, Failure> {
    let checkout = there(store::checkout(conn, id).await?)?;
    let buyer = there(store::buyer(conn, id).await?)?;
    let mut items = store::items(conn, id, None).await?;
    let mut orders = Vec::new();
    for order in store::orders(conn, id).await? {
        let (its, others) = items.into_iter().partition(|item| item.order == order.id);
        items = others;
        orders.push(shown_order(order, its)?);
    }
    let link = if buyer.user.is_none() { Some(links::link(market, id).await?) } else { None };
    let currency = currency(&checkout.currency)?;
    let purchase = Purchase {
        orders,
        sums: sums(
            currency,
            &[
                ("Items", checkout.items_total),
                ("Discount", -checkout.discount_total),
                ("Shipping", checkout.shipping_total),
                ("Tax", checkout.tax_total),
            ],
            checkout.grand_total,
        ),
        address: address_lines(&checkout.address)?,
        cash: checkout.payment_method == "cod",
        link,
    };
    Ok(News::of(vec![buyer], written(letters::order_confirmation, purchase)))
}

async fn order_for_buyer(conn: &mut Conn, id: OrderId) -> Result<(Vec<Recipient>, Order), Failure> {
    let order = there(store::order(conn, id).await?)?;
    let buyer = there(store::buyer(conn, order.checkout).await?)?;
    let items = store::items(conn, order.checkout, Some(id)).await?;
    let order = shown_order(order, items)?;
    Ok((vec![buyer], order))
}

async fn order_for_vendor(conn: &mut Conn, id: OrderId) -> Result<(Vec<Recipient>, Order), Failure> {
    let order = there(store::order(conn, id).await?)?;
    let managers = store::managers(conn, order.vendor).await?;
    let items = store::items(conn, order.checkout, Some(id)).await?;
    Ok((managers, shown_order(order, items)?))
}

async fn cancellation(conn: &mut Conn, order: Order) -> Result<Cancellation, Failure> {
    let (from, reason) = store::cancellation(conn, order.id).await?.unwrap_or_default();
    let was_paid = from.is_some_and(|from| from != "awaiting_payment") && !order.cash;
    Ok(Cancellation { order, reason, was_paid })
}

async fn parcel(conn: &mut Conn, id: ShipmentId) -> Result<News, Failure> {
    let shipment = there(store::shipment(conn, id).await?)?;
    let items = store::shipped_items(conn, id).await?.into_iter().map(piece).collect();
    let (recipients, order) = order_for_buyer(conn, shipment.order).await?;
    let parcel = Parcel { order, items, carrier: shipment.carrier, tracking: shipment.tracking };
    Ok(News::of(recipients, written(letters::order_shipped, parcel)))
}

/// Who reads about a return.
#[derive(Debug, Clone, Copy)]
enum Reader {
    Buyer,
    Vendor,
}

async fn about_return(
    conn: &mut Conn,
    returned: i64,
    reader: Reader,
    letter: fn(&Returned, &Frame<'_>) -> askama::Result<Rendered>,
) -> Result<News, Failure> {
    let id = ReturnId::from_i64(returned);
    let row = there(store::returned(conn, id).await?)?;
    let items = store::returned_items(conn, id).await?.into_iter().map(piece).collect();
    let money = there(store::order(conn, row.order).await?)?.currency;
    let (recipients, order) = match reader {
        Reader::Buyer => order_for_buyer(conn, row.order).await?,
        Reader::Vendor => order_for_vendor(conn, row.order).await?,
    };
    let refund = row.refund.display(currency(&money)?);
    let returned = Returned { order, items, reason: row.reason, answer: row.answer, refund };
    Ok(News::of(recipients, written(letter, returned)))
}

async fn late_payment(conn: &mut Conn, id: RefundId) -> Result<News, Failure> {
    let refund = there(payments::find_refund(conn, id).await?)?;
    let payment = there(payments::find(conn, refund.payment).await?)?;
    let checkout = there(store::checkout(conn, payment.checkout).await?)?;
    let buyer = there(store::buyer(conn, payment.checkout).await?)?;
    let numbers: Vec<String> =
        store::orders(conn, payment.checkout).await?.into_iter().map(|order| order.number).collect();
    let late = LatePayment {
        refund: refund.amount.display(currency(&checkout.currency)?),
        reason: refund.reason,
        orders: numbers.join(", "),
    };
    Ok(News::of(vec![buyer], written(letters::late_payment, late)))
}

fn shown_order(order: store::Order, items: Vec<store::Item>) -> Result<Order, Failure> {
    let currency = currency(&order.currency)?;
    let parts =
        [("Discount", -order.discount_total), ("Shipping", order.shipping_total), ("Tax", order.tax_total)];
    Ok(Order {
        id: order.id,
        number: order.number,
        vendor: order.vendor_name,
        items: items.into_iter().map(|row| item(row, currency)).collect(),
        sums: sums(currency, &parts, order.total),
        address: address_lines(&order.address)?,
        note: order.note,
        by_hub: order.fulfilment == Fulfilment::Hub,
        cash: order.payment_method == "cod",
        cancelled: order.status == "cancelled",
    })
}

fn sums(currency: Currency, parts: &[(&'static str, Money)], total: Money) -> Vec<Sum> {
    let shown = parts.iter().filter(|(_, amount)| *amount != Money::ZERO);
    shown
        .chain(&[("Total", total)])
        .map(|(label, amount)| Sum { label, amount: amount.display(currency) })
        .collect()
}

fn item(item: store::Item, currency: Currency) -> Item {
    let total = item.line_total.display(currency);
    let Piece { title, variant, sku, quantity } = piece(item);
    Item { title, variant, sku, quantity, total }
}

fn piece(item: store::Item) -> Piece {
    let variant = Some(item.variant_title).filter(|variant| !variant.is_empty() && *variant != item.title);
    Piece { title: item.title, variant, sku: item.sku, quantity: item.quantity }
}

fn currency(code: &str) -> Result<Currency, Failure> {
    Ok(code.parse().map_err(|_| Error::internal("a checkout has no currency"))?)
}

/// The address that a checkout kept.
#[derive(Debug, Deserialize)]
struct KeptAddress {
    name: String,
    line1: String,
    line2: Option<String>,
    city: String,
    region: Option<String>,
    postal_code: String,
    country: String,
    phone: Option<String>,
}

fn address_lines(kept: &str) -> Result<Vec<String>, Failure> {
    let kept: KeptAddress = serde_json::from_str(kept)
        .map_err(|error| Error::failed("a checkout's address cannot be read", error))?;
    let city = format!("{} {}", kept.postal_code, kept.city);
    let lines = [
        Some(kept.name),
        Some(kept.line1),
        kept.line2,
        Some(city),
        kept.region,
        Some(kept.country),
        kept.phone,
    ];
    Ok(lines.into_iter().flatten().filter(|line| !line.is_empty()).collect())
}
