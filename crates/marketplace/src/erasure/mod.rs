//! Erasing an account: what is personal goes, what the books need stays without a name.
//!
//! What a person leaves behind lies in many features' tables. Here is the one list of it, so that one can
//! see in one place that nothing was forgotten; a test looks through every text of the database.

mod error;
mod store;

pub use error::ErasureError;

pub(crate) use store::statements;

use db::Tx;
use serde_json::{Value, json};
use types::{CheckoutId, UserId};

use crate::error::Refusal;
use crate::{Error, Market, Result, accounts, vendors};

/// Where the addresses of erased accounts are: no mail goes there (RFC 2606, 2).
pub(crate) const NOWHERE: &str = "@erased.invalid";

/// Stands where a text can't be absent.
const ERASED: &str = "erased";

/// Checkouts that are made anonymous with one read.
const BATCH: i64 = 200;

/// Erases a user. Orders, payments and the ledger stay, of somebody without a name; ratings stay without
/// their words; the e-mail address is free again.
///
/// Refused while an order or return of theirs is under way, while they own a shop, and for the last admin.
pub async fn erase(tx: &mut Tx, market: &Market, user: UserId) -> Result<()> {
    let account = accounts::lock_user(tx, user).await?.ok_or(Refusal::NotFound)?;
    // A checkout holds the lock of its cart: none can come up between here and the end.
    store::lock_cart(tx, user).await?;
    refuse_if_needed(tx, user).await?;
    if account.is_admin() && accounts::is_last_admin(tx, user).await? {
        return Err(ErasureError::LastAdmin.into());
    }
    let (now, key) = (market.now(), account.email.person_key());
    for email in [Some(account.email), store::wanted_email(tx, user).await?].into_iter().flatten() {
        store::drop_traces_of_email(tx, &email.key()).await?;
    }
    store::rename_counts(tx, &key, &format!("{ERASED}:{user}")).await?;
    store::drop_traces(tx, user).await?;
    store::drop_belongings(tx, user).await?;
    store::silence(tx, user, ERASED).await?;
    anonymise_checkouts(tx, user).await?;
    vendors::forget_logos(tx, market, user).await?;
    store::withdraw_applications(tx, user, ERASED, now).await?;
    let nobody = format!("{}{NOWHERE}", user.to_string().to_lowercase());
    store::anonymise_user(tx, user, (ERASED, &nobody), now).await
}

async fn refuse_if_needed(tx: &mut Tx, user: UserId) -> Result<()> {
    if store::has_open_purchases(tx, user).await? {
        return Err(ErasureError::OpenOrders.into());
    }
    if store::owns_shop(tx, user).await? {
        return Err(ErasureError::OwnsShop.into());
    }
    Ok(())
}

/// Leaves the country of each address, which the taxes follow from, and nothing else.
async fn anonymise_checkouts(tx: &mut Tx, user: UserId) -> Result<()> {
    let mut after = CheckoutId::from_i64(0);
    loop {
        let page = store::addresses_of_checkouts(tx, user, after, BATCH).await?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = *last;
        for (checkout, address) in &page {
            store::set_checkout_address(tx, *checkout, &without_person(address)?).await?;
        }
    }
}

fn without_person(address: &str) -> Result<String> {
    let kept: Value = serde_json::from_str(address)
        .map_err(|error| Error::failed("a checkout's address can't be read", error))?;
    let bare = json!({
        "name": ERASED, "phone": ERASED, "line1": ERASED, "line2": null, "city": ERASED, "region": null,
        "postal_code": ERASED, "country": kept["country"],
    });
    Ok(bare.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_country_stays() {
        let address =
            r#"{"name":"Ana","phone":"1","line1":"Rua 1","city":"Rio","postal_code":"2","country":"BR"}"#;
        let bare = without_person(address).unwrap();
        let read: accounts::PostalAddress = serde_json::from_str(&bare).unwrap();
        assert_eq!((read.name.as_str(), read.country.as_str()), ("erased", "BR"));
        for gone in ["Ana", "Rua", "Rio"] {
            assert!(!bare.contains(gone));
        }
    }
}
