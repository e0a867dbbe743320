//! Coupons: what takes something off a purchase when its buyer knows a code.
//!
//! The marketplace pays for a coupon, or a shop does. Invariants: a coupon is used at most as often as its
//! limits allow, however many buy at the same time, since each use is a guarded update of the coupon's row in
//! the transaction of the purchase; a use is given back exactly once, when the unpaid checkout ends; what
//! a coupon takes off is worked out by [`crate::pricing::quote`] alone.

mod error;
mod model;
mod store;
mod store_carts;
mod store_uses;

pub use error::{CouponError, CouponProblem, Refused};
pub use model::{Benefit, Coupon, Goods, Presented, Terms, normal_code};

pub(crate) use store::STATEMENTS;
pub(crate) use store_carts::STATEMENTS as CART_STATEMENTS;
pub(crate) use store_uses::{INSERTS, Redemption, STATEMENTS as USE_STATEMENTS};

use std::collections::HashMap;

use db::{Asked, Conn, Tx};
use types::{
    CartId, CategoryId, CheckoutId, CouponId, FieldError, FieldErrors, Limit, Page, Timestamp, VendorId, kind,
};

use crate::batch::by_parent;
use crate::error::Refusal;
use crate::pricing::{Funder, Lineages};
use crate::throttle::Rate;
use crate::{Error, Market, Result, vendors};

/// Codes that were refused, of one user or guest.
pub const GUESSES_BY_SHOPPER: Rate = Rate { name: "coupon-shopper", tries: 10, seconds: 900 };

/// Codes that were refused, from one network address: a guest can become another guest at will.
pub const GUESSES_BY_ADDRESS: Rate = Rate { name: "coupon-address", tries: 60, seconds: 900 };

/// The most coupons of a cart.
pub const IN_CART_MAX: i64 = 10;

/// The most products, and the most categories, that a coupon names.
pub const NAMED_MAX: usize = 100;

/// How often buyers have used coupons, by coupon and buyer (see [`crate::limits`]).
pub(crate) type Uses = HashMap<(CouponId, String), i64>;

/// Whose coupons somebody keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeper {
    /// An admin: all.
    Marketplace,
    /// A member of this shop: those that the shop pays for.
    Vendor(VendorId),
}

impl Keeper {
    fn keeps(self, coupon: &Coupon) -> bool {
        match self {
            Self::Marketplace => true,
            Self::Vendor(vendor) => coupon.vendor == Some(vendor) && coupon.funded_by == Funder::Vendor,
        }
    }
}

/// A coupon to be made.
#[derive(Debug, Clone)]
pub struct NewCoupon {
    /// What buyers type, as [`normal_code`] gives it.
    pub code: String,
    /// Who pays for it.
    pub funded_by: Funder,
    /// The only shop whose goods it is for. A shop that pays names itself.
    pub vendor: Option<VendorId>,
    /// Its rules.
    pub terms: Terms,
}

/// A page of the keeper's coupons, the newest first.
pub async fn list(
    conn: &mut Conn,
    keeper: Keeper,
    before: Option<CouponId>,
    limit: Limit,
) -> Result<Page<Coupon, CouponId>> {
    let vendor = match keeper {
        Keeper::Marketplace => None,
        Keeper::Vendor(vendor) => Some(vendor),
    };
    let coupons = store::list(conn, vendor, before, limit).await?;
    Ok(Page::cut(coupons, limit, |coupon| coupon.id))
}

/// One of the keeper's coupons; another's is not found.
pub async fn find(conn: &mut Conn, keeper: Keeper, id: CouponId) -> Result<Coupon> {
    let found = store::find(conn, id).await?.filter(|coupon| keeper.keeps(coupon));
    found.ok_or_else(|| Refusal::NotFound.into())
}

/// One of the keeper's coupons, locked until the transaction ends.
pub async fn lock(tx: &mut Tx, keeper: Keeper, id: CouponId) -> Result<Coupon> {
    let found = store::lock(tx, id).await?.filter(|coupon| keeper.keeps(coupon));
    found.ok_or_else(|| Refusal::NotFound.into())
}

/// Makes a coupon. A code that another has is refused as `coupon_code_taken`.
pub async fn create(tx: &mut Tx, market: &Market, new: NewCoupon) -> Result<Coupon> {
    let mut errors = check_scope(tx, &new.terms).await?;
    if let Some(vendor) = new.vendor
        && vendors::find(tx, vendor).await?.is_none()
    {
        errors.push(FieldError::new("/vendor_id", "not_found", "there is no such shop"));
    }
    errors.into_result()?;
    let coupon = Coupon {
        id: market.id::<kind::Coupon>(),
        code: new.code,
        funded_by: new.funded_by,
        vendor: new.vendor,
        terms: new.terms,
        used_count: 0,
        archived_at: None,
        created_at: market.now(),
    };
    if store::insert(tx, &coupon).await? { Ok(coupon) } else { Err(CouponError::CodeTaken.into()) }
}

/// Gives a locked coupon other rules. Uses that were made stay.
pub async fn change(tx: &mut Tx, market: &Market, before: Coupon, terms: Terms) -> Result<Coupon> {
    check_scope(tx, &terms).await?.into_result()?;
    store::update(tx, before.id, &terms, market.now()).await?;
    Ok(Coupon { terms, ..before })
}

