//! Every setting that admins can change while the marketplace runs: its name, its type and limits, what it
//! means. The endpoint, its description and the limits follow from this table; to add a setting, add its
//! field to [`Settings`] and one entry here.

use std::ops::RangeInclusive;

use serde_json::{Value, json};
use types::{Currency, FieldError};

use super::{Fulfilment, Settings, TaxCollector, TwoFactorRule};
use crate::cart::reminders::HOURS_MAX;

const DAY: i64 = 86_400;

/// One setting that admins can change.
#[derive(Debug)]
pub struct Entry {
    /// Its name in JSON.
    pub name: &'static str,
    /// What it means, a line each.
    pub doc: &'static [&'static str],
    /// Which values it takes.
    pub shape: Shape,
    read: fn(&Settings) -> Value,
    write: fn(&mut Settings, &Value) -> Result<(), Wrong>,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// Which values a setting takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A whole number.
    Whole(RangeInclusive<i64>),
    /// Whole days, of what is kept in seconds.
    Days(RangeInclusive<i64>),
    /// One of these words.
    Word(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A currency of ISO 4217.
    Currency,
    /// A sender of mails, `Name <address>`.
    Sender,
}

/// Why a value can't be taken: a stable code and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wrong {
    code: &'static str,
    detail: String,
}

impl Entry {
    /// The setting's value.
    pub fn of(&self, settings: &Settings) -> Value {
        (self.read)(settings)
    }

    /// Sets it, or says what is wrong with the value.
    pub(super) fn set(&self, settings: &mut Settings, value: &Value) -> Result<(), FieldError> {
        (self.write)(settings, value)
            .map_err(|Wrong { code, detail }| FieldError::new(format!("/{}", self.name), code, detail))
    }
}

/// The entry with this name.
pub fn entry(name: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.name == name)
}

/// A type that a changeable setting can have.
trait Field: Sized {
    fn show(&self, shape: &Shape) -> Value;
    fn take(value: &Value, shape: &Shape) -> Result<Self, Wrong>;
}

