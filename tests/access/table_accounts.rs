//! Accounts, the caller's own things, and the server itself.

use testing::json as object;

use super::cell::{empty, json, table};
use super::who::{buyers_own, exactly, open, public, user};
use super::world::address;

table! { w =>
    "GET /healthz", open(200), empty();
    "GET /readyz", open(200), empty();
    "GET /.well-known/jwks.json", open(200), empty();

    "POST /v1/auth/register", open(202), json(object!({
        "email": format!("new{}@example.com", w.number()), "password": "correct horse 1", "first_name": "N",
    }));
    "POST /v1/auth/verify", open(404), json(object!({"registration_id": "reg_nobody", "otp": "123456"}));
    "POST /v1/auth/resend", open(404), json(object!({"registration_id": "reg_nobody"}));
    "POST /v1/auth/login", open(401), json(object!({"email": "bo@example.com", "password": "correct horse 1"}));
    "POST /v1/auth/refresh", open(401), json(object!({"refresh_token": "none"}));
    "POST /v1/auth/logout", open(204), json(object!({"refresh_token": "none"}));
    "POST /v1/auth/forgot-password", open(202), json(object!({"email": "nobody@example.com"}));
    "POST /v1/auth/reset-password", open(422), json(object!({
        "email": "bo@example.com", "otp": "000000", "new_password": "correct horse 2",
    }));

    "GET /v1/me", user(200), empty();
    "PATCH /v1/me", user(200), json(object!({"first_name": "New"}));
    // Nobody here has a password: none is the right one.
    "POST /v1/me/password", exactly([401, 422, 422, 422, 422, 422, 422, 422, 403, 422]), json(object!({
        "current_password": "correct horse 1", "new_password": "correct horse 2",
    }));
    "GET /v1/me/totp", user(200), empty();
    // Nobody here has it on.
    "DELETE /v1/me/totp", exactly([401, 404, 404, 404, 404, 404, 404, 404, 403, 404]), empty();
    "POST /v1/me/totp/recovery-codes", exactly([401, 409, 409, 409, 409, 409, 409, 409, 403, 409]), empty();
    "POST /v1/me/totp", user(200), empty();
    "GET /v1/me/export", user(200), empty();
    // Nobody here has a password, so nobody is erased.
    "DELETE /v1/me", exactly([401, 422, 422, 422, 422, 422, 422, 422, 403, 422]), json(object!({
        "current_password": "correct horse 1",
    }));
    "POST /v1/me/email", user(202), json(object!({"email": format!("new{}@example.com", w.number())}));
    "POST /v1/me/email/confirm", exactly([401, 422, 422, 422, 422, 422, 422, 422, 403, 422]), json(object!({
        "old_otp": "000000", "new_otp": "000000",
    }));
    "GET /v1/me/api-keys", user(200), empty();
    // Keys are for members of shops and for admins.
    "POST /v1/me/api-keys", exactly([401, 403, 403, 201, 201, 201, 201, 201, 403, 201]), json(object!({
        "name": "N", "scopes": ["shop:read"],
    }));
    "DELETE /v1/me/api-keys/{id}", exactly([401, 404, 404, 404, 404, 404, 404, 404, 403, 404]),
        empty().at("key_0000000000001");
    "GET /v1/users/{id}", open(200), empty().at(w.buyer.user.expect("a user"));
    "GET /v1/me/addresses", user(200), empty();
    "POST /v1/me/addresses", user(201), json(object!({
        "name": "N", "phone": "+1 555 0101", "line1": "1 Road", "city": "Fes", "postal_code": "1", "country": "MA",
    }));
    "GET /v1/me/addresses/{id}", buyers_own(200), empty().at(w.address().await);
    "PATCH /v1/me/addresses/{id}", buyers_own(200), json(object!({"city": "Rabat"})).at(w.address().await);
    "DELETE /v1/me/addresses/{id}", buyers_own(204), empty().at(w.address().await);
    "GET /v1/me/notifications", user(200), empty();
    "PATCH /v1/me/notifications", user(200), json(object!({"cart_reminders": true}));
    "GET /v1/me/sessions", user(200), empty();
    "DELETE /v1/me/sessions/{id}", buyers_own(204), empty().at(w.session().await);

    "GET /v1/cart", public(200), empty();
    "DELETE /v1/cart", public(204), empty();
    "GET /v1/wishlist", user(200), empty();
    "PUT /v1/wishlist/{product_id}", user(204), empty().at(w.product["id"].as_str().expect("a product"));
    "DELETE /v1/wishlist/{product_id}", user(204), empty().at(w.product["id"].as_str().expect("a product"));

    // Everybody but the buyer has an empty cart, or none.
    "POST /v1/checkouts", exactly([401, 201, 409, 409, 409, 409, 409, 409, 403, 409]), {
        w.unpaid_cart().await;
        json(object!({"payment_method": "test", "address": address()}))
    };
    "DELETE /v1/cart/items/{variant_id}", exactly([404, 200, 404, 404, 404, 404, 404, 404, 403, 404]), {
        w.unpaid_cart().await;
        empty().at(w.product["variants"][0]["id"].as_str().expect("a variant"))
    };
    // Nobody buys in their own shop.
    "POST /v1/cart/items", exactly([201, 201, 201, 409, 409, 409, 201, 201, 403, 201]), json(object!({
        "product_id": w.product["id"], "quantity": 1,
    }));
    "PUT /v1/cart/items/{variant_id}", exactly([200, 200, 200, 409, 409, 409, 200, 200, 403, 200]),
        json(object!({"quantity": 2})).at(w.product["variants"][0]["id"].as_str().expect("a variant"));
}
