//! The columns of the table.

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Anonymous,
    Buyer,
    OtherBuyer,
    Owner,
    Manager,
    Staff,
    OtherVendor,
    SuspendedVendor,
    SuspendedUser,
    Admin,
}

pub(super) const ALL: [Who; 10] = [
    Who::Anonymous,
    Who::Buyer,
    Who::OtherBuyer,
    Who::Owner,
    Who::Manager,
    Who::Staff,
    Who::OtherVendor,
    Who::SuspendedVendor,
    Who::SuspendedUser,
    Who::Admin,
];

/// The status that each must get.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    pub(super) codes: [u16; 10],
    /// Whether the audit log must tell of a success.
    pub(super) is_act: bool,
}

const fn plain(codes: [u16; 10]) -> Expected {
    Expected { codes, is_act: false }
}

const fn act(codes: [u16; 10]) -> Expected {
    Expected { codes, is_act: true }
}

//            nobody  buyer   other   owner  manager  staff other vendor closed  locked  admin

/// Nobody is asked who they are.
pub(super) const fn open(ok: u16) -> Expected {
    plain([ok; 10])
}

/// Everybody may; who sends a token must send a good one.
pub(super) const fn public(ok: u16) -> Expected {
    plain([ok, ok, ok, ok, ok, ok, ok, ok, 403, ok])
}

/// Everybody who is logged in.
pub(super) const fn user(ok: u16) -> Expected {
    plain([401, ok, ok, ok, ok, ok, ok, ok, 403, ok])
}

/// The buyer's own: for everybody else there is no such thing.
pub(super) const fn buyers_own(ok: u16) -> Expected {
    plain([401, ok, 404, 404, 404, 404, 404, 404, 403, 404])
}

/// What the members of any shop see of their own.
pub(super) const fn any_member(ok: u16) -> Expected {
    act([401, 403, 403, ok, ok, ok, ok, ok, 403, 403])
}

/// What the members of any open shop do.
pub(super) const fn any_open_member(ok: u16) -> Expected {
    act([401, 403, 403, ok, ok, ok, ok, 403, 403, 403])
}

/// Something of this shop: for other shops there is no such thing.
pub(super) const fn members(ok: u16) -> Expected {
    act([401, 403, 403, ok, ok, ok, 404, 404, 403, 403])
}

/// Something public of this shop, which other shops may not change.
pub(super) const fn members_of_public(ok: u16) -> Expected {
    act([401, 403, 403, ok, ok, ok, 403, 403, 403, 403])
}

/// The shop itself.
pub(super) const fn owner_and_managers(ok: u16) -> Expected {
    act([401, 403, 403, ok, ok, 403, 403, 403, 403, 403])
}

/// Who works in the shop.
pub(super) const fn owner(ok: u16) -> Expected {
    act([401, 403, 403, ok, 403, 403, 403, 403, 403, 403])
}

/// What the owner of any shop sees of their own.
pub(super) const fn any_owner(ok: u16) -> Expected {
    act([401, 403, 403, ok, 403, 403, ok, ok, 403, 403])
}

/// Operators.
pub(super) const fn admin(ok: u16) -> Expected {
    act([401, 403, 403, 403, 403, 403, 403, 403, 403, ok])
}

/// Anything else that the audit log must tell of, column by column.
pub(super) const fn acts(codes: [u16; 10]) -> Expected {
    act(codes)
}

/// Anything else, column by column.
pub(super) const fn exactly(codes: [u16; 10]) -> Expected {
    plain(codes)
}
