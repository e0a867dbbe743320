//! SQL of the vendors.

use db::{Columns, Conn, ConstraintKind, FromRow, Row, Stmt, Tx, params};
use types::{EventId, Limit, Rating, Slug, Timestamp, UserId, VendorId};

use super::{Application, Decision, Review, Role, Vendor, VendorError, VendorRef, VendorStatus};
use crate::Result;
use crate::catalog::images::{Format, Picture};
use crate::slugs::SlugTaken;

pub(crate) const STATEMENTS: &[&Stmt] = &[
    &STANDING,
    &INSERT,
    &FIND,
    &FIND_BY_SLUG,
    &LOCK,
    &LIST,
    &LIST_BY_STATUS,
    &OF_USER,
    &UPDATE_PROFILE,
    &SET_SLUG,
    &UPDATE_TERMS,
    &DECIDE,
    &SET_OWNER,
    &INSERT_REVIEW,
    &REVIEWS,
    &COUNT_RATING,
    &SET_LOGO,
    &WITH_LOGO_OF,
    &WITH_LOGO,
];

/// The columns of a [`Vendor`].
macro_rules! vendor {
    () => {
        "v.id, v.owner_id, v.slug, v.name, v.description, v.address, v.domain, v.tax_number, v.status,
         v.rejection_reason, v.suspension_reason, v.commission_bps, v.fulfilment, v.rating_sum,
         v.rating_count, v.created_at, v.reviewed_at, v.reviewer_id,
         v.shipping_policy, v.return_policy, v.closed_from, v.closed_to, v.logo_hash,
         (SELECT f.format FROM media_files f WHERE f.hash = v.logo_hash),
         (SELECT f.width FROM media_files f WHERE f.hash = v.logo_hash),
         (SELECT f.height FROM media_files f WHERE f.hash = v.logo_hash),
         (SELECT f.rendered_at FROM media_files f WHERE f.hash = v.logo_hash)"
    };
}

// One statement, so that an application that is accepted meanwhile is seen in one state or the other.
static STANDING: Stmt = Stmt::new(
    "SELECT status FROM vendors
     WHERE owner_id = $1 AND (status IN ('pending', 'accepted', 'suspended') OR reviewed_at > $2)
     ORDER BY id DESC LIMIT 10",
);

/// The states that keep a user from applying; rejections only after `since`.
pub(super) async fn standing(
    conn: &mut Conn,
    owner: UserId,
    since: Timestamp,
) -> Result<Vec<(VendorStatus,)>> {
    Ok(conn.all(&STANDING, params![owner, since]).await?)
}

static INSERT: Stmt = Stmt::new(
    "INSERT INTO vendors (id, owner_id, slug, name, description, address, domain, tax_number, status, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', $9)
     ON CONFLICT DO NOTHING",
);

/// `false` when the slug is taken, or the owner has a pending application.
pub(super) async fn insert(
    tx: &mut Tx,
    id: VendorId,
    owner: UserId,
    slug: &Slug,
    application: &Application,
    now: Timestamp,
) -> Result<bool> {
    let Application { name, description, address, domain, tax_number } = application;
    let values = params![id, owner, slug, name, description, address, domain, tax_number, now];
    Ok(tx.exec(&INSERT, values).await? == 1)
}

static FIND: Stmt = Stmt::new(concat!("SELECT ", vendor!(), " FROM vendors v WHERE v.id = $1"));

static FIND_BY_SLUG: Stmt = Stmt::new(concat!("SELECT ", vendor!(), " FROM vendors v WHERE v.slug = $1"));

pub(super) async fn find(conn: &mut Conn, vendor: &VendorRef) -> Result<Option<Vendor>> {
    Ok(match vendor {
        VendorRef::Id(id) => conn.opt(&FIND, params![id]).await?,
        VendorRef::Slug(slug) => conn.opt(&FIND_BY_SLUG, params![slug]).await?,
    })
}

static LOCK: Stmt = Stmt::with_postgres(
    concat!("SELECT ", vendor!(), " FROM vendors v WHERE v.id = $1"),
    concat!("SELECT ", vendor!(), " FROM vendors v WHERE v.id = $1 FOR UPDATE"),
);

/// The vendor as nobody else can change it before this transaction ends.
pub(super) async fn lock(tx: &mut Tx, id: VendorId) -> Result<Option<Vendor>> {
    Ok(tx.opt(&LOCK, params![id]).await?)
}

static LIST: Stmt = Stmt::new(concat!(
    "SELECT ",
    vendor!(),
    " FROM vendors v WHERE CAST($1 AS BIGINT) IS NULL OR v.id < $1 ORDER BY v.id DESC LIMIT $2"
));

static LIST_BY_STATUS: Stmt = Stmt::new(concat!(
    "SELECT ",
    vendor!(),
    " FROM vendors v WHERE v.status = $3 AND (CAST($1 AS BIGINT) IS NULL OR v.id < $1)
      ORDER BY v.id DESC LIMIT $2"
));