macro_rules! entries {
    ($($(#[doc = $doc:literal])+ $name:ident = $field:ident: $shape:expr;)*) => {
        /// The table.
        pub static ENTRIES: &[Entry] = &[$(Entry {
            name: stringify!($name),
            doc: &[$($doc),+],
            shape: $shape,
            read: |settings| settings.$field.show(&$shape),
            write: |settings, value| {
                settings.$field = Field::take(value, &$shape)?;
                Ok(())
            },
        }),*];
    };
}

entries! {
    /// The marketplace's one currency, by its ISO 4217 code. Fixed once there are products.
    currency = currency: Shape::Currency;
    /// Who brings the goods, unless a vendor has its own rule.
    fulfilment = fulfilment: Shape::Word(&["direct", "hub"]);
    /// The marketplace's share of a sale in hundredths of a percent, unless a vendor has its own.
    /// Holds for checkouts from now on.
    commission_bps = commission_bps: Shape::Whole(0..=10_000);
    /// Whether prices contain their tax; it comes on top otherwise. Holds for checkouts from now on.
    prices_include_tax = prices_include_tax: Shape::Flag;
    /// Who hands the tax of a sale over to the state: the seller, who gets it with the order's money, or the
    /// marketplace, which keeps it. Holds for checkouts from now on.
    tax_collected_by = tax_collected_by: Shape::Word(&["vendor", "marketplace"]);
    /// Seconds that a pending registration and a one-time code live.
    otp_ttl_seconds = otp_ttl_seconds: Shape::Whole(1..=86_400);
    /// Seconds in which a checkout must be paid. Holds for checkouts from now on.
    checkout_ttl_seconds = checkout_ttl_seconds: Shape::Whole(1..=30 * DAY);
    /// Days between delivery and the seller's money becoming available.
    hold_days = hold_seconds: Shape::Days(0..=365);
    /// Days after delivery in which a buyer may ask to return items.
    return_days = return_window_seconds: Shape::Days(0..=365);
    /// Whether an operator looks at products before they are published. Those that are stay so.
    product_approval = product_approval: Shape::Flag;
    /// Hours after which users are reminded, once, of what they left in their carts, unless they want no
    /// reminders; 0 for never. Holds for carts that are changed from now on.
    cart_reminder_hours = cart_reminder_hours: Shape::Whole(0..=HOURS_MAX);
    /// Who mails come from; its name is the marketplace's name in them.
    mail_from = mail_from: Shape::Sender;
    /// Who must set up two-factor login before they may use what their role allows: nobody, admins, or
    /// members of shops and admins.
    two_factor_required_for = two_factor_rule: Shape::Word(&["none", "admins", "members"]);
}

impl Field for i64 {
    fn show(&self, shape: &Shape) -> Value {
        match shape {
            Shape::Days(_) => json!(self / DAY),
            _ => json!(self),
        }
    }

    fn take(value: &Value, shape: &Shape) -> Result<Self, Wrong> {
        let number = value.as_i64().ok_or_else(|| wrong_type("a whole number"))?;
        let (range, unit) = match shape {
            Shape::Days(range) => (range, DAY),
            Shape::Whole(range) => (range, 1),
            _ => return Err(wrong_type("another kind of value")),
        };
        if number < *range.start() {
            Err(Wrong { code: "too_small", detail: format!("must be at least {}", range.start()) })
        } else if number > *range.end() {
            Err(Wrong { code: "too_large", detail: format!("must be at most {}", range.end()) })
        } else {
            Ok(number * unit)
        }
    }
}

impl Field for bool {
    fn show(&self, _: &Shape) -> Value {
        json!(self)
    }

    fn take(value: &Value, _: &Shape) -> Result<Self, Wrong> {
        value.as_bool().ok_or_else(|| wrong_type("`true` or `false`"))
    }
}

impl Field for Fulfilment {
    fn show(&self, _: &Shape) -> Value {
        json!(self.as_str())
    }

    fn take(value: &Value, _: &Shape) -> Result<Self, Wrong> {
        text(value)?.parse().map_err(|detail| Wrong { code: "not_allowed", detail })
    }
}

impl Field for TaxCollector {
    fn show(&self, _: &Shape) -> Value {
        json!(self.as_str())
    }

    fn take(value: &Value, _: &Shape) -> Result<Self, Wrong> {
        text(value)?.parse().map_err(|detail| Wrong { code: "not_allowed", detail })
    }
}

impl Field for TwoFactorRule {
    fn show(&self, _: &Shape) -> Value {
        json!(self.as_str())
    }

    fn take(value: &Value, _: &Shape) -> Result<Self, Wrong> {
        text(value)?.parse().map_err(|detail| Wrong { code: "not_allowed", detail })
    }
}

impl Field for Currency {
    fn show(&self, _: &Shape) -> Value {
        json!(self.code())
    }

    fn take(value: &Value, _: &Shape) -> Result<Self, Wrong> {
        let detail = "must be three capital letters of ISO 4217, such as `USD`";
        text(value)?.parse().map_err(|_| Wrong { code: "not_allowed", detail: detail.to_owned() })
    }
}

impl Field for String {
    fn show(&self, _: &Shape) -> Value {
        json!(self)
    }

    fn take(value: &Value, _: &Shape) -> Result<Self, Wrong> {
        let text = text(value)?;
        if text.len() > 200 {
            return Err(Wrong { code: "too_long", detail: "must have at most 200 bytes".to_owned() });
        }
        if text.chars().any(char::is_control) || !crate::mail::check_sender(text) {
            let detail = "must be like `Souk <no-reply@example.com>`";
            return Err(Wrong { code: "not_allowed", detail: detail.to_owned() });
        }
        Ok(text.to_owned())
    }
}

fn text(value: &Value) -> Result<&str, Wrong> {
    value.as_str().ok_or_else(|| wrong_type("a text"))
}

fn wrong_type(expected: &str) -> Wrong {
    Wrong { code: "wrong_type", detail: format!("expected {expected}") }
}
