//! What a payment is, and the pure rules of its states.

use types::{CheckoutId, Money, OrderId, PaymentId, RefundId, ReturnId, Timestamp, UserId};

use crate::states::states;

states! {
    /// How a checkout is paid.
    #[derive(PartialOrd, Ord)]
    pub enum Method {
        /// A provider that does what it is told: for trying out.
        Test = "test",
        /// Cards and the like, by Stripe.
        Stripe = "stripe",
        /// Cash on delivery.
        Cod = "cod",
    }
}

impl Method {
    /// Whether the money comes in before the sellers begin.
    pub const fn is_prepaid(self) -> bool {
        match self {
            Self::Test | Self::Stripe => true,
            Self::Cod => false,
        }
    }

    /// How a refund begins: given back at once, or asked of somebody who says later how it went.
    pub(super) const fn refund_begins(self) -> RefundStatus {
        match self {
            Self::Test | Self::Cod => RefundStatus::Succeeded,
            Self::Stripe => RefundStatus::Pending,
        }
    }
}

states! {
    /// How far a payment is.
    pub enum PaymentStatus {
        /// Nothing has come in.
        Pending = "pending",
        /// The buyer has to do something.
        RequiresAction = "requires_action",
        /// It is under way: some of it has come in (cash, order by order), or the provider is at it.
        Processing = "processing",
        /// All of it has come in.
        Captured = "captured",
        /// The provider declined.
        Failed = "failed",
        /// It will not come in.
        Cancelled = "cancelled",
        /// Some of what came in has gone back.
        PartiallyRefunded = "partially_refunded",
        /// All that came in has gone back.
        Refunded = "refunded",
    }
}

impl PaymentStatus {
    /// Whether money may still come in.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::RequiresAction | Self::Processing)
    }

    /// The state that follows from what is due, what came in and what went back.
    pub fn of_amounts(due: Money, captured: Money, refunded: Money) -> Self {
        if captured < due {
            return if captured == Money::ZERO { Self::Pending } else { Self::Processing };
        }
        match refunded {
            Money::ZERO if due == Money::ZERO => Self::Cancelled,
            Money::ZERO => Self::Captured,
            some if some < captured => Self::PartiallyRefunded,
            _ => Self::Refunded,
        }
    }
}

/// An attempt to collect a checkout's money.
#[derive(Debug, Clone)]
pub struct Payment {
    /// Identifier.
    pub id: PaymentId,
    /// What it pays for.
    pub checkout: CheckoutId,
    /// Who pays; absent for a guest.
    pub user: Option<UserId>,
    /// How.
    pub method: Method,
    /// How far it is.
    pub status: PaymentStatus,
    /// What is due.
    pub amount: Money,
    /// What came in.
    pub captured_amount: Money,
    /// What went back of it, or is on its way back.
    pub refunded_amount: Money,
    /// What of it came in too late: it pays for no order and goes back.
    pub late_amount: Money,
    /// Why the provider declined.
    pub failure_code: Option<String>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When all of it had come in.
    pub captured_at: Option<Timestamp>,
}

impl Payment {
    /// Whether there was nothing to collect from the beginning.
    pub(crate) fn is_free(&self) -> bool {
        self.status == PaymentStatus::Captured && self.amount == Money::ZERO
    }
}

db::from_row!(Payment {
    id,
    checkout,
    user,
    method,
    status,
    amount,
    captured_amount,
    refunded_amount,
    late_amount,
    failure_code,
    created_at,
    captured_at,
});

states! {
    /// How far a refund is.
    pub enum RefundStatus {
        /// Asked of the provider.
        Pending = "pending",
        /// The buyer has it.
        Succeeded = "succeeded",
        /// The provider could not.
        Failed = "failed",
    }
}

/// Money that goes back to a buyer.
#[derive(Debug, Clone)]
pub struct Refund {
    /// Identifier.
    pub id: RefundId,
    /// What it is given back of.
    pub payment: PaymentId,
    /// The order it is for; absent when it is spread over the payment's orders.
    pub order: Option<OrderId>,
    /// How much.
    pub amount: Money,
    /// The return whose items it is for.
    pub returned: Option<ReturnId>,
    /// Why.
    pub reason: String,
    /// How far it is.
    pub status: RefundStatus,
    /// Which attempt this is: one that failed can be made again.
    pub attempt: i64,
    /// What the provider calls it.
    pub provider_ref: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

db::from_row!(Refund {
    id,
    payment,
    order,
    amount,
    returned,
    reason,
    status,
    attempt,
    provider_ref,
    created_at,
});
