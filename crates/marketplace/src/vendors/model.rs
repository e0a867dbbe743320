//! What a vendor is, and what may become of it.

use deserr::Deserr;
use serde::{Deserialize, Serialize};
use types::{
    BasisPoints, Email, FieldErrors, Line, Patch, Present, Prose, Rating, Slug, Timestamp, UserId, VendorId,
};
use utoipa::ToSchema;

use crate::Settings;
use crate::catalog::images::Picture;
use crate::settings::Fulfilment;
use crate::states::states;

states! {
    /// Where a vendor stands with the marketplace.
    pub enum VendorStatus {
        /// Applied; no admin has decided yet.
        Pending = "pending",
        /// May sell.
        Accepted = "accepted",
        /// Turned down, for good: whoever wants to sell applies anew.
        Rejected = "rejected",
        /// Was accepted and may not sell at the moment.
        Suspended = "suspended",
    }
}

states! {
    /// What a member may do in a shop.
    pub enum Role {
        /// Everything; each shop has one.
        Owner = "owner",
        /// Everything but the members.
        Manager = "manager",
        /// The daily work: products and orders.
        Staff = "staff",
    }
}

states! {
    /// A role that the owner can give to somebody.
    pub enum GivenRole {
        /// Like [`Role::Manager`].
        Manager = "manager",
        /// Like [`Role::Staff`].
        Staff = "staff",
    }
}

impl From<GivenRole> for Role {
    fn from(role: GivenRole) -> Self {
        match role {
            GivenRole::Manager => Self::Manager,
            GivenRole::Staff => Self::Staff,
        }
    }
}

impl Role {
    /// Whether it may change the shop itself.
    pub const fn may_edit_shop(self) -> bool {
        matches!(self, Self::Owner | Self::Manager)
    }
}

/// What somebody says of the shop they want to open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = vendor_application, example = json!({
    "name": "Copper & Clay", "description": "Hand-made pots", "address": "12 Potters' Lane, Fes", "domain": "copperclay.example"
}))]
pub struct Application {
    /// The shop's name; its slug is made of it.
    pub name: Line<50>,
    /// What it sells.
    pub description: Prose<300>,
    /// Where it is.
    pub address: Prose<150>,
    /// Its own web site.
    #[serde(default)]
    #[deserr(default)]
    pub domain: Option<Line<50>>,
    /// Its tax number, for admins only.
    #[serde(default)]
    #[deserr(default)]
    pub tax_number: Option<Line<50>>,
}

/// A shop, in whatever state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vendor {
    /// Identifier.
    pub id: VendorId,
    /// Who applied, and owns it.
    pub owner: UserId,
    /// Name in addresses; stays when the name changes. The old ones go on leading here.
    pub slug: String,
    /// Name.
    pub name: String,
    /// What it sells.
    pub description: String,
    /// Where it is.
    pub address: String,
    /// Its own web site.
    pub domain: Option<String>,
    /// Tax number, for the members and admins.
    pub tax_number: Option<String>,
    /// Where it stands.
    pub status: VendorStatus,
    /// Why it was rejected.
    pub rejection_reason: Option<String>,
    /// Why it is suspended.
    pub suspension_reason: Option<String>,
    /// Its own commission in hundredths of a percent; the marketplace's when absent.
    pub own_commission_bps: Option<i64>,
    /// Its own fulfilment; the marketplace's when absent.
    pub own_fulfilment: Option<Fulfilment>,
    /// Sum of the stars its products got.
    pub rating_sum: i64,
    /// How many times they were judged.
    pub rating_count: i64,
    /// When it applied.
    pub created_at: Timestamp,
    /// When an admin last decided on it.
    pub reviewed_at: Option<Timestamp>,
    /// Which admin.
    pub reviewer: Option<UserId>,
    /// How it ships, in its words.
    pub shipping_policy: Option<String>,
    /// What it takes back, in its words.
    pub return_policy: Option<String>,
    /// From when on it is closed: its products show, and can't be ordered.
    pub closed_from: Option<Timestamp>,
    /// When it opens again; absent while nobody knows.
    pub closed_to: Option<Timestamp>,
    /// Its logo.
    pub logo: Option<Picture>,
}

impl Vendor {
    /// The marketplace's share of its sales, in hundredths of a percent.
    pub fn commission_bps(&self, settings: &Settings) -> i64 {
        self.own_commission_bps.unwrap_or(settings.commission_bps)
    }

    /// Who brings its goods to the buyer.
    pub fn fulfilment(&self, settings: &Settings) -> Fulfilment {
        self.own_fulfilment.unwrap_or(settings.fulfilment)
    }

    /// What buyers think of it.
    pub const fn rating(&self) -> Rating {
        Rating { sum: self.rating_sum, count: self.rating_count }
    }

    /// What it says of itself to everybody.
    pub(super) fn profile(&self) -> serde_json::Value {
        let Self { slug, name, description, address, domain, .. } = self;
        let Self { shipping_policy, return_policy, closed_from, closed_to, .. } = self;
        serde_json::json!({
            "slug": slug, "name": name, "description": description, "address": address, "domain": domain,
            "shipping_policy": shipping_policy, "return_policy": return_policy,
            "closed_from": closed_from, "closed_to": closed_to,
        })
    }

    /// Whether it is closed at `now`.
    pub fn is_closed_at(&self, now: Timestamp) -> bool {
        self.closed_from.is_some_and(|from| from <= now) && self.closed_to.is_none_or(|to| now < to)
    }

