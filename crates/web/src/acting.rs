//! Who acts in the request that is being answered, for the audit log.
//!
//! An extractor that gives a right notes it here by [`as_admin`] or [`as_member`]; `App::write` makes an
//! entry of every write that follows, in its own transaction. So no handler has to remember it. Reading is
//! no act.

use axum::http::Method;
use marketplace::audit::{Act, ActorRole, Origin};
use marketplace::vendors::{Membership, Role};
use types::{UserId, VendorId};

use crate::middleware::request;

/// A request that may change something.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// The route, with the names of its parameters.
    pub(crate) route: String,
    /// The path as it was asked for.
    pub(crate) path: String,
    pub(crate) origin: Origin,
}

/// With which right somebody acts.
#[derive(Debug, Clone)]
pub(crate) struct Right {
    actor: UserId,
    role: ActorRole,
    vendor: Option<VendorId>,
    subject: Option<String>,
}

/// From here on the request is an operator's act.
pub(crate) fn as_admin(admin: UserId) {
    request::note_right(Right { actor: admin, role: ActorRole::Admin, vendor: None, subject: None });
}

/// From here on the request is a member's act.
pub(crate) fn as_member(member: Membership) {
    request::note_right(Right::of(member, None));
}

/// From here on the request is a member's act on something of the shop.
pub(crate) fn as_member_on(member: Membership, subject: impl std::fmt::Display) {
    request::note_right(Right::of(member, Some(subject.to_string())));
}

/// From here on the request is the act of somebody who becomes a member by it.
pub(crate) fn as_newcomer(user: UserId, vendor: VendorId, role: Role) {
    request::note_right(Right { actor: user, role: role.into(), vendor: Some(vendor), subject: None });
}

impl Right {
    fn of(member: Membership, subject: Option<String>) -> Self {
        Self { actor: member.user, role: member.role.into(), vendor: Some(member.vendor), subject }
    }
}

impl Call {
    /// The act that this request is by a right.
    pub(crate) fn act(&self, right: &Right) -> Act {
        Act {
            actor: Some(right.actor),
            role: right.role,
            vendor: right.vendor,
            action: action(&self.method, &self.route),
            subject: right.subject.clone().or_else(|| subject(&self.route, &self.path)),
            origin: self.origin.clone(),
        }
    }
}

/// The name of what a request does, from its method and route: `vendors.accept`, `products.update`,
/// `products.images.create`. What is posted to a name in the plural is made; any other name is the deed.
fn action(method: &Method, route: &str) -> String {
    let names = route.split('/').filter(|name| !name.is_empty() && !name.starts_with('{'));
    let names: Vec<&str> = names.filter(|name| !matches!(*name, "v1" | "admin" | "vendor")).collect();
    let verb = match *method {
        Method::PATCH => "update",
        Method::PUT => "set",
        Method::DELETE => "delete",
        _ if names.last().is_some_and(|name| name.ends_with('s')) => "create",
        _ => return names.join("."),
    };
    format!("{}.{verb}", names.join("."))
}

/// The last parameter of a path.
fn subject(route: &str, path: &str) -> Option<String> {
    let parameters = route.split('/').zip(path.split('/')).filter(|(name, _)| name.starts_with('{'));
    parameters.last().map(|(_, value)| value.chars().take(100).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_have_names() {
        for (method, route, expected) in [
            (Method::POST, "/v1/admin/vendors/{id}/accept", "vendors.accept"),
            (Method::POST, "/v1/vendor/orders/{id}/ship", "orders.ship"),
            (Method::POST, "/v1/products", "products.create"),
            (Method::POST, "/v1/products/{id}/images", "products.images.create"),
            (Method::PATCH, "/v1/admin/users/{id}", "users.update"),
            (Method::PUT, "/v1/admin/settings", "settings.set"),
            (Method::DELETE, "/v1/vendors/{id}/members/{user_id}", "vendors.members.delete"),
        ] {
            assert_eq!(action(&method, route), expected);
        }
    }

    #[test]
    fn the_last_parameter_is_the_subject() {
        let route = "/v1/vendors/{id}/members/{user_id}";
        assert_eq!(subject(route, "/v1/vendors/ven_1/members/usr_2").as_deref(), Some("usr_2"));
        assert_eq!(subject("/v1/products", "/v1/products"), None);
    }
}