pub(super) async fn list(
    conn: &mut Conn,
    status: Option<VendorStatus>,
    limit: Limit,
    after: Option<VendorId>,
) -> Result<Vec<Vendor>> {
    let limit = limit.plus_one();
    Ok(match status {
        None => conn.all(&LIST, params![after, limit]).await?,
        Some(status) => conn.all(&LIST_BY_STATUS, params![after, limit, status]).await?,
    })
}

fn read_vendor(columns: &mut Columns<'_, '_>) -> db::Result<Vendor> {
    Ok(Vendor {
        id: columns.read()?,
        owner: columns.read()?,
        slug: columns.read()?,
        name: columns.read()?,
        description: columns.read()?,
        address: columns.read()?,
        domain: columns.read()?,
        tax_number: columns.read()?,
        status: columns.read()?,
        rejection_reason: columns.read()?,
        suspension_reason: columns.read()?,
        own_commission_bps: columns.read()?,
        own_fulfilment: columns.read()?,
        rating_sum: columns.read()?,
        rating_count: columns.read()?,
        created_at: columns.read()?,
        reviewed_at: columns.read()?,
        reviewer: columns.read()?,
        shipping_policy: columns.read()?,
        return_policy: columns.read()?,
        closed_from: columns.read()?,
        closed_to: columns.read()?,
        logo: read_logo(columns)?,
    })
}

fn read_logo(columns: &mut Columns<'_, '_>) -> db::Result<Option<Picture>> {
    let (hash, format): (Option<String>, Option<Format>) = (columns.read()?, columns.read()?);
    let (width, height): (Option<i64>, Option<i64>) = (columns.read()?, columns.read()?);
    let rendered_at = columns.read()?;
    let logo = hash.zip(format).zip(width.zip(height));
    Ok(logo.map(|((hash, format), (width, height))| Picture { hash, format, width, height, rendered_at }))
}

impl FromRow for Vendor {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let vendor = read_vendor(&mut columns)?;
        columns.finish()?;
        Ok(vendor)
    }
}

struct WithRole(Vendor, Role);

impl FromRow for WithRole {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let (vendor, role) = (read_vendor(&mut columns)?, columns.read()?);
        columns.finish()?;
        Ok(Self(vendor, role))
    }
}

static OF_USER: Stmt = Stmt::new(concat!(
    "SELECT ",
    vendor!(),
    ", m.role FROM vendor_members m JOIN vendors v ON v.id = m.vendor_id
      WHERE m.user_id = $1 AND (CAST($2 AS BIGINT) IS NULL OR m.vendor_id < $2)
      ORDER BY m.vendor_id DESC LIMIT $3"
));

pub(super) async fn of_user(
    conn: &mut Conn,
    user: UserId,
    limit: Limit,
    after: Option<VendorId>,
) -> Result<Vec<(Vendor, Role)>> {
    let rows: Vec<WithRole> = conn.all(&OF_USER, params![user, after, limit.plus_one()]).await?;
    Ok(rows.into_iter().map(|WithRole(vendor, role)| (vendor, role)).collect())
}

static UPDATE_PROFILE: Stmt = Stmt::new(
    "UPDATE vendors SET name = $2, description = $3, address = $4, domain = $5, tax_number = $6,
        shipping_policy = $7, return_policy = $8, closed_from = $9, closed_to = $10
     WHERE id = $1",
);

pub(super) async fn update_profile(tx: &mut Tx, vendor: &Vendor) -> Result<()> {
    let Vendor { id, name, description, address, domain, tax_number, .. } = vendor;
    let Vendor { shipping_policy, return_policy, closed_from, closed_to, .. } = vendor;
    let values = params![
        id,
        name,
        description,
        address,
        domain,
        tax_number,
        shipping_policy,
        return_policy,
        closed_from,
        closed_to
    ];
    tx.exec_n(1, &UPDATE_PROFILE, values).await?;
    Ok(())
}

static SET_SLUG: Stmt = Stmt::new("UPDATE vendors SET slug = $2 WHERE id = $1");

/// A slug that another vendor has is refused as `slug_taken`.
pub(super) async fn set_slug(tx: &mut Tx, id: VendorId, slug: &str) -> Result<()> {
    match tx.exec_n(1, &SET_SLUG, params![id, slug]).await {
        Err(error) if error.is_constraint(ConstraintKind::Unique) => Err(SlugTaken.into()),
        other => Ok(other?),
    }
}

static UPDATE_TERMS: Stmt =
    Stmt::new("UPDATE vendors SET fulfilment = $2, commission_bps = $3 WHERE id = $1");

pub(super) async fn update_terms(tx: &mut Tx, vendor: &Vendor) -> Result<()> {
    let values = params![vendor.id, vendor.own_fulfilment, vendor.own_commission_bps];
    tx.exec_n(1, &UPDATE_TERMS, values).await?;
    Ok(())
}

