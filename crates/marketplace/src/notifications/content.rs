//! What mails tell, ready to be shown: amounts and addresses are texts here.

use types::OrderId;

use super::SecurityEvent;

/// A one-time code.
#[derive(Debug)]
pub(super) struct Code {
    /// Six digits.
    pub(super) code: String,
    /// How long it is good for, such as `10 minutes`.
    pub(super) lasts: String,
}

/// Something about the reader's own account.
#[derive(Debug)]
pub(super) struct Account;

/// Something that happened to the reader's account.
#[derive(Debug)]
pub(super) struct Security {
    pub(super) title: &'static str,
    pub(super) sentence: &'static str,
}

impl Security {
    pub(super) const fn of(event: SecurityEvent) -> Self {
        let (title, sentence) = match event {
            SecurityEvent::TwoFactorOn => (
                "Two-factor login is on",
                "Two-factor login was turned on for your account, and every other device was logged out.",
            ),
            SecurityEvent::TwoFactorOff => (
                "Two-factor login is off",
                "Two-factor login was turned off for your account: the password alone opens it.",
            ),
            SecurityEvent::TwoFactorLost => (
                "Two-factor login was turned off for you",
                "An operator turned two-factor login off for your account, as its second factor was said to be \
                 lost, and every device was logged out. The password alone opens it until you set it up again.",
            ),
            SecurityEvent::RecoveryCodesRenewed => (
                "You have new recovery codes",
                "New recovery codes were made for your account. Those of before are good no more.",
            ),
            SecurityEvent::RecoveryCodeUsed => (
                "A recovery code was used",
                "One of your recovery codes was used instead of your authenticator. It is good no more.",
            ),
            SecurityEvent::ApiKeyMade => (
                "You have a new API key",
                "An API key was made for your account: whoever has it can act for you within its scopes.",
            ),
        };
        Self { title, sentence }
    }
}

/// A shop.
#[derive(Debug)]
pub(super) struct Shop {
    pub(super) name: String,
    /// Why it was rejected or suspended.
    pub(super) reason: Option<String>,
}

/// An invitation into a shop.
#[derive(Debug)]
pub(super) struct Invited {
    pub(super) shop: String,
    pub(super) role: &'static str,
    /// How long it is good for, such as `14 days`.
    pub(super) lasts: String,
}

/// A shop that goes from one owner to another, by their names.
#[derive(Debug)]
pub(super) struct Transfer {
    pub(super) shop: String,
    pub(super) from: String,
    pub(super) to: String,
}

/// So many of something: in a parcel, in a return.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) title: String,
    /// Which variant, where there are several.
    pub(super) variant: Option<String>,
    pub(super) sku: Option<String>,
    pub(super) quantity: i64,
}

/// A product that an operator has looked at.
#[derive(Debug)]
pub(super) struct Reviewed {
    pub(super) title: String,
    pub(super) shop: String,
    /// What is to be changed.
    pub(super) reason: Option<String>,
}

/// A stock that is low.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) title: String,
    /// Which variant, where there are several.
    pub(super) variant: Option<String>,
    pub(super) sku: Option<String>,
    /// The units that are left.
    pub(super) stock: i64,
}

/// A shop's stocks that are low.
#[derive(Debug)]
pub(super) struct LowStock {
    pub(super) shop: String,
    pub(super) shelves: Vec<Shelf>,
}

/// A line of an order.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) title: String,
    /// Which variant, where there are several.
    pub(super) variant: Option<String>,
    pub(super) sku: Option<String>,
    pub(super) quantity: i64,
    /// What the line costs.
    pub(super) total: String,
}

/// What is in a cart.
#[derive(Debug)]
pub(super) struct Basket {
    pub(super) items: Vec<Item>,
    pub(super) sums: Vec<Sum>,
    /// Where the cart is seen.
    pub(super) cart: String,
    /// Where the reader says that they want no more reminders.
    pub(super) stop: String,
}

/// A line below the items: `Shipping`, `4.90 USD`.
#[derive(Debug)]
pub(super) struct Sum {
    pub(super) label: &'static str,
    pub(super) amount: String,
}

/// An order, for its buyer or its seller.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) id: OrderId,
    pub(super) number: String,
    pub(super) vendor: String,
    pub(super) items: Vec<Item>,
    /// Discount, shipping, tax, total: those that are not zero.
    pub(super) sums: Vec<Sum>,
    /// Where it goes, line by line.
    pub(super) address: Vec<String>,
    /// What the buyer noted.
    pub(super) note: Option<String>,
    /// Whether it goes to the marketplace's hub first.
    pub(super) by_hub: bool,
    /// Whether it is paid in cash at the door.
    pub(super) cash: bool,
    pub(super) cancelled: bool,
}

/// A cancellation.
#[derive(Debug)]
pub(super) struct Cancellation {
    pub(super) order: Order,
    pub(super) reason: Option<String>,
    /// Whether money was paid, which goes back.
    pub(super) was_paid: bool,
}

/// One purchase: an order for each seller.
#[derive(Debug)]
pub(super) struct Purchase {
    pub(super) orders: Vec<Order>,
    pub(super) sums: Vec<Sum>,
    pub(super) address: Vec<String>,
    pub(super) cash: bool,
    /// Where a guest sees it again.
    pub(super) link: Option<String>,
}

/// A parcel on its way.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) order: Order,
    pub(super) items: Vec<Piece>,
    pub(super) carrier: Option<String>,
    pub(super) tracking: Option<String>,
}

/// Items on their way back.
#[derive(Debug)]
pub(super) struct Returned {
    pub(super) order: Order,
    pub(super) items: Vec<Piece>,
    /// Why the buyer returns them.
    pub(super) reason: String,
    /// What the seller answered.
    pub(super) answer: Option<String>,
    /// What the buyer gets back.
    pub(super) refund: String,
}

/// Money that pays for nothing and goes back.
#[derive(Debug)]
pub(super) struct LatePayment {
    /// What the buyer gets back.
    pub(super) refund: String,
    /// Why: the rest of a sentence, such as `the purchase was already paid`.
    pub(super) reason: String,
    /// The numbers of the orders that it was for, `A, B`.
    pub(super) orders: String,
}
