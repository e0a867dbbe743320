//! A marketplace with everybody in it, and new things to ask for.

use std::sync::atomic::{AtomicU32, Ordering};

use testing::{Actor, Seller, TestApp, Value, json};

use super::who::Who;

/// A small picture.
pub(super) fn picture() -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_pixel(8, 8, image::Rgb([200, 120, 40]));
    picture.write_to(&mut file, image::ImageFormat::Png).expect("a picture can be written");
    file.into_inner()
}

const STREET: &str = "77 Marker Street";
const TAX: &str = "TAX-MARKER-1";
const DRAFT: &str = "Hidden Marker Draft";

pub(super) struct World {
    pub(super) app: TestApp,
    pub(super) buyer: Actor,
    pub(super) shop: Seller,
    pub(super) admin: Actor,
    other_buyer: Actor,
    manager: Actor,
    staff: Actor,
    other: Seller,
    closed: Seller,
    locked: Actor,
    /// A shop whose parcels go over the hub.
    hub: Seller,
    pub(super) product: Value,
    count: AtomicU32,
}

impl World {
    pub(super) async fn make() -> Self {
        let app = TestApp::start().await;
        let (admin, shop, other) = (app.admin().await, app.seller("ana").await, app.seller("eve").await);
        let (closed, hub) = (app.seller("zoe").await, app.seller("hal").await);
        let (manager, staff, locked) = (app.user("mia").await, app.user("sam").await, app.user("leo").await);
        for (email, role) in [("mia@example.com", "manager"), ("sam@example.com", "staff")] {
            let members = format!("/v1/vendors/{}/members", shop.vendor);
            shop.post(&members, json!({"email": email, "role": role})).await.expect(201);
        }
        shop.patch(&format!("/v1/vendors/{}", shop.vendor), json!({"tax_number": TAX})).await.expect(200);
        let suspend = format!("/v1/admin/vendors/{}/suspend", closed.vendor);
        admin.post(&suspend, json!({"reason": "Closed"})).await.expect(200);
        let terms = format!("/v1/admin/vendors/{}", hub.vendor);
        admin.patch(&terms, json!({"fulfilment": "hub"})).await.expect(200);
        let lock = format!("/v1/admin/users/{}", locked.user.expect("leo is a user"));
        admin.patch(&lock, json!({"suspended": true})).await.expect(200);
        let product = shop.product("Pot", 1_000, 100_000).await;
        shop.product_with(json!({"title": DRAFT, "price": 1, "stock": 1, "status": "draft"})).await;
        let (buyer, other_buyer) = (app.buyer("bo").await, app.buyer("cy").await);
        let count = AtomicU32::new(0);
        let world = Self {
            app,
            buyer,
            shop,
            admin,
            other_buyer,
            manager,
            staff,
            other,
            closed,
            locked,
            hub,
            product,
            count,
        };
        // Something of everything is there when lists are asked for.
        world.address().await;
        world.returned().await;
        world.import().await;
        world
    }

    pub(super) fn actor(&self, who: Who) -> Actor {
        match who {
            Who::Anonymous => self.app.anonymous(),
            Who::Buyer => self.buyer.clone(),
            Who::OtherBuyer => self.other_buyer.clone(),
            Who::Owner => self.shop.actor.clone(),
            Who::Manager => self.manager.clone(),
            Who::Staff => self.staff.clone(),
            Who::OtherVendor => self.other.actor.clone(),
            Who::SuspendedVendor => self.closed.actor.clone(),
            Who::SuspendedUser => self.locked.clone(),
            Who::Admin => self.admin.clone(),
        }
    }

    /// What no answer may show to them: the buyer's, and the shop's.
    #[expect(clippy::unused_self, reason = "the secrets of this world")]
    pub(super) fn secrets_from(&self, who: Who) -> Vec<String> {
        let of_buyer = ["bo@example.com", STREET];
        let of_shop = [TAX, DRAFT, "sam@example.com", "mia@example.com"];
        let secrets = match who {
            Who::Admin => vec![],
            Who::Buyer => of_shop.to_vec(),
            // Whoever ships has to know where to, and nothing more.
            Who::Owner | Who::Manager | Who::Staff => vec![of_buyer[0]],
            _ => [of_buyer.as_slice(), of_shop.as_slice()].concat(),
        };
        secrets.into_iter().map(ToOwned::to_owned).collect()
    }

    /// A number that was not given before.
    pub(super) fn number(&self) -> u32 {
        self.count.fetch_add(1, Ordering::Relaxed)
    }

    /// Somebody new.
    pub(super) async fn newcomer(&self) -> Actor {
        self.app.user(&format!("newcomer{}", self.number())).await
    }

