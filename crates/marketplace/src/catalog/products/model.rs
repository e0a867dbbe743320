//! What a product is.

use db::{FromRow, Row};
use types::{
    CategoryId, FieldErrors, Line, Patch, Present, ProductId, Prose, Rating, Slug, Timestamp, VendorId,
};

use super::super::CatalogError;
use super::super::attributes::GivenValues;
use super::super::variants::{Assortment, Options, VariantChanges};
use super::Specs;
use super::terms::{self, SaleTerms, SaleTermsChanges};
use crate::Result;
use crate::error::Refusal;
use crate::states::states;
use crate::vendors::VendorStatus;

states! {
    /// Where a product stands.
    pub enum ProductStatus {
        /// Its seller works on it; nobody else sees it.
        Draft = "draft",
        /// An operator is to look at it before it is published.
        PendingReview = "pending_review",
        /// An operator wants it to be changed before it is published.
        ChangesRequested = "changes_requested",
        /// Everybody sees it and can buy it.
        Published = "published",
        /// No longer offered.
        Archived = "archived",
    }
}

states! {
    /// The status that a seller asks for.
    pub enum WantedStatus {
        /// See [`ProductStatus::Draft`].
        Draft = "draft",
        /// See [`ProductStatus::Published`].
        Published = "published",
    }
}

impl From<WantedStatus> for ProductStatus {
    fn from(wanted: WantedStatus) -> Self {
        match wanted {
            WantedStatus::Draft => Self::Draft,
            WantedStatus::Published => Self::Published,
        }
    }
}

impl ProductStatus {
    /// The states that it can get, in words.
    pub const fn allowed(self) -> &'static str {
        match self {
            Self::Draft => "published, archived",
            Self::PendingReview => "draft, archived",
            Self::ChangesRequested => "published, draft, archived",
            Self::Published => "archived",
            Self::Archived => "nothing",
        }
    }

    /// The status after a seller asked for `wanted`; `is_reviewed` where an operator looks at products first.
    pub fn becoming(self, wanted: Option<WantedStatus>, is_reviewed: bool) -> Result<Self, CatalogError> {
        match (self, wanted) {
            (status, None) => Ok(status),
            (Self::Published, Some(WantedStatus::Published)) => Ok(self),
            (Self::Published | Self::Archived, Some(_)) => {
                Err(CatalogError::InvalidTransition { status: self })
            }
            (_, Some(WantedStatus::Draft)) => Ok(Self::Draft),
            (_, Some(WantedStatus::Published)) if is_reviewed => Ok(Self::PendingReview),
            (_, Some(WantedStatus::Published)) => Ok(Self::Published),
        }
    }

    /// Whether it is published or about to be: it has to be complete.
    pub const fn is_complete(self) -> bool {
        matches!(self, Self::Published | Self::PendingReview)
    }
}

/// A product, with what it shows of its vendor and category.
#[derive(Debug, Clone)]
pub struct Product {
    /// Identifier.
    pub id: ProductId,
    /// Name in addresses; stays when the title changes, unless it is changed itself.
    pub slug: String,
    /// Title.
    pub title: String,
    /// Description; may be empty where an import had none.
    pub description: String,
    /// Properties, as the seller wrote them.
    pub specs: Specs,
    /// In what its variants differ.
    pub options: Options,
    /// Where it stands.
    pub status: ProductStatus,
    /// The shop that sells it.
    pub vendor: VendorId,
    /// The shop's name in addresses.
    pub vendor_slug: String,
    /// The shop's name.
    pub vendor_name: String,
    /// Where the shop stands.
    pub vendor_status: VendorStatus,
    /// What buyers think of the shop.
    pub vendor_rating: Rating,
    /// Its place in the tree of categories.
    pub category: Option<CategoryId>,
    /// What buyers think of it.
    pub rating: Rating,
    /// When it is to be published by itself.
    pub publish_at: Option<Timestamp>,
    /// When it is to be archived by itself.
    pub unpublish_at: Option<Timestamp>,
    /// What an operator wants to be changed.
    pub review_reason: Option<String>,
    /// When it was first published.
    pub published_at: Option<Timestamp>,
    /// On which terms it is sold.
    pub terms: SaleTerms,
    /// When it was made.
    pub created_at: Timestamp,
    /// When anything of it last changed, besides its stock.
    pub updated_at: Timestamp,
}

impl FromRow for Product {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let product = Self {
            id: columns.read()?,
            slug: columns.read()?,
            title: columns.read()?,
            description: columns.read()?,
            specs: columns.read()?,
            options: columns.read()?,
            status: columns.read()?,
            vendor: columns.read()?,
            vendor_slug: columns.read()?,
            vendor_name: columns.read()?,
            vendor_status: columns.read()?,
            vendor_rating: Rating { sum: columns.read()?, count: columns.read()? },
            category: columns.read()?,
            rating: Rating { sum: columns.read()?, count: columns.read()? },
            publish_at: columns.read()?,
            unpublish_at: columns.read()?,
            review_reason: columns.read()?,
            published_at: columns.read()?,
            terms: terms::read(&mut columns)?,
            created_at: columns.read()?,
            updated_at: columns.read()?,
        };
        columns.finish()?;
        Ok(product)
    }
}

