//! The mails of the marketplace: which there are, and that one is to be sent.
//!
//! A mail is a [`Job`] in the transaction of what it tells of; what it says is read when the job runs. To
//! add one: a variant here, a folder of templates, its line in `letters`, its arm in `news`, and the place
//! that calls [`send`].

mod baskets;
mod content;
mod goods;
mod letters;
mod news;
mod store;

pub(crate) use store::STATEMENTS;

use db::Tx;
use serde::{Deserialize, Serialize};
use types::{JobId, MessageId, Timestamp, UserId};

use crate::erasure::NOWHERE;
use crate::jobs::{self, Failure, Job};
use crate::mail::{Letter, Mailer};
use crate::{Market, Result};
use letters::Frame;
use news::News;

/// What changed of how an account is guarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityEvent {
    /// Logins take a second factor from now on.
    TwoFactorOn,
    /// Logins take the password alone.
    TwoFactorOff,
    /// An operator turned the second factor off, which was lost.
    TwoFactorLost,
    /// There are new recovery codes.
    RecoveryCodesRenewed,
    /// Somebody used a recovery code.
    RecoveryCodeUsed,
    /// There is a new API key.
    ApiKeyMade,
}

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
    /// Something about how the account is guarded has changed.
    Security {
        /// Whose.
        user: i64,
        /// What.
        event: SecurityEvent,
    },
    /// A code that confirms another e-mail address, to the old one or the new one.
    EmailChangeCode {
        /// Where to.
        email: String,
        /// The six digits.
        code: String,
    },
    /// To the old address: the account has another one.
    EmailChanged {
        /// Where to.
        email: String,
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
    /// Somebody is invited into a shop.
    VendorInvitation {
        /// Which invitation.
        invitation: i64,
    },
    /// To both owners: a shop was handed over.
    ShopTransferred {
        /// Which shop.
        vendor: i64,
        /// Who owned it.
        from: i64,
        /// Who owns it.
        to: i64,
    },
    /// To the seller: an operator published a product.
    ProductApproved {
        /// Which.
        product: i64,
    },
    /// To the seller: an operator wants a product to be changed.
    ProductChangesRequested {
        /// Which.
        product: i64,
    },
    /// To the seller: stocks that fell to their threshold.
    LowStock {
        /// Whose.
        vendor: i64,
        /// Of which variants.
        variants: Vec<i64>,
    },
    /// To the owner of a cart: what was left in it.
    CartReminder {
        /// Which cart.
        cart: i64,
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
    /// To the buyer: money that came too late goes back.
    LatePayment {
        /// Which refund.
        refund: i64,
    },
}

/// Sends `mail` once this transaction has committed.
pub async fn send(tx: &mut Tx, market: &Market, mail: Mail) -> Result<()> {
    send_all(tx, market, vec![mail]).await
}

/// Sends several mails once this transaction has committed.
pub async fn send_all(tx: &mut Tx, market: &Market, mails: Vec<Mail>) -> Result<()> {
    let now = market.now();
    let jobs: Vec<Job> = mails.into_iter().map(|mail| Job::SendMail { mail, to: None }).collect();
    let jobs: Vec<(&Job, Timestamp)> = jobs.iter().map(|job| (job, now)).collect();
    jobs::enqueue_all(tx, market, &jobs).await
}

/// Writes the mail and sends it: to `to` alone, or, where it is for several people, as a job for each.
pub(crate) async fn deliver(
    market: &Market,
    mailer: &Mailer,
    job: JobId,
    mail: Mail,
    to: Option<i64>,
) -> Result<Vec<Job>, Failure> {
    let mut conn = market.db.read().await?;
    let News { mut recipients, render, stop } = news::of(&mut conn, market, &mail).await?;
    drop(conn);
    // Whoever has erased their account gets no more mails.
    if recipients.iter().any(|recipient| recipient.email.as_str().ends_with(NOWHERE)) {
        recipients.retain(|recipient| !recipient.email.as_str().ends_with(NOWHERE));
        if recipients.is_empty() {
            return Ok(Vec::new());
        }
    }
    if let Some(to) = to.map(UserId::from_i64) {
        recipients.retain(|recipient| recipient.user == Some(to));
    }
    let recipient = match recipients.as_slice() {
        // A member of a shop who has left it since.
        [] if to.is_some() => return Ok(Vec::new()),
        // An invitation that was answered or withdrawn meanwhile, a cart that was bought.
        [] if matches!(mail, Mail::VendorInvitation { .. } | Mail::CartReminder { .. }) => {
            return Ok(Vec::new());
        }
        [] => return Err(Failure::fail("there is nobody to send the mail to")),
        [recipient] => recipient,
        several => {
            let users = several.iter().filter_map(|recipient| recipient.user);
            return Ok(users
                .map(|user| Job::SendMail { mail: mail.clone(), to: Some(user.as_i64()) })
                .collect());
        }
    };
    let site = mailer.site(market);
    let frame = Frame { site: &site, name: recipient.name.as_deref(), home: &market.settings.public_url };
    let rendered =
        render(&frame).map_err(|error| Failure::fail(format!("the mail cannot be written: {error}")))?;
    let letter = Letter {
        // The job's own number: the same each time that it runs.
        id: MessageId::from_i64(job.as_i64()),
        name: recipient.name.clone(),
        to: recipient.email.clone(),
        subject: rendered.subject,
        text: rendered.text,
        html: rendered.html,
        stop,
    };
    mailer.send(market, letter).await?;
    Ok(Vec::new())
}
