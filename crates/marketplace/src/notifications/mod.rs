//! The mails of the marketplace: which there are, and that one is to be sent.
//!
//! A mail is a [`Job`] in the transaction of what it tells of. To add one: a variant here, its templates,
//! and the place that calls [`send`].

use db::Tx;
use serde::{Deserialize, Serialize};

use crate::jobs::{self, Job};
use crate::{Market, Result};

/// A mail to be written and sent. Holds the raw 64-bit identifiers of what it tells of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mail", rename_all = "snake_case")]
pub enum Mail {
    /// The code that makes a pending registration a user.
    VerificationCode {
        /// Where to.
        email: String,
        /// The name of whoever registers.
        first_name: String,
        /// The six digits.
        code: String,
    },
    /// The code that sets a new password.
    PasswordResetCode {
        /// Whose.
        user: i64,
        /// The six digits.
        code: String,
    },
    /// The password was changed or reset.
    PasswordChanged {
        /// Whose.
        user: i64,
    },
    /// A registration was verified.
    Welcome {
        /// Who.
        user: i64,
    },
    /// A vendor's application arrived.
    VendorApplied {
        /// Whose.
        vendor: i64,
    },
    /// A vendor was accepted.
    VendorAccepted {
        /// Which.
        vendor: i64,
    },
    /// A vendor was rejected, with the reason.
    VendorRejected {
        /// Which.
        vendor: i64,
    },
    /// A vendor was suspended.
    VendorSuspended {
        /// Which.
        vendor: i64,
        /// Why.
        reason: String,
    },
    /// A suspended vendor may sell again.
    VendorReinstated {
        /// Which.
        vendor: i64,
    },
    /// To the buyer: what was bought, grouped by seller.
    OrderConfirmation {
        /// Which checkout.
        checkout: i64,
    },
    /// To the seller: an order to fulfil.
    NewOrder {
        /// Which.
        order: i64,
    },
    /// To the buyer: the seller has accepted.
    OrderAccepted {
        /// Which.
        order: i64,
    },
    /// To the buyer: a parcel is on its way.
    OrderShipped {
        /// Which.
        shipment: i64,
    },
    /// To the buyer: the order is there.
    OrderDelivered {
        /// Which.
        order: i64,
    },
    /// To the buyer: the order was cancelled.
    OrderCancelled {
        /// Which.
        order: i64,
    },
    /// To the seller: the order was cancelled.
    OrderCancelledForVendor {
        /// Which.
        order: i64,
    },
    /// To the seller: the buyer asks to return items.
    ReturnRequested {
        /// Which return.
        returned: i64,
    },
    /// To the buyer: the seller takes the items back.
    ReturnApproved {
        /// Which return.
        returned: i64,
    },
    /// To the buyer: the seller does not take the items back.
    ReturnRejected {
        /// Which return.
        returned: i64,
    },
    /// To the buyer: the money of a return is on its way.
    ReturnRefunded {
        /// Which return.
        returned: i64,
    },
}

/// Sends `mail` once this transaction has committed.
pub async fn send(tx: &mut Tx, market: &Market, mail: Mail) -> Result<()> {
    let now = market.now();
    jobs::enqueue(tx, market, &Job::SendMail { mail }, now).await
}