impl Product {
    /// What the audit log shows of a change.
    pub(super) fn noted(&self) -> serde_json::Value {
        let Self { title, description, specs, status, category, .. } = self;
        serde_json::json!({
            "title": title, "description": description, "specs": specs, "status": status, "category_id": category,
        })
    }

    /// Whether everybody sees it: it is published and its shop is open.
    pub fn is_public(&self) -> bool {
        self.status == ProductStatus::Published && self.vendor_status == VendorStatus::Accepted
    }

    /// Refuses who may not see it: a draft is there for the shop's members only, and what is archived is
    /// gone for everybody.
    pub fn check_seen(&self, by_member: bool) -> Result<(), Refusal> {
        if self.status == ProductStatus::Archived {
            return Err(Refusal::Gone);
        }
        if by_member || self.is_public() { Ok(()) } else { Err(Refusal::NotFound) }
    }
}

/// What makes a product.
#[derive(Debug, Clone)]
pub struct NewProduct {
    /// Title.
    pub title: Line<120>,
    /// Description.
    pub description: Option<Prose<5000>>,
    /// Its place in the tree of categories.
    pub category: Option<CategoryId>,
    /// Properties.
    pub specs: Specs,
    /// Values of its category's attributes.
    pub attributes: GivenValues,
    /// On which terms it is sold.
    pub terms: SaleTerms,
    /// Draft, or published at once.
    pub status: WantedStatus,
    /// When it is published and archived by itself.
    pub schedule: Schedule,
    /// The first is the default.
    pub variants: Assortment,
    /// What an import calls it, so that a second import finds it.
    pub import_key: Option<String>,
}

/// Changes of a product; those of `variant` are its default variant's.
#[derive(Debug, Clone, Default)]
pub struct ProductChanges {
    /// Title.
    pub title: Present<Line<120>>,
    /// Name in addresses; the old one goes on leading here.
    pub slug: Present<Slug>,
    /// Description.
    pub description: Present<Prose<5000>>,
    /// Its place in the tree of categories.
    pub category: Patch<CategoryId>,
    /// Properties.
    pub specs: Patch<Specs>,
    /// Values of its category's attributes; replaces all.
    pub attributes: Patch<GivenValues>,
    /// On which terms it is sold.
    pub terms: SaleTermsChanges,
    /// Publishes it.
    pub status: Present<WantedStatus>,
    /// When it is published and archived by itself.
    pub schedule: ScheduleChanges,
    /// Price, discount, SKU and weight of the default variant.
    pub variant: VariantChanges,
}

impl ProductChanges {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        let Self { title, slug, description, category, specs, attributes, terms, status, schedule, variant } =
            self;
        title.0.is_none()
            && slug.0.is_none()
            && matches!(attributes, Patch::Leave)
            && description.0.is_none()
            && matches!(category, Patch::Leave)
            && matches!(specs, Patch::Leave)
            && terms.is_empty()
            && status.0.is_none()
            && matches!(schedule.publish_at, Patch::Leave)
            && matches!(schedule.unpublish_at, Patch::Leave)
            && variant.is_empty()
    }
}

/// When a product is published and archived by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Schedule {
    /// When it is published.
    pub publish_at: Option<Timestamp>,
    /// When it is archived.
    pub unpublish_at: Option<Timestamp>,
}

/// Changes of a [`Schedule`].
#[derive(Debug, Clone, Default)]
pub struct ScheduleChanges {
    /// When it is published.
    pub publish_at: Patch<Timestamp>,
    /// When it is archived.
    pub unpublish_at: Patch<Timestamp>,
}

impl Schedule {
    /// What is wrong with times that were `given` for a product in this status.
    pub(super) fn check(self, given: Self, status: ProductStatus, now: Timestamp) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        let mut refuse = |field: &str, detail: String| {
            errors.push(types::FieldError::new(format!("/{field}"), "not_allowed", detail));
        };
        for (field, at) in [("publish_at", given.publish_at), ("unpublish_at", given.unpublish_at)] {
            if at.is_some_and(|at| at <= now) {
                refuse(field, "must be in the future".to_owned());
            }
        }
        if given.publish_at.is_some() && status != ProductStatus::Draft {
            refuse("publish_at", format!("only a draft is published later; the product is {status}"));
        }
        let times = self.publish_at.zip(self.unpublish_at);
        if times.is_some_and(|(publish_at, unpublish_at)| unpublish_at <= publish_at) {
            refuse("unpublish_at", "must be later than `publish_at`".to_owned());
        }
        errors.into_result()
    }
}