/// Takes a locked coupon out of use for good. Its code is not given again.
pub async fn remove(tx: &mut Tx, market: &Market, coupon: CouponId) -> Result<()> {
    store::archive(tx, coupon, market.now()).await
}

/// What a coupon names that there is not.
async fn check_scope(conn: &mut Conn, terms: &Terms) -> Result<FieldErrors> {
    let mut errors = FieldErrors::default();
    let products = store::known_products(conn, &terms.products).await?;
    for (index, _) in terms.products.iter().enumerate().filter(|(_, id)| !products.contains(id)) {
        let at = format!("/product_ids/{index}");
        errors.push(FieldError::new(at, "not_found", "there is no such product"));
    }
    let categories = store::known_categories(conn, &terms.categories).await?;
    for (index, _) in terms.categories.iter().enumerate().filter(|(_, id)| !categories.contains(id)) {
        let at = format!("/category_ids/{index}");
        errors.push(FieldError::new(at, "not_found", "there is no such category"));
    }
    Ok(errors)
}

/// The coupons of several carts, each cart's in the order in which they were put in.
pub(crate) async fn ask_of_carts(
    conn: &mut Conn,
    carts: &[CartId],
) -> Result<Asked<HashMap<CartId, Vec<Presented>>>> {
    let asked = store_carts::ask_of_carts(conn, carts).await?;
    Ok(asked.map(|rows| by_parent(rows.into_iter().map(|row| (row.cart, row.presented)))))
}

/// The categories above these.
pub(crate) async fn lineages(conn: &mut Conn, categories: &[CategoryId]) -> Result<Lineages> {
    Ok(by_parent(store::lineages(conn, categories).await?))
}

/// Puts a coupon into a locked cart. An unknown code is a mistake of `/code`, and one that is switched off
/// looks the same; one that is there already stays. Whether it can be used there is for the caller to find out.
pub(crate) async fn put_in_cart(tx: &mut Tx, market: &Market, cart: CartId, code: &str) -> Result<CouponId> {
    let unknown = || Error::invalid("/code", "not_found", "there is no such coupon");
    let code = normal_code(code).ok_or_else(unknown)?;
    let coupon = store::find_by_code(tx, &code).await?.filter(|coupon| coupon.terms.active);
    let coupon = coupon.ok_or_else(unknown)?;
    store_carts::put_in_cart(tx, cart, coupon.id, market.now()).await?;
    if store_carts::in_cart(tx, cart).await? > IN_CART_MAX {
        return Err(CouponError::TooMany.into());
    }
    Ok(coupon.id)
}

/// Takes a coupon out of a locked cart; `false` when it is not there.
pub(crate) async fn take_out_of_cart(tx: &mut Tx, cart: CartId, code: &str) -> Result<bool> {
    match normal_code(code) {
        Some(code) => store_carts::take_out_of_cart(tx, cart, &code).await,
        None => Ok(false),
    }
}

/// Whether a cart has coupons.
pub(crate) async fn any_in_cart(conn: &mut Conn, cart: CartId) -> Result<bool> {
    Ok(store_carts::in_cart(conn, cart).await? > 0)
}

/// Gives a cart the coupons of another that it has not.
pub(crate) async fn join_carts(tx: &mut Tx, from: CartId, into: CartId) -> Result<()> {
    store_carts::join_carts(tx, from, into).await
}

/// Takes all coupons out of carts.
pub(crate) async fn clear_carts(tx: &mut Tx, carts: &[CartId]) -> Result<()> {
    store_carts::clear_carts(tx, carts).await
}

/// Locks the coupons of carts until the transaction ends, in the order of their identifiers: what is read of
/// their uses afterwards stays true.
pub(crate) async fn lock_of_carts(tx: &mut Tx, carts: &[CartId]) -> Result<()> {
    store_carts::lock_of_carts(tx, carts).await
}

/// How often each of these buyers has used each of these coupons.
pub(crate) async fn ask_uses(conn: &mut Conn, wanted: &[(CouponId, String)]) -> Result<Asked<Uses>> {
    store_uses::ask_uses(conn, wanted).await
}

/// Counts uses of coupons, in the order of the coupons; `false` when limits do not allow some of them, and
/// then the purchases must not happen.
pub(crate) async fn redeem(tx: &mut Tx, uses: &[&Redemption], now: Timestamp) -> Result<bool> {
    let mut uses = uses.to_vec();
    uses.sort_unstable_by(|one, other| (one.coupon, &one.buyer).cmp(&(other.coupon, &other.buyer)));
    Ok(store_uses::count_uses(tx, &uses).await?
        && store_uses::count_buyers(tx, &uses).await?
        && store_uses::redeem(tx, &uses, now).await.map(|()| true)?)
}

/// Gives back what a checkout that ended unpaid has used. Running twice gives back once.
pub(crate) async fn give_back(tx: &mut Tx, market: &Market, checkout: CheckoutId) -> Result<()> {
    store_uses::give_back(tx, checkout, market.now()).await
}
