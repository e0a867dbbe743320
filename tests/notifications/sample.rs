//! A purchase with everything that mails tell of: written straight into the tables, so that the words in
//! it can be hostile ones that no operation would let through.

use db::{Stmt, params};
use testing::TestApp;
use types::{CheckoutId, OrderId, RefundId, ReturnId, ShipmentId, UserId, VendorId};

/// Identifiers of the sample.
pub(super) struct Sample {
    pub(super) buyer: UserId,
    pub(super) vendor: VendorId,
    pub(super) checkout: CheckoutId,
    pub(super) order: OrderId,
    pub(super) guest_order: OrderId,
    pub(super) shipment: ShipmentId,
    pub(super) returned: ReturnId,
    pub(super) refund: RefundId,
}

static VENDOR: Stmt = Stmt::new(
    "INSERT INTO vendors (id, owner_id, slug, name, description, address, status, rejection_reason, created_at)
     VALUES ($1, $2, 'tea-house', $3, 'Tea', 'Somewhere', 'accepted', $4, 0)",
);
static MEMBER: Stmt =
    Stmt::new("INSERT INTO vendor_members (vendor_id, user_id, role, created_at) VALUES ($1, $2, $3, 0)");
static CHECKOUT: Stmt = Stmt::new(
    "INSERT INTO checkouts (id, user_id, guest_email, status, payment_method, currency, items_total,
        discount_total, shipping_total, tax_total, grand_total, address, note, expires_at, created_at)
     VALUES ($1, $2, $3, 'confirmed', $4, 'USD', 2500, 100, 490, 0, 2890, $5, $6, 0, 0)",
);
static ORDER: Stmt = Stmt::new(
    "INSERT INTO orders (id, checkout_id, vendor_id, user_id, number, status, fulfilment, items_total,
        discount_total, shipping_total, tax_total, total, commission_bps, commission, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, 'cancelled', 'direct', 2500, 100, 490, 0, 2890, 1000, 289, 0, 0)",
);
static ITEM: Stmt = Stmt::new(
    "INSERT INTO order_items (id, order_id, product_id, variant_id, title, variant_title, sku, quantity,
        unit_price, final_unit_price, line_total)
     VALUES ($1, $2, 1, 1, $3, $4, $5, 2, 1250, 1250, 2500)",
);
static EVENT: Stmt = Stmt::new(
    "INSERT INTO order_events (id, order_id, at, actor, from_status, to_status, note)
     VALUES ($1, $2, 0, 'vendor', 'pending', 'cancelled', $3)",
);
static SHIPMENT: Stmt = Stmt::new(
    "INSERT INTO shipments (id, order_id, status, carrier, tracking_number, created_at, updated_at)
     VALUES ($1, $2, 'in_transit', $3, 'TRACK-1', 0, 0)",
);
static SHIPPED: Stmt =
    Stmt::new("INSERT INTO shipment_items (shipment_id, item_id, quantity) VALUES ($1, $2, 1)");
static RETURN: Stmt = Stmt::new(
    "INSERT INTO returns (id, order_id, vendor_id, status, reason, answer, refund, created_at, updated_at)
     VALUES ($1, $2, $3, 'requested', $4, $5, 1250, 0, 0)",
);
static RETURNED: Stmt =
    Stmt::new("INSERT INTO return_items (return_id, item_id, quantity) VALUES ($1, $2, 1)");
static PAYMENT: Stmt = Stmt::new(
    "INSERT INTO payments (id, checkout_id, user_id, method, status, amount, captured_amount, refunded_amount,
        late_amount, created_at)
     VALUES ($1, $2, $3, 'stripe', 'refunded', 2890, 2890, 2890, 2890, 0)",
);
static REFUND: Stmt = Stmt::new(
    "INSERT INTO refunds (id, payment_id, amount, reason, status, created_at)
     VALUES ($1, $2, 2890, $3, 'succeeded', 0)",
);
static RENAME: Stmt = Stmt::new("UPDATE users SET first_name = $2 WHERE id = $1");

