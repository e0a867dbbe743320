//! A small marketplace of its own, in which each operation is done once to see what it writes.

use anyhow::{Context, Result, ensure};
use axum::body::Body;
use axum::http::{Request, header};
use db::{Conn, Db, Stmt, params};
use marketplace::accounts::{self, Client};
use marketplace::catalog::attributes::GivenValues;
use marketplace::catalog::products::{self, NewProduct, SaleTerms, Schedule, Specs, WantedStatus};
use marketplace::catalog::variants::{Assortment, NewVariant};
use marketplace::{Market, Shopper, cart, vendors};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use types::{CategoryId, Grams, Money, Quantity, StockLevel, UserId, VariantId};

use super::super::purchase;
use super::super::rows::{Dump, Given, Schema, Template};
use super::goods::{self, Shop};
use super::people;

/// What the sample's product costs: a number that nothing else has.
const PRICE: i64 = 7_654_321;

/// Pieces of texts that each copy has its own of.
const SHOP: &str = "8888800001";
const CATEGORY: &str = "9999900001";
const KEY: &str = "sample-purchase";

/// The stock of the sample's first product; the others have one more each.
const STOCK: i64 = 900_000_000;

static VARIANT: Stmt = Stmt::new("SELECT id FROM variants WHERE product_id = $1");

static CART: Stmt = Stmt::new("SELECT id FROM carts WHERE user_id = $1");

/// The marketplace, and what its tables look like.
pub(super) struct Sample {
    market: Market,
    schema: Schema,
    shops: Vec<Shop>,
    category: CategoryId,
}

/// A product of the sample.
struct Sold {
    product: i64,
    variant: VariantId,
    vendor: i64,
}

/// Paid purchases of the past: their rows, and what each seller is owed for one.
pub(super) struct Past {
    pub(super) template: Template,
    pub(super) owed: i64,
    pub(super) sellers: usize,
}

impl Sample {
    /// A marketplace of `sellers` shops in an empty SQLite database.
    pub(super) async fn new(market: Market, sellers: usize) -> Result<Self> {
        // A token is only taken while its key is a published one.
        let owned = market.clone();
        let published: marketplace::Result<()> =
            market.db.write(async move |tx| owned.tokens.publish(tx, owned.now()).await).await;
        published?;
        let schema = Schema::read(&mut market.db.read().await?).await?;
        let names: Vec<String> = (0..sellers).map(|number| format!("{SHOP} {number}")).collect();
        let shops = goods::open_shops(&market, names).await?;
        let category = goods::make_category(&market, &format!("Bench category {CATEGORY}")).await?;
        Ok(Self { market, schema, shops, category })
    }

    async fn dump(&self) -> Result<Dump> {
        self.schema.dump(&mut self.market.db.read().await?).await
    }

    /// The rows that were added since `before`.
    async fn since(&self, before: &Dump, samples: &[Given]) -> Result<Template> {
        Template::of(&self.schema, (before, &self.dump().await?), samples)
    }

    /// A product with this title. Each copy is given its shop, its category, the shop's owner, its price,
    /// and the numbers of product, shop and category that its texts are to hold.
    pub(super) async fn product(&self, place: usize, title: &str, description: &str) -> Result<Template> {
        let number = format!("77777{place:05}");
        let before = self.dump().await?;
        self.sell(&format!("{title} {number}"), description, 0).await?;
        let shop = &self.shops[0];
        let samples = [
            Given::Int(shop.vendor),
            Given::Int(self.category.as_i64()),
            Given::Int(shop.owner),
            Given::Int(PRICE),
            Given::Text(number),
            Given::Text(format!("{SHOP} 0")),
            Given::Text(CATEGORY.to_owned()),
            Given::Int(STOCK),
        ];
        self.since(&before, &samples).await
    }

    async fn sell(&self, title: &str, description: &str, shop: usize) -> Result<Sold> {
        let stock = STOCK + i64::try_from(shop)?;
        let variant = NewVariant {
            sku: Some(format!("SKU-{}", title.rsplit(' ').next().unwrap_or_default()).parse()?),
            price: Money::from_minor(PRICE),
            discount: None,
            stock: StockLevel::new(stock).context("the sample's stock is too large")?,
            weight: Grams::new(500),
            gtin: None,
            low_stock: None,
        };
        let new = NewProduct {
            title: title.parse()?,
            description: Some(description.parse()?),
            category: Some(self.category),
            specs: Specs::default(),
            attributes: GivenValues::default(),
            terms: SaleTerms::default(),
            status: WantedStatus::Published,
            schedule: Schedule::default(),
            variants: Assortment::simple(variant).map_err(marketplace::Error::from)?,
            import_key: None,
        };
        let owner = UserId::from_i64(self.shops[shop].owner);
        let market = self.market.clone();
        let made: marketplace::Result<_> = self
            .market
            .db
            .write(async move |tx| {
                let membership = vendors::membership(tx, owner, None).await?;
                products::create(tx, &market, &membership, &new).await
            })
            .await;
        let product = made?.id.as_i64();
        let (variant,): (i64,) = self.read().await?.one(&VARIANT, params![product]).await?;
        let variant = VariantId::from_i64(variant);
        Ok(Sold { product, variant, vendor: self.shops[shop].vendor })
    }

