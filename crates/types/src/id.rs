//! Identifiers: 64-bit, sorted by time, made without asking the database, a type each.
//!
//! 42 bits of milliseconds since 2024-01-01 (of which the first stays 0 until 2093), 10 bits of a node
//! number leased from the database, 12 bits of a counter. Shown as a prefix and 13 characters of
//! Crockford base 32: `ord_0AXS751X00W7C`.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::atomic::{AtomicI64, Ordering as Atomic};

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::{Serialize, Serializer};

use crate::{FieldErrors, Timestamp, input};

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 13;
const NODE_BITS: u32 = 10;
const COUNTER_BITS: u32 = 12;

/// 2024-01-01T00:00:00Z in milliseconds of the Unix epoch.
const EPOCH_MS: i64 = 1_704_067_200_000;

/// How many nodes can make identifiers at the same time.
pub const MAX_NODES: i64 = 1 << NODE_BITS;

/// What an identifier stands for; its prefix tells it from the others.
pub trait Kind: 'static {
    /// The text before the underscore, such as `ord`.
    const PREFIX: &'static str;
}

/// The identifier of a `K`.
pub struct Id<K>(i64, PhantomData<fn() -> K>);

impl<K> Id<K> {
    /// The identifier as the database keeps it.
    pub const fn as_i64(self) -> i64 {
        self.0
    }

    /// An identifier the database kept.
    pub const fn from_i64(raw: i64) -> Self {
        Self(raw, PhantomData)
    }