    pub(super) async fn category(&self) -> String {
        let name = format!("Category {}", self.number());
        id(&self.admin.post("/v1/admin/categories", json!({"name": name})).await.expect(201))
    }

    /// A coupon that the shop pays for, or the marketplace.
    pub(super) async fn coupon(&self, of_shop: bool) -> String {
        let body = json!({"code": format!("CODE-{}", self.number()), "percent": 5});
        let (keeper, path) = if of_shop {
            (&self.shop.actor, "/v1/vendor/coupons")
        } else {
            (&self.admin, "/v1/admin/coupons")
        };
        id(&keeper.post(path, body).await.expect(201))
    }

    /// A way of shipping of the shop.
    pub(super) async fn shipping_method(&self) -> String {
        let body = json!({"name": "Parcel", "price": 0});
        id(&self.shop.post("/v1/vendor/shipping-methods", body).await.expect(201))
    }

    /// A category and an attribute of it.
    pub(super) async fn attribute(&self) -> (String, String) {
        let category = self.category().await;
        let path = format!("/v1/admin/categories/{category}/attributes");
        let attribute = self.admin.post(&path, json!({"name": "Colour", "type": "text"})).await.expect(201);
        (category, id(&attribute))
    }

    pub(super) async fn fresh_product(&self) -> String {
        id(&self.shop.product(&format!("Bowl {}", self.number()), 500, 10).await)
    }

    /// A product that waits for an operator.
    pub(super) async fn pending_product(&self) -> String {
        let ask = async |wanted: bool| {
            self.admin.put("/v1/admin/settings", json!({"product_approval": wanted})).await.expect(200)
        };
        ask(true).await;
        let product = self.fresh_product().await;
        ask(false).await;
        product
    }

    pub(super) async fn variant(&self) -> String {
        let product = self.shop.product(&format!("Bowl {}", self.number()), 500, 10).await;
        id(&product["variants"][0])
    }

    /// A product with options, and its variants.
    pub(super) async fn product_with_variants(&self) -> Value {
        let variant = |size: &str| json!({"options": {"Size": size}, "price": 100, "stock": 1});
        self.shop
            .product_with(json!({
                "title": format!("Shirt {}", self.number()), "price": 100, "stock": 0,
                "options": [{"name": "Size", "values": ["S", "M"]}], "variants": [variant("S"), variant("M")],
            }))
            .await
    }

    /// A product and its picture.
    pub(super) async fn pictured(&self) -> (String, Value) {
        let product = self.fresh_product().await;
        let path = format!("/v1/products/{product}/images");
        let shown = self.shop.upload(&path, &[("file", Some("a.png"), &picture())]).await.expect(201);
        (product, shown["images"][0].clone())
    }

    /// The shop has a logo from then on.
    pub(super) async fn give_logo(&self) {
        let path = format!("/v1/vendors/{}/logo", self.shop.vendor);
        let put = "PUT".parse().expect("a method");
        self.shop.send_form(put, &path, &[("file", Some("a.png"), &picture())]).await.expect(200);
    }

    pub(super) async fn import(&self) -> String {
        let file = b"Handle,Title,Variant Price\npot,Pot,1.00\n";
        let answer = self.shop.upload("/v1/vendor/imports", &[("file", Some("a.csv"), file)]).await;
        let import = id(&answer.expect(202));
        self.app.run_jobs().await;
        import
    }

    pub(super) async fn address(&self) -> String {
        id(&self.buyer.post("/v1/me/addresses", address()).await.expect(201))
    }

    /// A login of the buyer's that is not the one they use.
    pub(super) async fn session(&self) -> String {
        self.app.login_again(&self.buyer).await;
        let sessions = self.buyer.get("/v1/me/sessions").await.expect(200);
        id(&sessions["data"][0])
    }

    /// The buyer has one thing in the cart.
    pub(super) async fn unpaid_cart(&self) {
        self.buyer.delete("/v1/cart").await.expect(204);
        let line = json!({"product_id": self.product["id"], "quantity": 1});
        self.buyer.post("/v1/cart/items", line).await.expect(201);
    }

    /// A checkout that waits for its payment.
    pub(super) async fn unpaid(&self) -> Value {
        self.unpaid_cart().await;
        let buyer = self.buyer.with_header("idempotency-key", &format!("unpaid {}", self.number()));
        buyer.post("/v1/checkouts", json!({"payment_method": "test", "address": address()})).await.expect(201)
    }

    async fn paid(&self) -> Value {
        let checkout = self.unpaid().await;
        self.buyer.pays(&checkout).await;
        checkout
    }