    async fn read(&self) -> Result<Conn> {
        Ok(self.market.db.read().await?)
    }

    /// A cart: each copy is given its user. And a line of a cart: each copy is given its cart, variant and
    /// price.
    pub(super) async fn cart(&self) -> Result<(Template, Template)> {
        let sold = self.sell("Carried c", "In a cart.", 0).await?;
        let user = people::make(&self.market, "cart", 1).await?.remove(0);
        let before = self.dump().await?;
        self.fill(user, &[&sold]).await?;
        let added = self.dump().await?;
        let cart = Template::of(&self.schema, (&before, &added), &[Given::Int(user.as_i64())])?;
        let (id,): (i64,) = self.read().await?.one(&CART, params![user]).await?;
        let samples = [Given::Int(id), Given::Int(sold.variant.as_i64()), Given::Int(PRICE)];
        let line = Template::of(&self.schema, (&before, &added), &samples)?;
        Ok((cart.only(&["carts"]), line.only(&["cart_items"])))
    }

    async fn fill(&self, user: UserId, goods: &[&Sold]) -> Result<()> {
        for sold in goods {
            let (market, wanted) = (self.market.clone(), cart::Wanted::Variant(sold.variant));
            let one = Quantity::new(1).context("one is a quantity")?;
            let added: marketplace::Result<_> = self
                .market
                .db
                .write(async move |tx| cart::add(tx, &market, &Shopper::User(user), wanted, one).await)
                .await;
            added?;
        }
        Ok(())
    }

    /// A purchase of one unit from each of the sellers by the API, not yet paid. Each copy is given its
    /// buyer, its idempotency key, and of each seller the variant, the product, the shop and the stock after.
    pub(super) async fn purchase(&self) -> Result<Template> {
        let (template, _) = self.buy("u").await?;
        Ok(template)
    }

    async fn buy(&self, name: &str) -> Result<(Template, Value)> {
        let mut goods = Vec::new();
        for shop in 0..self.shops.len() {
            goods.push(self.sell(&format!("Bought {name}{shop}"), "Sold.", shop).await?);
        }
        let user = people::make(&self.market, name, 1).await?.remove(0);
        self.fill(user, &goods.iter().collect::<Vec<_>>()).await?;
        let before = self.dump().await?;
        let market = self.market.clone();
        let client = Client::default();
        let opened: marketplace::Result<_> = self
            .market
            .db
            .write(async move |tx| accounts::open_session(tx, &market, user, &client).await)
            .await;
        let token = opened?.access;
        let checkout = self.post("/v1/checkouts", &token, Some(KEY), &purchase::body()).await?;
        if name == "paid" {
            let payment = checkout["payment"]["id"].as_str().context("a checkout has a payment")?;
            let path = format!("/v1/payments/{payment}/confirm");
            self.post(&path, &token, None, &json!({"outcome": "succeed"}).to_string()).await?;
        }
        let mut samples = vec![Given::Int(user.as_i64()), Given::Text(KEY.to_owned())];
        for (number, sold) in goods.iter().enumerate() {
            samples.extend([sold.variant.as_i64(), sold.product, sold.vendor].map(Given::Int));
            samples.push(Given::Int(STOCK + i64::try_from(number)? - 1));
        }
        let template = self.since(&before, &samples).await?.without(&["sessions", "refresh_tokens"]);
        Ok((template, checkout))
    }

    async fn post(&self, path: &str, token: &str, key: Option<&str>, body: &str) -> Result<Value> {
        let mut request = Request::post(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let request = request.body(Body::from(body.to_owned()))?;
        let response = web::router(self.market.clone()).oneshot(request).await?;
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await?;
        ensure!(status.is_success(), "{path}: {status} {}", String::from_utf8_lossy(&bytes));
        Ok(serde_json::from_slice(&bytes)?)
    }

    /// Purchases that were paid, without the work and the mails that followed.
    pub(super) async fn past(&self) -> Result<Past> {
        static OWED: Stmt =
            Stmt::new("SELECT CAST(COALESCE(SUM(pending), 0) AS BIGINT) FROM vendor_balances");
        let (template, _) = self.buy("paid").await?;
        let (owed,): (i64,) = self.read().await?.one(&OWED, params![]).await?;
        let template = template.without(&["jobs", "mailbox", "vendor_balances"]);
        let sellers = self.shops.len();
        Ok(Past { template, owed: owed / i64::try_from(sellers)?, sellers })
    }

    /// Closes the small marketplace.
    pub(super) async fn close(self) {
        let db: Db = self.market.db.clone();
        db.close().await;
    }
}