    /// No identifier that is made at `time` or later is below it.
    pub fn first_at(time: Timestamp) -> Self {
        let millis = (time.as_millis() - EPOCH_MS).clamp(0, i64::MAX >> (NODE_BITS + COUNTER_BITS));
        Self::from_i64(millis << (NODE_BITS + COUNTER_BITS))
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [b'0'; LENGTH];
        let mut rest = self.0.cast_unsigned();
        for place in text.iter_mut().rev() {
            *place = ALPHABET[usize::try_from(rest & 31).unwrap_or(0)];
            rest >>= 5;
        }
        write!(f, "{}_{}", K::PREFIX, str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no identifier of the wanted kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier of the form `{0}_…`")]
pub struct NotAnId(pub &'static str);

impl<K: Kind> FromStr for Id<K> {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let refuse = NotAnId(K::PREFIX);
        let digits = text.strip_prefix(K::PREFIX).and_then(|rest| rest.strip_prefix('_')).ok_or(refuse)?;
        // 13 characters hold 65 bits: the first may not reach into the sign.
        if digits.len() != LENGTH || digits.as_bytes()[0] > b'7' {
            return Err(refuse);
        }
        let mut raw = 0_i64;
        for byte in digits.bytes() {
            let digit = ALPHABET.iter().position(|letter| *letter == byte).ok_or(refuse)?;
            raw = (raw << 5) | i64::try_from(digit).map_err(|_| refuse)?;
        }
        Ok(Self::from_i64(raw))
    }
}

impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<K: Kind> Deserr<FieldErrors> for Id<K> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        let text = input::string(value, location)?;
        text.parse().map_err(|error: NotAnId| FieldErrors::at(location, "malformed_id", error.to_string()))
    }
}

impl<K: Kind> utoipa::PartialSchema for Id<K> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some(format!("^{}_[0-7][0-9A-HJKMNP-TV-Z]{{12}}$", K::PREFIX)))
            .examples([serde_json::json!(Self::from_i64(0x0AB3_C2D1_E000_0007).to_string())])
            .into()
    }
}
impl<K: Kind> utoipa::ToSchema for Id<K> {
    /// Each kind is a schema of its own.
    fn name() -> Cow<'static, str> {
        format!("{}_id", K::PREFIX).into()
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident, $id:ident, $prefix:literal;)*) => {
        /// What identifiers stand for.
        pub mod kind {
            $($(#[$doc])* #[derive(Debug, Clone, Copy, PartialEq, Eq)] pub enum $kind {}
            impl super::Kind for $kind { const PREFIX: &'static str = $prefix; })*
        }
        $($(#[$doc])* pub type $id = Id<kind::$kind>;)*
    };
}

kinds! {
    /// A person with an account.
    User, UserId, "usr";
    /// One login and the refresh tokens that follow from it.
    Session, SessionId, "ses";
    /// An entry of a user's address book.
    Address, AddressId, "addr";
    /// A shop.
    Vendor, VendorId, "ven";
    /// A node of the category tree.
    Category, CategoryId, "cat";
    /// A property that products of a category have.
    Attribute, AttributeId, "attr";
    /// What is sold.
    Product, ProductId, "prod";
    /// The form of a product that has a price and a stock.
    Variant, VariantId, "var";
    /// A picture of a product.
    Image, ImageId, "img";
    /// What a buyer means to buy.
    Cart, CartId, "cart";
    /// One purchase.
    Checkout, CheckoutId, "chk";
    /// What one vendor fulfils for a checkout.
    Order, OrderId, "ord";
    /// A line of an order.
    Item, ItemId, "item";
    /// A parcel.
    Shipment, ShipmentId, "shp";
    /// Items on their way back.
    Return, ReturnId, "ret";
    /// An attempt to collect a checkout's money.
    Payment, PaymentId, "pay";
    /// Money on its way back.
    Refund, RefundId, "rfd";
    /// Money sent to a seller.
    Payout, PayoutId, "pyt";
    /// What takes something off a purchase.
    Coupon, CouponId, "cpn";
    /// A way in which a shop ships.
    ShippingMethod, ShippingMethodId, "shm";
    /// A buyer's judgement of a product.
    Review, ReviewId, "rev";
    /// A mail, kept in the development mailbox.
    Message, MessageId, "msg";
    /// An entry of a timeline, a stock movement, a ledger's transaction or entry.
    Event, EventId, "evt";
    /// A request that is answered.
    Request, RequestId, "req";
    /// A bulk import of products.
    Import, ImportId, "imp";
    /// An invitation into a shop.
    Invitation, InvitationId, "inv";
    /// A key with which a program acts for somebody.
    ApiKey, ApiKeyId, "key";
    /// A piece of background work.
    Job, JobId, "job";
}

/// Makes identifiers: unique over all nodes, growing on each.
#[derive(Debug)]
pub struct IdGenerator {
    node: i64,
    last: AtomicI64,
}

impl IdGenerator {
    /// A generator for the node that holds the lease on `node` (below [`MAX_NODES`]).
    pub fn new(node: i64) -> Self {
        Self { node: node.rem_euclid(MAX_NODES), last: AtomicI64::new(0) }
    }

    /// The next identifier. A clock that steps back, or more than 4,096 identifiers in a
    /// millisecond, borrow from the milliseconds to come: what was given before is never given again.
    pub fn next<K: Kind>(&self, now: Timestamp) -> Id<K> {
        let tick = (now.as_millis() - EPOCH_MS).max(0) << COUNTER_BITS;
        let next = |last: i64| tick.max(last + 1);
        let last = self
            .last
            .fetch_update(Atomic::Relaxed, Atomic::Relaxed, |last| Some(next(last)))
            .unwrap_or_else(|last| last);
        let ticket = next(last);
        let (millis, counter) = (ticket >> COUNTER_BITS, ticket & ((1 << COUNTER_BITS) - 1));
        Id::from_i64((((millis << NODE_BITS) | self.node) << COUNTER_BITS) | counter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn text_and_back(raw in 0..i64::MAX) {
            let id = OrderId::from_i64(raw);
            prop_assert_eq!(id.to_string().parse::<OrderId>(), Ok(id));
        }

        #[test]
        fn no_text_panics(text in ".{0,30}") {
            let _ = text.parse::<OrderId>();
        }
    }

    #[test]
    fn other_kinds_and_wrong_letters_are_refused() {
        let text = OrderId::from_i64(77).to_string();
        assert!(text.parse::<UserId>().is_err());
        for wrong in
            ["", "ord_", "ord_80000000000000", "ord_8000000000000", "ord_000000000000I", "ord_00000000000é"]
        {
            assert!(wrong.parse::<OrderId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_moment_begins_with_its_first_identifier() {
        let time = Timestamp::from_millis(EPOCH_MS + 77);
        let made = IdGenerator::new(3).next::<kind::Order>(time);
        let next = Timestamp::from_millis(EPOCH_MS + 78);
        assert!(OrderId::first_at(time) <= made && made < OrderId::first_at(next));
        assert_eq!(OrderId::first_at(Timestamp::from_millis(0)).as_i64(), 0);
    }

    #[test]
    fn ids_grow_even_when_the_clock_steps_back() {
        let ids = IdGenerator::new(3);
        let later = Timestamp::from_millis(EPOCH_MS + 1_000_000);
        let mut last = ids.next::<kind::Order>(later);
        for step in 0..10_000 {
            let next = ids.next::<kind::Order>(Timestamp::from_millis(later.as_millis() - step));
            assert!(next > last);
            last = next;
        }
    }
}
