//! What admins decide on vendors.

use db::{Conn, Tx};
use types::{EventId, Limit, Page, UserId, VendorId, kind};

use super::{Decision, Review, Vendor, VendorError, store};
use crate::changes::{self, Change};
use crate::error::Refusal;
use crate::notifications::{self, Mail};
use crate::{Market, Result};

/// Decides on a vendor, keeps who and when, and mails the owner.
///
/// A decision that does not fit its state is `invalid_transition`; of two at once, one wins.
pub async fn review(
    tx: &mut Tx,
    market: &Market,
    reviewer: UserId,
    vendor: VendorId,
    decision: &Decision,
) -> Result<Vendor> {
    let now = market.now();
    let (from, to) = decision.transition();
    let decided = store::decide(tx, vendor, decision, reviewer, now).await?;
    let found = super::find(tx, vendor).await?.ok_or(Refusal::NotFound)?;
    if !decided {
        let error = if found.status == from {
            // Pending, and yet not accepted: the owner has a shop by now.
            VendorError::AcceptedExists
        } else {
            VendorError::InvalidTransition { status: found.status }
        };
        return Err(error.into());
    }
    let entry = Review {
        id: market.id::<kind::Event>(),
        from,
        to,
        reason: decision.reason().map(ToString::to_string),
        reviewer,
        at: now,
    };
    store::insert_review(tx, vendor, &entry).await?;
    changes::record(tx, market, &[Change::Vendor(vendor)]).await?;
    market.journal.changed("status", &from, &to);
    if let Some(reason) = decision.reason() {
        market.journal.with("reason", &reason.as_str());
    }
    notifications::send(tx, market, mail(vendor, decision)).await?;
    Ok(found)
}

fn mail(vendor: VendorId, decision: &Decision) -> Mail {
    let vendor = vendor.as_i64();
    match decision {
        Decision::Accept => Mail::VendorAccepted { vendor },
        Decision::Reject(_) => Mail::VendorRejected { vendor },
        Decision::Suspend(reason) => Mail::VendorSuspended { vendor, reason: reason.to_string() },
        Decision::Reinstate => Mail::VendorReinstated { vendor },
    }
}

/// The decisions on a vendor, newest first.
pub async fn reviews(
    conn: &mut Conn,
    vendor: VendorId,
    limit: Limit,
    after: Option<EventId>,
) -> Result<Page<Review, EventId>> {
    let rows = store::reviews(conn, vendor, limit, after).await?;
    Ok(Page::cut(rows, limit, |review| review.id))
}