    /// Whether it may sell, and everybody may see it.
    pub fn is_open(&self) -> bool {
        self.status == VendorStatus::Accepted
    }
}

/// What an admin decides on a vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// A pending one may sell.
    Accept,
    /// A pending one may not, with the reason.
    Reject(Prose<500>),
    /// An accepted one may not for the time being, with the reason.
    Suspend(Prose<500>),
    /// A suspended one may again.
    Reinstate,
}

impl Decision {
    /// The state that a vendor must be in, and the one it gets.
    pub const fn transition(&self) -> (VendorStatus, VendorStatus) {
        use VendorStatus::{Accepted, Pending, Rejected, Suspended};
        match self {
            Self::Accept => (Pending, Accepted),
            Self::Reject(_) => (Pending, Rejected),
            Self::Suspend(_) => (Accepted, Suspended),
            Self::Reinstate => (Suspended, Accepted),
        }
    }

    /// Why, where a reason is needed.
    pub const fn reason(&self) -> Option<&Prose<500>> {
        match self {
            Self::Reject(reason) | Self::Suspend(reason) => Some(reason),
            Self::Accept | Self::Reinstate => None,
        }
    }
}

impl VendorStatus {
    /// Whether it is, or was, one that sells.
    pub const fn has_been_accepted(self) -> bool {
        matches!(self, Self::Accepted | Self::Suspended)
    }

    /// The decisions that are possible from here, by name.
    pub const fn allowed(self) -> &'static [&'static str] {
        match self {
            Self::Pending => &["accept", "reject"],
            Self::Accepted => &["suspend"],
            Self::Rejected => &[],
            Self::Suspended => &["reinstate"],
        }
    }
}

/// A decision that was made: an entry of a vendor's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Identifier.
    pub id: types::EventId,
    /// The state before.
    pub from: VendorStatus,
    /// The state after.
    pub to: VendorStatus,
    /// Why.
    pub reason: Option<String>,
    /// Which admin.
    pub reviewer: UserId,
    /// When.
    pub at: Timestamp,
}

db::from_row!(Review { id, from, to, reason, reviewer, at });

/// What the shop's people change of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = vendor_changes, example = json!({"description": "Hand-made pots and bowls", "domain": null}))]
pub struct Changes {
    /// New name in addresses; the old one goes on leading here.
    #[deserr(default)]
    pub slug: Present<Slug>,
    /// New name; the slug stays.
    #[deserr(default)]
    pub name: Present<Line<50>>,
    /// New description.
    #[deserr(default)]
    pub description: Present<Prose<300>>,
    /// New address.
    #[deserr(default)]
    pub address: Present<Prose<150>>,
    /// New web site; `null` removes it.
    #[deserr(default)]
    pub domain: Patch<Line<50>>,
    /// New tax number; `null` removes it.
    #[deserr(default)]
    pub tax_number: Patch<Line<50>>,
    /// How the shop ships; `null` removes it.
    #[deserr(default)]
    pub shipping_policy: Patch<Prose<5000>>,
    /// What the shop takes back; `null` removes it.
    #[deserr(default)]
    pub return_policy: Patch<Prose<5000>>,
    /// From when on the shop is closed: its products show, and can't be ordered; `null` opens it.
    #[deserr(default)]
    pub closed_from: Patch<Timestamp>,
    /// When it opens again; `null` for nobody knows.
    #[deserr(default)]
    pub closed_to: Patch<Timestamp>,
}

/// What an admin sets for one vendor; `null` is the marketplace's own.
#[derive(Debug, Clone, PartialEq, Eq, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = vendor_terms, example = json!({"fulfilment": "hub", "commission_bps": 850}))]
pub struct Terms {
    /// Who brings its goods.
    #[deserr(default)]
    pub fulfilment: Patch<Fulfilment>,
    /// The marketplace's share, in hundredths of a percent.
    #[deserr(default)]
    pub commission_bps: Patch<BasisPoints>,
}

/// That a user belongs to a shop: the proof that they may act for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// The shop.
    pub vendor: VendorId,
    /// The user.
    pub user: UserId,
    /// What they may do.
    pub role: Role,
    /// Where the shop stands.
    pub status: VendorStatus,
}

db::from_row!(Membership { vendor, user, role, status });

/// Somebody who works in a shop, as its owner sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The user.
    pub user: UserId,
    /// E-mail address.
    pub email: Email,
    /// First name.
    pub first_name: String,
    /// Last name, when given.
    pub last_name: Option<String>,
    /// What they may do.
    pub role: Role,
    /// Since when.
    pub created_at: Timestamp,
}

db::from_row!(Member { user, email, first_name, last_name, role, created_at });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_allowed_is_what_the_transitions_say() {
        let reason: Prose<500> = "why".parse().unwrap();
        let decisions = [
            ("accept", Decision::Accept),
            ("reject", Decision::Reject(reason.clone())),
            ("suspend", Decision::Suspend(reason)),
            ("reinstate", Decision::Reinstate),
        ];
        for status in VendorStatus::ALL {
            let possible: Vec<_> = decisions
                .iter()
                .filter(|(_, decision)| decision.transition().0 == *status)
                .map(|(name, _)| *name)
                .collect();
            assert_eq!(possible, status.allowed(), "{status}");
        }
    }
}
