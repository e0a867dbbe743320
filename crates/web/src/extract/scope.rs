//! What an API key needs for a request: an area of the API, and whether it changes anything.
//!
//! Whatever no entry allows is refused: the account itself, buying, and what is still to come.

use axum::http::Method;
use marketplace::accounts::Area;

/// How a route's template begins, and the area it belongs to; the first entry that fits decides.
const AREAS: &[(&str, Option<Area>)] = &[
    ("/v1/admin/users", Some(Area::Users)),
    ("/v1/admin", Some(Area::Admin)),
    ("/v1/me/vendors", Some(Area::Shop)),
    ("/v1/products/{id}/reviews", None),
    ("/v1/products", Some(Area::Catalog)),
    ("/v1/variants", Some(Area::Catalog)),
    ("/v1/vendor/balance", Some(Area::Money)),
    ("/v1/vendor/exports", Some(Area::Catalog)),
    ("/v1/vendor/imports", Some(Area::Catalog)),
    ("/v1/vendor/ledger", Some(Area::Money)),
    ("/v1/vendor/orders", Some(Area::Orders)),
    ("/v1/vendor/payouts", Some(Area::Money)),
    ("/v1/vendor/products", Some(Area::Catalog)),
    ("/v1/vendor/returns", Some(Area::Orders)),
    ("/v1/vendor/shipments", Some(Area::Orders)),
    ("/v1/vendor/variants", Some(Area::Catalog)),
    ("/v1/vendor", Some(Area::Shop)),
    // Who works in a shop, and whose it is, is for people to decide.
    ("/v1/vendors/{id}/", None),
    ("/v1/vendors", Some(Area::Shop)),
];

/// The area of a route, and whether the request changes it; `None` when no key may make it.
pub(super) fn needed(method: &Method, route: &str) -> Option<(Area, bool)> {
    let fits = |prefix: &str| {
        let rest = route.strip_prefix(prefix);
        rest.is_some_and(|rest| prefix.ends_with('/') || rest.is_empty() || rest.starts_with('/'))
    };
    let area = AREAS.iter().find(|(prefix, _)| fits(prefix)).and_then(|(_, area)| *area)?;
    Some((area, !matches!(*method, Method::GET | Method::HEAD)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_personal_needs_a_person() {
        for route in [
            "/v1/me",
            "/v1/me/totp",
            "/v1/me/api-keys",
            "/v1/me/password",
            "/v1/cart",
            "/v1/checkouts",
            "/v1/orders",
            "/v1/vendors/{id}/members",
            "/v1/products/{id}/reviews",
            "/v1/adminx",
            "/",
        ] {
            assert_eq!(needed(&Method::GET, route), None, "{route}");
        }
        for (route, area) in [
            ("/v1/vendor/orders/{id}/ship", Area::Orders),
            ("/v1/vendor/coupons", Area::Shop),
            ("/v1/vendors/{id}", Area::Shop),
            ("/v1/admin/users/{id}", Area::Users),
            ("/v1/admin/orders", Area::Admin),
            ("/v1/products/{id}/images", Area::Catalog),
        ] {
            assert_eq!(needed(&Method::POST, route), Some((area, true)), "{route}");
            assert_eq!(needed(&Method::GET, route), Some((area, false)), "{route}");
        }
    }
}
