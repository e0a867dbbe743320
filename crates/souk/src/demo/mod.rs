//! `souk serve --demo`: a marketplace to look around in, made once through the operations that make any
//! other: an admin, three shops with their goods, and a buyer.

mod goods;

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result};
use db::Tx;
use marketplace::accounts::{self, NewUser, PasswordHash, PostalAddress};
use marketplace::catalog::attributes::GivenValues;
use marketplace::catalog::categories::{self, NewCategory};
use marketplace::catalog::products::{self, NewProduct, SaleTerms, Schedule, Specs, WantedStatus};
use marketplace::catalog::variants::{Assortment, NewVariant, Options};
use marketplace::vendors::{self, Application, Decision};
use marketplace::{Error, Market, Result as DomainResult};
use types::{CategoryId, Currency, Discount, Email, Grams, Money, Password, PriceCut, StockLevel, UserId};

use goods::{CATEGORIES, Good, SHOPS, Shop};

const ADMIN: &str = "admin@souk.example";
const BUYER: &str = "nora@souk.example";

/// Of every account of the demo. Anybody can read it here: the demo is nothing to leave open to the world.
const PASSWORD: &str = "lantern-market-demo";

/// The demo's accounts as the start message shows them: what they are, and how to log in.
pub(crate) fn accounts() -> Vec<(&'static str, &'static str, &'static str)> {
    let sellers = SHOPS.iter().map(|shop| ("seller", shop.email, PASSWORD));
    [("admin", ADMIN, PASSWORD)].into_iter().chain(sellers).chain([("buyer", BUYER, PASSWORD)]).collect()
}

/// Makes the demo, whole or not at all, unless it is there.
pub(crate) async fn seed(market: &Market) -> Result<()> {
    let refuse = "the demo could not be made";
    let admin: Email = parse(ADMIN).context(refuse)?;
    let there = accounts::find_user_by_email(&mut market.db.read().await?, &admin).await.context(refuse)?;
    if there.is_some() {
        return Ok(());
    }
    let password: Password = parse(PASSWORD).context(refuse)?;
    let hash = accounts::hash_password(password).await.context(refuse)?;
    let owned = market.clone();
    market.db.write(async move |tx| populate(tx, &owned, &hash).await).await.context(refuse)
}

async fn populate(tx: &mut Tx, market: &Market, hash: &PasswordHash) -> DomainResult<()> {
    // Two servers may start with it at once: the second finds the first one's.
    if accounts::find_user_by_email(tx, &parse(ADMIN)?).await?.is_some() {
        return Ok(());
    }
    let admin = make_user(tx, market, hash, (ADMIN, "Ada")).await?;
    accounts::set_admin(tx, market, admin, true).await?;
    let categories = make_categories(tx, market).await?;
    for shop in SHOPS {
        open_shop(tx, market, hash, admin, shop, &categories).await?;
    }
    let buyer = make_user(tx, market, hash, (BUYER, "Nora")).await?;
    accounts::add_address(tx, market, buyer, home()?, true).await?;
    Ok(())
}

async fn make_user(
    tx: &mut Tx,
    market: &Market,
    hash: &PasswordHash,
    (email, first_name): (&str, &str),
) -> DomainResult<UserId> {
    let new = NewUser {
        email: parse(email)?,
        password: hash.clone(),
        first_name: parse(first_name)?,
        last_name: Some(parse("Demo")?),
    };
    accounts::create_user(tx, market, &new).await
}

/// The identifiers of all categories, by name.
async fn make_categories(tx: &mut Tx, market: &Market) -> DomainResult<HashMap<&'static str, CategoryId>> {
    let mut made = HashMap::new();
    for (name, parts) in CATEGORIES {
        let above = make_category(tx, market, name, None).await?;
        made.insert(*name, above);
        for part in *parts {
            made.insert(*part, make_category(tx, market, part, Some(above)).await?);
        }
    }
    Ok(made)
}

