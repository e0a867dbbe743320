//! What becomes of each purchase of a batch: no database in sight.

use types::{Timestamp, kind};

use super::load::View;
use crate::accounts::PostalAddress;
use crate::cart::Cart;
use crate::checkout::split::split;
use crate::checkout::{Buyer, Checkout, CheckoutError, CheckoutStatus, Destination, Placed, Purchase, model};
use crate::coupons::{Presented, Redemption};
use crate::idempotency::{Answer, Kept, Key, Reply};
use crate::limits::{self, Counted};
use crate::orders::NewOrder;
use crate::payments::{self, Payment};
use crate::pricing::{CouponQuote, Quote, Totals};
use crate::{Error, Market, Result, shipping};

/// What was decided for a batch.
pub(super) struct Decided<'p> {
    /// What each caller is told once the purchases are durable, in the order of the batch.
    pub(super) replies: Vec<Result<Reply>>,
    /// The purchases that are made.
    pub(super) made: Vec<Made<'p>>,
}

/// A purchase that is made.
pub(super) struct Made<'p> {
    pub(super) checkout: Checkout,
    pub(super) orders: Vec<NewOrder>,
    pub(super) payment: Payment,
    /// What was bought: all that is in it.
    pub(super) cart: Cart,
    /// The coupons that it uses: all that are in the cart.
    pub(super) uses: Vec<Redemption>,
    /// What of it counts towards limits.
    pub(super) counted: Vec<Counted>,
    pub(super) key: &'p Key,
    pub(super) answer: Answer,
}

/// Settles the purchases in the order of their arrival. Each sees what the earlier ones took: a cart is bought
/// once, the last unit is sold once, and a key that comes twice gets the first one's answer.
pub(super) fn decide<'p>(market: &Market, batch: &[&'p Purchase], mut view: View) -> Decided<'p> {
    let mut decided = Decided { replies: Vec::with_capacity(batch.len()), made: Vec::new() };
    for purchase in batch {
        let id = purchase.key.id();
        let reply = if let Some(kept) = view.answers.get(&id) {
            let answer = kept.replay(&purchase.key);
            answer.map(|answer| Reply { answer, replayed: true }).map_err(Error::from)
        } else {
            make(market, purchase, &mut view).map(|made| {
                let answer = made.answer.clone();
                view.answers.insert(id, Kept::new(&purchase.key, answer.clone()));
                decided.made.push(made);
                Reply { answer, replayed: false }
            })
        };
        decided.replies.push(reply);
    }
    decided
}

/// Makes one purchase, if it can be made. One that is refused leaves the view as it was.
fn make<'p>(market: &Market, purchase: &'p Purchase, view: &mut View) -> Result<Made<'p>> {
    let Purchase { buyer, input, key, render } = purchase;
    let going = address(view, buyer, &input.destination)?;
    let address =
        serde_json::to_string(going).map_err(|error| Error::failed("an address is no JSON", error))?;
    let destination = shipping::Destination::from(going);
    let mut cart = view.carts.remove(&buyer.shopper()).unwrap_or_default();
    for line in &mut cart.lines {
        line.offer.stock = view.stock.get(&line.offer.variant).copied().unwrap_or_default();
    }
    let Priced { quote, totals, counted } = match price(market, purchase, &destination, &cart, view) {
        Ok(priced) => priced,
        Err(refusal) => {
            view.carts.insert(buyer.shopper(), cart);
            return Err(refusal);
        }
    };
    let status = CheckoutStatus::first(input.method, totals.grand());
    let checkout = Checkout { status, totals, address, ..opened(market, purchase, view.now) };
    let uses = uses(&checkout, buyer, &cart, &quote, view);
    take(&cart, &uses, &counted, view);
    // What is left of it: nothing.
    view.carts.insert(buyer.shopper(), Cart { id: cart.id, lines: Vec::new() });
    let orders = split(&cart, &quote, (&checkout, &buyer.limit_key()), &market.settings, &market.ids);
    let payment = payments::due(market, checkout.id, checkout.user, input.method, totals.grand());
    let placed = Placed {
        orders: orders.iter().map(|order| order.opened(&checkout.address)).collect(),
        checkout: checkout.clone(),
        payment: payment.clone(),
    };
    let answer = render(market, placed);
    Ok(Made { checkout, orders, payment, cart, uses, counted, key, answer })
}

