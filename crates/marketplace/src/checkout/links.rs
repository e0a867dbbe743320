//! Links by which a guest sees a purchase again without an account.
//!
//! A link's token names the checkout and is signed (see `signatures`). Whoever has it may see, pay and
//! cancel this one purchase, and nothing else.

use std::fmt;
use std::str::FromStr;

use db::Conn;
use types::CheckoutId;

use crate::{Market, Result, signatures};

const PREFIX: &str = "gst_";

/// A token as somebody sends it: not yet known to be a good one. Never shown by `Debug`.
#[derive(Clone)]
pub struct LinkToken {
    checkout: CheckoutId,
    signature: Vec<u8>,
}

impl fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkToken(…)")
    }
}

impl FromStr for LinkToken {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "not a link's token";
        let (id, signature) = text.strip_prefix(PREFIX).and_then(|rest| rest.split_once('.')).ok_or(wrong)?;
        let checkout = format!("chk_{id}").parse().map_err(|_| wrong)?;
        let signature = signatures::read(signature).ok_or(wrong)?;
        Ok(Self { checkout, signature })
    }
}

/// The address under which a guest sees a checkout.
pub(crate) async fn link(market: &Market, checkout: CheckoutId) -> Result<String> {
    let signature = signatures::sign(market, &message(checkout)).await?;
    let id = checkout.to_string();
    let digits = id.rsplit('_').next().unwrap_or_default();
    let home = &market.settings.public_url;
    Ok(format!("{home}/v1/checkouts/{id}?token={PREFIX}{digits}.{signature}"))
}

/// The checkout that a token is for, if it is a good one.
pub async fn checkout_of(conn: &mut Conn, token: &LinkToken) -> Result<Option<CheckoutId>> {
    let good = signatures::is_signed(conn, &message(token.checkout), &token.signature).await?;
    Ok(good.then_some(token.checkout))
}

fn message(checkout: CheckoutId) -> String {
    format!("a guest's link to {checkout}")
}