    /// An order of the buyer's that has come this far: `pending`, or after these steps of the seller.
    pub(super) async fn order(&self, steps: &[&str]) -> String {
        let checkout = self.paid().await;
        id(&self.shop.does_all(steps, &checkout["orders"][0]).await)
    }

    /// A payment that was captured.
    pub(super) async fn payment(&self) -> String {
        id(&self.paid().await["payment"])
    }

    /// A return that was asked for.
    pub(super) async fn returned(&self) -> String {
        let order = self.order(&["accept", "pack", "ship", "deliver"]).await;
        let path = format!("/v1/orders/{order}");
        let item = self.buyer.get(&path).await.expect(200)["items"][0]["id"].clone();
        let body = json!({"items": [{"item_id": item, "quantity": 1}], "reason": "Too small"});
        id(&self.buyer.post(&format!("{path}/returns"), body).await.expect(201))
    }

    /// A return that the shop takes back.
    pub(super) async fn approved(&self) -> String {
        let returned = self.returned().await;
        self.shop.post_empty(&format!("/v1/vendor/returns/{returned}/approve")).await.expect(200);
        returned
    }

    /// A product that the buyer has received.
    pub(super) async fn received(&self) -> String {
        let product = self.shop.product(&format!("Bowl {}", self.number()), 500, 10).await;
        let order = self.buyer.buys_and_pays(&[(&product, 1)]).await;
        self.shop.does_all(&["accept", "pack", "ship", "deliver"], &order).await;
        id(&product)
    }

    /// The buyer's review of such a product.
    pub(super) async fn review(&self) -> String {
        let path = format!("/v1/products/{}/reviews", self.received().await);
        id(&self.buyer.post(&path, json!({"rating": 2, "title": "Leaks"})).await.expect(201))
    }

    /// A review that an admin has hidden.
    pub(super) async fn hidden_review(&self) -> String {
        let review = self.review().await;
        let path = format!("/v1/admin/reviews/{review}/hide");
        self.admin.post(&path, json!({"reason": "Rude"})).await.expect(200);
        review
    }

    /// A parcel on its way over the hub, after these steps of an admin.
    pub(super) async fn shipment(&self, steps: &[&str]) -> String {
        let product = self.hub.product(&format!("Lamp {}", self.number()), 100, 5).await;
        let order = self.buyer.buys_and_pays(&[(&product, 1)]).await;
        let order = self.hub.does_all(&["accept", "pack", "ship"], &order).await;
        let shipment = id(&order["shipments"][0]);
        for step in steps {
            self.admin.post_empty(&format!("/v1/admin/shipments/{shipment}/{step}")).await.expect(200);
        }
        shipment
    }

    /// Somebody's application.
    pub(super) async fn application(&self) -> String {
        let body = json!({"name": format!("Shop {}", self.number()), "description": "D", "address": "A"});
        id(&self.newcomer().await.post("/v1/vendors", body).await.expect(201))
    }

    /// A shop of its own, open or suspended.
    pub(super) async fn another_shop(&self, is_suspended: bool) -> String {
        let vendor = self.application().await;
        self.admin.post_empty(&format!("/v1/admin/vendors/{vendor}/accept")).await.expect(200);
        if is_suspended {
            let path = format!("/v1/admin/vendors/{vendor}/suspend");
            self.admin.post(&path, json!({"reason": "Closed"})).await.expect(200);
        }
        vendor
    }

    /// An invitation into the shop, for `name@example.com`.
    pub(super) async fn invitation(&self, name: &str) -> String {
        Self::invite(&self.shop, name).await
    }

    /// An invitation into the other shop.
    pub(super) async fn other_invitation(&self, name: &str) -> String {
        Self::invite(&self.other, name).await
    }

    async fn invite(shop: &Seller, name: &str) -> String {
        let body = json!({"email": format!("{name}@example.com"), "role": "staff"});
        id(&shop.post(&format!("/v1/vendors/{}/invitations", shop.vendor), body).await.expect(201))
    }

    /// Somebody new who works in the shop.
    pub(super) async fn member(&self) -> String {
        let number = self.number();
        let user = self.app.user(&format!("member{number}")).await;
        let body = json!({"email": format!("member{number}@example.com"), "role": "staff"});
        self.shop.post(&format!("/v1/vendors/{}/members", self.shop.vendor), body).await.expect(201);
        user.user.expect("a member is a user").to_string()
    }
}

/// An address of the buyer's.
pub(super) fn address() -> Value {
    json!({
        "name": "Bo", "phone": "+1 555 0100", "line1": STREET, "city": "Fes", "postal_code": "30000", "country": "MA",
    })
}

pub(super) fn id(value: &Value) -> String {
    value["id"].as_str().unwrap_or_else(|| panic!("no id: {value}")).to_owned()
}
