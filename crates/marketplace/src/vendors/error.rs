//! How vendors refuse.

use super::VendorStatus;
use crate::{Kind, Rejection};

/// Why a vendor operation was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VendorError {
    /// The user has applied and waits for a decision.
    #[error("you have an application that waits for a decision")]
    PendingExists,
    /// The user owns a shop.
    #[error("you own a shop already")]
    AcceptedExists,
    /// The user was rejected a short while ago.
    #[error("your last application was rejected less than {days} days ago", days = super::DAYS_AFTER_REJECTION)]
    RecentlyRejected,
    /// The decision does not fit the vendor's state.
    #[error("the vendor is {status}; allowed from there: {}", list(*.status))]
    InvalidTransition {
        /// The state it is in.
        status: VendorStatus,
    },
    /// The user works in this shop already.
    #[error("this user is a member of the shop already")]
    AlreadyMember,
    /// As many people as a shop may invite at a time.
    #[error("a shop has at most {max} open invitations", max = super::MAX_INVITATIONS)]
    TooManyInvitations,
    /// The member to whom the shop is to go has one, or has applied for one.
    #[error("this member owns a shop already, or has applied for one")]
    MemberOwnsOther,
    /// The owner can't be removed or given another role.
    #[error("a shop keeps its owner")]
    OwnerStays,
}

fn list(status: VendorStatus) -> String {
    match status.allowed() {
        [] => "nothing".to_owned(),
        allowed => allowed.join(", "),
    }
}

impl Rejection for VendorError {
    fn kind(&self) -> Kind {
        Kind::Conflict
    }

    fn code(&self) -> &'static str {
        match self {
            Self::PendingExists => "vendor_pending_exists",
            Self::AcceptedExists | Self::MemberOwnsOther => "vendor_accepted_exists",
            Self::TooManyInvitations => "too_many_invitations",
            Self::RecentlyRejected => "vendor_recently_rejected",
            Self::InvalidTransition { .. } => "invalid_transition",
            Self::AlreadyMember => "already_member",
            Self::OwnerStays => "owner_stays",
        }
    }
}