/// Writes the sample. `word` is in every text that people or sellers choose.
pub(super) async fn write(app: &TestApp, word: &str) -> Sample {
    let mut users = Vec::new();
    for name in ["ana", "olga", "max", "sam"] {
        users.push(app.user(name).await.user.unwrap());
    }
    let sample = Sample {
        buyer: users[0],
        vendor: app.market.id(),
        checkout: app.market.id(),
        order: app.market.id(),
        guest_order: app.market.id(),
        shipment: app.market.id(),
        returned: app.market.id(),
        refund: app.market.id(),
    };
    let (ids, word) = (sample.ids(), word.to_owned());
    app.market
        .db
        .write(async move |tx| {
            for user in &users {
                tx.exec_n(1, &RENAME, params![user, format!("Name {word}")]).await?;
            }
            tx.exec_n(
                1,
                &VENDOR,
                params![ids.vendor, users[1], format!("Shop {word}"), format!("No {word}")],
            )
            .await?;
            for (user, role) in [(users[1], "owner"), (users[2], "manager"), (users[3], "staff")] {
                tx.exec_n(1, &MEMBER, params![ids.vendor, user, role]).await?;
            }
            purchase(tx, &ids, (ids.checkout, ids.order), Some(users[0]), &word).await?;
            purchase(tx, &ids, (ids.guest_checkout, ids.guest_order), None, &word).await
        })
        .await
        .map_err(|error: db::Error| error)
        .unwrap();
    sample
}

/// The raw numbers that rows are written with; those that no test names are made of the others.
#[derive(Clone, Copy)]
struct Ids {
    vendor: i64,
    checkout: i64,
    order: i64,
    guest_checkout: i64,
    guest_order: i64,
    shipment: i64,
    returned: i64,
    refund: i64,
}

impl Sample {
    fn ids(&self) -> Ids {
        Ids {
            vendor: self.vendor.as_i64(),
            checkout: self.checkout.as_i64(),
            order: self.order.as_i64(),
            guest_checkout: self.checkout.as_i64() + 1_000_000,
            guest_order: self.guest_order.as_i64(),
            shipment: self.shipment.as_i64(),
            returned: self.returned.as_i64(),
            refund: self.refund.as_i64(),
        }
    }
}

async fn purchase(
    tx: &mut db::Tx,
    ids: &Ids,
    (checkout, order): (i64, i64),
    buyer: Option<UserId>,
    word: &str,
) -> Result<(), db::Error> {
    let address = serde_json::json!({
        "name": format!("Receiver {word}"), "phone": "+1 555", "line1": format!("Street {word}"), "line2": null,
        "city": "Springfield", "region": null, "postal_code": "12345", "country": "US",
    });
    let (guest, method) = match buyer {
        Some(_) => (None, "test"),
        None => (Some("guest@example.com"), "cod"),
    };
    let note = format!("Note {word}");
    tx.exec_n(1, &CHECKOUT, params![checkout, buyer, guest, method, address.to_string(), note]).await?;
    tx.exec_n(1, &ORDER, params![order, checkout, ids.vendor, buyer, "S-1"]).await?;
    let item = order + 1_000_000;
    let (title, variant, sku) = (format!("Tea {word}"), format!("Green {word}"), format!("SKU {word}"));
    tx.exec_n(1, &ITEM, params![item, order, title, variant, sku]).await?;
    tx.exec_n(1, &EVENT, params![order, order, format!("Why {word}")]).await?;
    if buyer.is_some() {
        tx.exec_n(1, &SHIPMENT, params![ids.shipment, order, format!("Carrier {word}")]).await?;
        tx.exec_n(1, &SHIPPED, params![ids.shipment, item]).await?;
        let (reason, answer) = (format!("Broken {word}"), format!("Answer {word}"));
        tx.exec_n(1, &RETURN, params![ids.returned, order, ids.vendor, reason, answer]).await?;
        tx.exec_n(1, &RETURNED, params![ids.returned, item]).await?;
        tx.exec_n(1, &PAYMENT, params![ids.refund, checkout, buyer]).await?;
        tx.exec_n(1, &REFUND, params![ids.refund, ids.refund, format!("it came late {word}")]).await?;
    }
    Ok(())
}
