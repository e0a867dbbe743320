//! From a job to the operation that does it.

use types::{CheckoutId, ImportId, OrderId, PaymentId, ProductId, RefundId};

use super::model::Claimed;
use super::{Failure, Job};
use crate::catalog::images::{self, FileName};
use crate::catalog::products;
use crate::mail::Mailer;
use crate::payments::stripe;
use crate::{Market, checkout, imports, notifications, orders};

/// Does a job. What it answers is written as further jobs in the transaction that ends it.
pub(super) async fn run(market: &Market, mailer: &Mailer, claimed: &Claimed) -> Result<Vec<Job>, Failure> {
    match claimed.job()? {
        Job::SendMail { mail, to } => notifications::deliver(market, mailer, claimed.id, mail, to).await,
        Job::ExpireCheckout { checkout } => {
            let (id, shared) = (CheckoutId::from_i64(checkout), market.clone());
            market.db.write(async move |tx| checkout::expire(tx, &shared, id).await).await?;
            Ok(Vec::new())
        }
        Job::ReleaseFunds { order } => {
            let (id, shared) = (OrderId::from_i64(order), market.clone());
            market.db.write(async move |tx| orders::release_funds(tx, &shared, id).await).await?;
            Ok(Vec::new())
        }
        Job::ForgetMedia { name } => {
            images::forget(market, &file_name(&name)?).await?;
            Ok(Vec::new())
        }
        Job::RenderMedia { name } => {
            images::render(market, &file_name(&name)?).await?;
            Ok(Vec::new())
        }
        Job::FetchImages { product } => {
            imports::fetch_images(market, ProductId::from_i64(product)).await?;
            Ok(Vec::new())
        }
        Job::KeepSchedule { product } => {
            let (id, shared) = (ProductId::from_i64(product), market.clone());
            market.db.write(async move |tx| products::keep_schedule(tx, &shared, id).await).await?;
            Ok(Vec::new())
        }
        Job::RunImport { import } => {
            imports::run(market, ImportId::from_i64(import)).await?;
            Ok(Vec::new())
        }
        Job::SyncIntent { payment } => {
            stripe::sync(market, PaymentId::from_i64(payment)).await?;
            Ok(Vec::new())
        }
        Job::SendRefund { refund } => {
            stripe::send_refund(market, RefundId::from_i64(refund)).await?;
            Ok(Vec::new())
        }
        Job::ReturnStray { payment, intent } => {
            stripe::return_stray(market, PaymentId::from_i64(payment), &intent).await?;
            Ok(Vec::new())
        }
    }
}

fn file_name(name: &str) -> Result<FileName, Failure> {
    name.parse().map_err(|_| Failure::fail("not the name of a stored image"))
}
