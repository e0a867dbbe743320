//! What each problem's `code` means: what its `type` links to tells.

/// What a code means, and what helps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Meaning {
    /// As in a problem's `code`.
    pub(crate) code: &'static str,
    /// For who wrote the client.
    pub(crate) text: &'static str,
}

/// The meaning of a code that the server answers with.
pub(crate) fn of(code: &str) -> Option<&'static Meaning> {
    MEANINGS.binary_search_by_key(&code, |meaning| meaning.code).ok().map(|place| &MEANINGS[place])
}

const fn means(code: &'static str, text: &'static str) -> Meaning {
    Meaning { code, text }
}

/// Every code, sorted. Debug builds refuse to answer one that is not here.
pub(crate) static MEANINGS: &[Meaning] = &[
    means("address_book_full", "The address book holds 100 addresses. Delete one that is no longer used."),
    means("already_member", "This user is a member of the shop already. Change their role instead."),
    means("already_paid", "The money was captured already; nothing was taken again."),
    means("already_reported", "You have reported this review already, and an operator will look at it."),
    means("already_returned", "These units were asked back or came back already."),
    means("already_reviewed", "You have reviewed this product already. Change that review instead."),
    means(
        "already_shipped",
        "Parts of the order are in a parcel, so that it can no longer be refused or cancelled.",
    ),
    means("attribute_exists", "The category has an attribute of this name, its own or one from above."),
    means("cart_empty", "There is nothing in the cart to buy."),
    means("cart_full", "A cart holds 100 lines."),
    means("category_in_use", "The category has products or other categories below it. Move those first."),
    means(
        "checkout_expired",
        "The purchase was not paid in time: its orders are cancelled and its stock was given back. Buy anew.",
    ),
    means("choice_in_use", "Products have this choice of the attribute. Give them another first."),
    means("coupon_code_taken", "Another coupon has this code."),
    means("coupon_ended", "The coupon's time is over."),
    means("coupon_exhausted", "The coupon was used as often as it can be, by all or by you."),
    means("coupon_minimum_not_reached", "What the coupon is for costs less than the coupon asks."),
    means("coupon_not_applicable", "Nothing in the cart is what the coupon is for."),
    means("coupon_not_stackable", "The coupon can't be used together with another of the cart."),
    means("coupon_not_started", "The coupon's time has not begun."),
    means("currency_is_fixed", "There are products with prices, so that the marketplace keeps its currency."),
    means(
        "customer_limit_reached",
        "One buyer may have only so many of this product; earlier purchases count.",
    ),
    means("email_taken", "The e-mail address has an account. Log in, or ask for a new password."),
    means("forbidden", "It is known who you are, and this is not for you. Logging in anew does not help."),
    means("gone", "It was there and is no longer offered. Links to it can be dropped."),
    means("headers_too_large", "The request's headers are longer, or more, than are taken."),
    means(
        "idempotency_in_progress",
        "The first request with this Idempotency-Key is still running. Ask again in a moment.",
    ),
    means(
        "idempotency_key_required",
        "Send an Idempotency-Key of your own making, 1 to 255 printable ASCII characters, and the same one when you repeat the request.",
    ),
    means(
        "idempotency_mismatch",
        "This Idempotency-Key was used with another request. Make a new key for a new request.",
    ),
    means("insufficient_scope", "The API key may not do this. Make one with the scope that it needs."),
    means(
        "insufficient_stock",
        "There are fewer than asked for. Each of `errors` tells how many are `available`.",
    ),
    means(
        "internal",
        "Something broke on the server and was logged under the `request_id`. Repeat the request with the same Idempotency-Key.",
    ),
    means(
        "invalid",
        "The request has mistakes. `errors` has all of them: where (a JSON pointer), which, and in words.",
    ),
    means("invalid_credentials", "E-mail address or password are wrong."),
    means("invalid_otp", "The code is wrong, was used, or has expired."),
    means("invalid_refresh_token", "The refresh token is wrong, expired, or was used before. Log in again."),
    means(
        "invalid_signature",
        "The event is not signed by the payment provider with this endpoint's secret, or was not just now.",
    ),
    means(
        "invalid_transition",
        "The present state does not allow this move. `detail` names the state and what it allows.",
    ),
    means("last_admin", "The marketplace would be without an operator. Make somebody else one first."),
    means("last_variant", "A product has at least one variant. Delete the product instead."),
    means("malformed_json", "The body is no JSON, or broke off."),
    means("malformed_multipart", "The body is no `multipart/form-data`, or broke off."),
    means("malformed_request", "What came is no HTTP/1.1 request. The connection was closed."),
    means(
        "method_not_allowed",
        "The address exists and does not take this method. `Allow` names those that it takes.",
    ),
    means("no_two_factor", "Two-factor login is not on, or no secret waits to be confirmed."),
    means("not_available", "It can't be bought at the moment: it is not published, or its shop is not open."),
    means("not_captured", "No money of this payment was captured, so that none can go back."),
    means("not_deliverable", "The shop does not send this to the address."),
    means("not_found", "There is no such thing, or none that you may know of."),
    means("not_owner", "It belongs to another shop."),
    means("not_purchased", "Only who has bought and received a product can review it."),
    means("open_orders", "An order or a return is under way. Wait for its end."),
    means("own_account", "Operators do this to others' accounts only."),
    means("own_product", "It is sold by a shop of yours: nobody buys from themselves."),
    means("owner_stays", "A shop has an owner. Hand the shop over first."),
    means("owns_shop", "You own a shop. Hand it over first."),
    means(
        "precondition_failed",
        "It has changed since you read it: `If-Match` names an older state. Read it again.",
    ),
    means("range_not_satisfiable", "The file does not have the bytes that `Range` names."),
    means("rate_limited", "Too many tries. Wait for the seconds of `Retry-After`."),
    means(
        "reauthentication_required",
        "Log in anew, or give `current_password`: this needs a fresh proof of who you are.",
    ),
    means("refund_too_large", "More than what is left of the captured money."),
    means(
        "registration_not_found",
        "There is no such registration: it expired, was dropped after five wrong codes, or somebody verified the address first. Register again.",
    ),
    means("return_window_closed", "The days in which items can be returned are over."),
    means("sale_not_started", "The product can be bought from a later time on."),
    means("sku_taken", "Another variant of the shop has this SKU."),
    means("slug_taken", "This address is taken by another, or was another's before."),
    means("suspended", "The account is suspended. Ask the marketplace's operators."),
    means("token_expired", "The access token has expired. Refresh it."),
    means("too_large", "More bytes than are taken. `detail` tells how many are."),
    means("too_many_api_keys", "You have as many API keys as one may have. Delete one."),
    means("too_many_attributes", "The category has as many attributes as one may have."),
    means("too_many_coupons", "The cart has as many coupons as one may have."),
    means("too_many_images", "The product has as many images as one may have."),
    means("too_many_imports", "Imports of the shop wait already. Let them end first."),
    means("too_many_invitations", "As many invitations wait as a shop may have. Withdraw one."),
    means("too_many_shipping_methods", "The shop has as many shipping methods as one may have."),
    means("too_many_variants", "The product has as many variants as one may have."),
    means(
        "total_changed",
        "The purchase does not come to `expected_total`: a price, an offer or a cost changed. Look at the cart again.",
    ),
    means(
        "totp_required",
        "The password is right. Send it again with `totp`, the code of the second factor.",
    ),
    means("two_factor_is_on", "Two-factor login is on already."),
    means("two_factor_required", "Your role needs two-factor login. Set it up first."),
    means(
        "unauthenticated",
        "Nobody knows who you are: send an access token or an API key, `Authorization: Bearer …`.",
    ),
    means(
        "unavailable",
        "The server can't answer now. Repeat the request after the seconds of `Retry-After`.",
    ),
    means(
        "unsupported_media_type",
        "The body is of a kind that is not taken here. `detail` names the one that is.",
    ),
    means("uri_too_long", "The address is longer than any here."),
    means("variant_exists", "The product has a variant with these options."),
    means("vendor_accepted_exists", "You own an accepted shop; one is the most."),
    means("vendor_closed", "The shop is closed for some days."),
    means("vendor_not_accepted", "The shop has not been accepted, or is suspended."),
    means("vendor_pending_exists", "An application of yours waits for its review."),
    means(
        "vendor_recently_rejected",
        "An application was rejected less than 10 days ago. Apply again after that.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_so_that_they_can_be_found() {
        assert!(MEANINGS.is_sorted_by(|a, b| a.code < b.code));
        assert!(MEANINGS.iter().all(|meaning| of(meaning.code).is_some()));
    }
}