static DECIDE: Stmt = Stmt::new(
    "UPDATE vendors SET status = $3, rejection_reason = $4, suspension_reason = $5, reviewer_id = $6,
        reviewed_at = $7
     WHERE id = $1 AND status = $2
       AND ($3 <> 'accepted' OR NOT EXISTS (
            SELECT 1 FROM vendors o WHERE o.owner_id = vendors.owner_id AND o.id <> vendors.id
               AND o.status IN ('accepted', 'suspended')))",
);

/// `false` when the vendor is not in the state that the decision is for, or when it is to be accepted and
/// its owner has a shop.
pub(super) async fn decide(
    tx: &mut Tx,
    vendor: VendorId,
    decision: &Decision,
    reviewer: UserId,
    now: Timestamp,
) -> Result<bool> {
    let (from, to) = decision.transition();
    let (rejection, suspension) = match decision {
        Decision::Reject(reason) => (Some(reason), None),
        Decision::Suspend(reason) => (None, Some(reason)),
        Decision::Accept | Decision::Reinstate => (None, None),
    };
    let values = params![vendor, from, to, rejection, suspension, reviewer, now];
    match tx.exec(&DECIDE, values).await {
        Ok(changed) => Ok(changed == 1),
        // A shop was handed over to its owner in this instant: the transaction is over.
        Err(error) if error.is_constraint(ConstraintKind::Unique) => Err(VendorError::AcceptedExists.into()),
        Err(error) => Err(error.into()),
    }
}

static SET_OWNER: Stmt = Stmt::new(
    "UPDATE vendors SET owner_id = $3
     WHERE id = $1 AND owner_id = $2
       AND NOT EXISTS (SELECT 1 FROM vendors o WHERE o.owner_id = $3 AND o.id <> $1
                       AND o.status IN ('pending', 'accepted', 'suspended'))",
);

/// `false` when the vendor has another owner than `from`, or `to` owns another or has applied for one.
pub(super) async fn set_owner(tx: &mut Tx, vendor: VendorId, from: UserId, to: UserId) -> Result<bool> {
    match tx.exec(&SET_OWNER, params![vendor, from, to]).await {
        Ok(changed) => Ok(changed == 1),
        // Another shop of theirs was accepted in this instant: the transaction is over.
        Err(error) if error.is_constraint(ConstraintKind::Unique) => Err(VendorError::MemberOwnsOther.into()),
        Err(error) => Err(error.into()),
    }
}

static INSERT_REVIEW: Stmt = Stmt::new(
    "INSERT INTO vendor_reviews (id, vendor_id, from_status, to_status, reason, reviewer_id, reviewed_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)",
);

pub(super) async fn insert_review(tx: &mut Tx, vendor: VendorId, review: &Review) -> Result<()> {
    let Review { id, from, to, reason, reviewer, at } = review;
    tx.exec_n(1, &INSERT_REVIEW, params![id, vendor, from, to, reason, reviewer, at]).await?;
    Ok(())
}

static REVIEWS: Stmt = Stmt::new(
    "SELECT id, from_status, to_status, reason, reviewer_id, reviewed_at FROM vendor_reviews
     WHERE vendor_id = $1 AND (CAST($2 AS BIGINT) IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
);

pub(super) async fn reviews(
    conn: &mut Conn,
    vendor: VendorId,
    limit: Limit,
    after: Option<EventId>,
) -> Result<Vec<Review>> {
    Ok(conn.all(&REVIEWS, params![vendor, after, limit.plus_one()]).await?)
}

static COUNT_RATING: Stmt = Stmt::new(
    "UPDATE vendors SET rating_sum = rating_sum + $2, rating_count = rating_count + $3 WHERE id = $1",
);

pub(super) async fn count_rating(tx: &mut Tx, id: VendorId, difference: Rating) -> Result<()> {
    tx.exec_n(1, &COUNT_RATING, params![id, difference.sum, difference.count]).await?;
    Ok(())
}

static SET_LOGO: Stmt = Stmt::new("UPDATE vendors SET logo_hash = $2 WHERE id = $1");

/// Sets the logo, or takes it away.
pub(super) async fn set_logo(tx: &mut Tx, id: VendorId, hash: Option<&str>) -> Result<()> {
    tx.exec_n(1, &SET_LOGO, params![id, hash]).await?;
    Ok(())
}

static WITH_LOGO_OF: Stmt =
    Stmt::new("SELECT id FROM vendors WHERE owner_id = $1 AND logo_hash IS NOT NULL ORDER BY id LIMIT 1000");

/// The shops and applications of a user that have a logo.
pub(super) async fn with_logo_of(conn: &mut Conn, owner: UserId) -> Result<Vec<VendorId>> {
    let rows: Vec<(VendorId,)> = conn.all(&WITH_LOGO_OF, params![owner]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

static WITH_LOGO: Stmt =
    Stmt::new("SELECT id FROM vendors WHERE logo_hash = $1 AND id > $2 ORDER BY id LIMIT 500");

/// The shops that have this logo, after one.
pub(super) async fn with_logo(conn: &mut Conn, hash: &str, after: VendorId) -> Result<Vec<VendorId>> {
    let rows: Vec<(VendorId,)> = conn.all(&WITH_LOGO, params![hash, after]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