async fn make_category(
    tx: &mut Tx,
    market: &Market,
    name: &str,
    parent_id: Option<CategoryId>,
) -> DomainResult<CategoryId> {
    let new = NewCategory { name: parse(name)?, parent_id, position: None };
    let path = categories::create(tx, market, &new).await?;
    let made = path.last().ok_or_else(|| Error::internal("a category was made and is not there"))?;
    Ok(made.id)
}

async fn open_shop(
    tx: &mut Tx,
    market: &Market,
    hash: &PasswordHash,
    admin: UserId,
    shop: &Shop,
    categories: &HashMap<&str, CategoryId>,
) -> DomainResult<()> {
    let owner = make_user(tx, market, hash, (shop.email, shop.owner)).await?;
    let application = Application {
        name: parse(shop.name)?,
        description: parse(shop.description)?,
        address: parse(shop.address)?,
        domain: None,
        tax_number: None,
    };
    let vendor = vendors::enrol(tx, market, owner, &application).await?;
    vendors::review(tx, market, admin, vendor.id, &Decision::Accept).await?;
    let membership = vendors::membership(tx, owner, None).await?;
    for good in shop.goods {
        let category = categories.get(good.category).copied();
        let product = product(good, category, market.settings.currency)?;
        products::create(tx, market, &membership, &product).await?;
    }
    Ok(())
}

fn product(good: &Good, category: Option<CategoryId>, currency: Currency) -> DomainResult<NewProduct> {
    Ok(NewProduct {
        title: parse(good.title)?,
        description: Some(parse(good.description)?),
        category,
        specs: Specs::default(),
        attributes: GivenValues::default(),
        terms: SaleTerms::default(),
        schedule: Schedule::default(),
        status: WantedStatus::Published,
        variants: assortment(good, currency)?,
        import_key: None,
    })
}

fn assortment(good: &Good, currency: Currency) -> DomainResult<Assortment> {
    let Some((name, values)) = good.option else {
        return Ok(Assortment::simple(variant(good, currency, None)?)?);
    };
    let listed = values.iter().map(|value| parse(value)).collect::<DomainResult<_>>()?;
    let options = Options::new(vec![(parse(name)?, listed)], "/options")?;
    let mut variants = Vec::new();
    for value in values {
        let wanted = BTreeMap::from([(name.to_owned(), parse(value)?)]);
        variants.push((wanted, variant(good, currency, Some(value))?));
    }
    Ok(Assortment::of(options, variants)?)
}

fn variant(good: &Good, currency: Currency, choice: Option<&str>) -> DomainResult<NewVariant> {
    let sku = match choice {
        Some(choice) => format!("{}-{}", good.sku, choice.to_uppercase()),
        None => good.sku.to_owned(),
    };
    let discount = |percent| Discount { cut: PriceCut::Percent(percent), starts_at: None, ends_at: None };
    let stock = StockLevel::new(good.stock).ok_or_else(|| Error::internal("a demo's stock is too large"))?;
    Ok(NewVariant {
        sku: Some(parse(&sku)?),
        price: Money::from_minor(good.price).fraction(10_i64.pow(currency.decimals()), 100),
        discount: good.off.map(discount),
        stock,
        weight: Grams::new(good.grams),
        gtin: None,
        low_stock: None,
    })
}

fn home() -> DomainResult<PostalAddress> {
    Ok(PostalAddress {
        name: parse("Nora Demo")?,
        phone: parse("+1 555 0100")?,
        line1: parse("8 Almond Street")?,
        line2: None,
        city: parse("Springfield")?,
        region: parse("IL").map(Some)?,
        postal_code: parse("62701")?,
        country: parse("US")?,
    })
}

/// A value of the demo's own texts, which are all well-formed: a test makes the demo.
fn parse<T: std::str::FromStr>(text: &str) -> DomainResult<T> {
    text.parse().map_err(|_| Error::internal(format!("`{text}` of the demo is not well-formed")))
}