/// What a purchase comes to, and which of its units count towards limits.
struct Priced {
    quote: Quote,
    totals: Totals,
    counted: Vec<Counted>,
}

fn price(
    market: &Market,
    purchase: &Purchase,
    destination: &shipping::Destination,
    cart: &Cart,
    view: &mut View,
) -> Result<Priced> {
    if cart.lines.is_empty() {
        return Err(CheckoutError::CartEmpty.into());
    }
    let (buyer, input) = (purchase.buyer.limit_key(), &purchase.input);
    let choices = model::choices(cart, &input.shipping, &view.conditions.methods)?;
    view.conditions.recount(cart, |coupon| {
        let all = view.coupon_uses.get(&coupon).copied().unwrap_or_default();
        (all, view.buyers_uses.get(&(coupon, buyer.clone())).copied().unwrap_or_default())
    });
    let included = market.settings.prices_include_tax;
    let quote = view.conditions.quote(cart, (Some(destination), &choices), included, view.now);
    let counted = limits::counted(cart, &buyer);
    let problems = limits::problems(cart, &counted, &view.bought, view.now);
    let totals = model::price(cart, &quote, problems, input.expected_total)?;
    Ok(Priced { quote, totals, counted })
}

/// The uses of coupons that a purchase makes.
fn uses(checkout: &Checkout, buyer: &Buyer, cart: &Cart, quote: &Quote, view: &View) -> Vec<Redemption> {
    let presented = view.conditions.coupons_of(cart).iter().zip(&quote.coupons);
    let redemption = |(presented, quote): (&Presented, &CouponQuote)| Redemption {
        checkout: checkout.id,
        coupon: presented.coupon.id,
        buyer: buyer.limit_key(),
        most: presented.coupon.terms.max_uses_per_user,
        discount: quote.discount,
    };
    presented.map(redemption).collect()
}

/// Takes out of the view what a purchase takes out of the world.
fn take(cart: &Cart, uses: &[Redemption], counted: &[Counted], view: &mut View) {
    for line in &cart.lines {
        let stock = view.stock.entry(line.offer.variant).or_default();
        *stock -= line.quantity.units();
    }
    for one in uses {
        *view.coupon_uses.entry(one.coupon).or_default() += 1;
        *view.buyers_uses.entry((one.coupon, one.buyer.clone())).or_default() += 1;
    }
    for count in counted {
        *view.bought.entry((count.product, count.buyer.clone())).or_default() += count.units;
    }
    if let Some(id) = cart.id {
        view.conditions.coupons.remove(&id);
    }
}

/// The checkout of a purchase, before it is known what it costs and where it goes.
fn opened(market: &Market, purchase: &Purchase, now: Timestamp) -> Checkout {
    let (guest_email, guest_token_hash) = match &purchase.buyer {
        Buyer::User { .. } => (None, None),
        Buyer::Guest { token, email } => (Some(email.clone()), Some(*token)),
    };
    let method = purchase.input.method;
    Checkout {
        id: market.ids.next::<kind::Checkout>(now),
        user: purchase.buyer.shopper().user(),
        guest_email,
        guest_token_hash,
        status: CheckoutStatus::AwaitingPayment,
        payment_method: method,
        totals: Totals::default(),
        address: String::new(),
        note: purchase.input.note.as_ref().map(ToString::to_string),
        expires_at: now.plus_seconds(market.settings.checkout_ttl_seconds),
        created_at: now,
    }
}

fn address<'v>(view: &'v View, buyer: &Buyer, destination: &'v Destination) -> Result<&'v PostalAddress> {
    let kept = match (destination, buyer) {
        (Destination::Inline(address), _) => return Ok(address),
        (Destination::Kept(id), Buyer::User { id: user, .. }) => view.addresses.get(&(*user, *id)),
        // A guest has no address book.
        (Destination::Kept(_), Buyer::Guest { .. }) => None,
    };
    kept.ok_or_else(|| Error::invalid("/address_id", "not_found", "there is no such address of yours"))
}
