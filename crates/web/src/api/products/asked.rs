//! What is asked of the public's list, read from the query.

use std::str::FromStr;

use marketplace::catalog::categories::CategoryRef;
use marketplace::catalog::search::{Place, Sort, Words};
use marketplace::search::{self as full_text, Attribute, MAX_ATTRIBUTES};
use marketplace::vendors::VendorRef;
use serde::{Deserialize, Serialize};
use types::Money;

use crate::extract::{FromQuery, PageParams, QueryReader};
use crate::problem::Result;

/// Where a page begins: in what was found by words or attributes, or in a list that has neither, which the
/// index and the database continue alike.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Start {
    Found(full_text::Place),
    Listed(Place),
}

impl Start {
    fn is_of(&self, sort: Sort) -> bool {
        match self {
            Self::Found(place) => place.is_of(sort),
            Self::Listed(place) => place.sort == sort,
        }
    }
}

/// What is asked of a list.
pub(super) struct Search {
    pub(super) query: String,
    pub(super) words: Words,
    pub(super) attributes: Vec<Attribute>,
    pub(super) category: Option<CategoryRef>,
    pub(super) vendor: Option<VendorRef>,
    pub(super) prices: (Option<Money>, Option<Money>),
    /// Only what is in stock, only what is on sale.
    pub(super) only: (bool, bool),
    pub(super) min_rating: Option<i64>,
    pub(super) sort: Sort,
    pub(super) page: PageParams<Start>,
    pub(super) wants_total: bool,
    pub(super) wants_facets: bool,
}

impl FromQuery for Search {
    fn from_query(query: &mut QueryReader) -> Self {
        let words: Words = query.or_default("q");
        let sort = if words.is_empty() { Sort::Newest } else { Sort::Relevance };
        let sort = query.optional("sort").unwrap_or(sort);
        let page: PageParams<Start> = query.page();
        if page.after.as_ref().is_some_and(|start| !start.is_of(sort)) {
            query.refuse("cursor", "malformed", "not a cursor of this list in this order");
        }
        let bound = |PriceBound(price): PriceBound| price;
        let flag = |Flag(flag): Flag| flag;
        Self {
            query: query.or_default("q"),
            words,
            attributes: attributes(query),
            category: query.optional("category"),
            vendor: query.optional("vendor"),
            prices: (query.optional("min_price").map(bound), query.optional("max_price").map(bound)),
            only: (query.optional("in_stock").is_some_and(flag), query.optional("on_sale").is_some_and(flag)),
            min_rating: query.optional("min_rating").map(|Stars(thousandths)| thousandths),
            sort,
            wants_total: query.optional("total").map_or(page.after.is_none(), flag),
            wants_facets: query.optional("facets").is_some_and(flag),
            page,
        }
    }
}

/// Attributes by name, from `Color:Red`, `Color:Blue`.
fn attributes(query: &mut QueryReader) -> Vec<Attribute> {
    let mut found: Vec<Attribute> = Vec::new();
    for pair in query.every("attribute") {
        let Some((name, value)) =
            pair.split_once(':').filter(|(name, value)| !name.is_empty() && !value.is_empty())
        else {
            query.refuse("attribute", "malformed", "must be a name, a colon and a value");
            continue;
        };
        match found.iter_mut().find(|attribute| attribute.name == name) {
            Some(attribute) => attribute.values.push(value.to_owned()),
            None => found.push(Attribute { name: name.to_owned(), values: vec![value.to_owned()] }),
        }
    }
    if found.len() > MAX_ATTRIBUTES || found.iter().any(|attribute| attribute.values.len() > 50) {
        query.refuse("attribute", "too_long", format!("at most {MAX_ATTRIBUTES} names with 50 values each"));
        found.clear();
    }
    found
}

/// A bound of a price filter: whole minor units.
struct PriceBound(Money);

impl FromStr for PriceBound {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let minor = text.parse().ok().filter(|minor: &i64| *minor >= 0);
        minor
            .map(|minor| Self(Money::from_minor(minor)))
            .ok_or("must be a whole number of minor units, from 0")
    }
}

/// `true` or `false`.
struct Flag(bool);

impl FromStr for Flag {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "true" | "1" => Ok(Self(true)),
            "false" | "0" => Ok(Self(false)),
            _ => Err("must be true or false"),
        }
    }
}

/// Thousandths of a star, from a decimal number such as `4.5`.
struct Stars(i64);

impl FromStr for Stars {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "must be between 0 and 5, such as 4 or 4.5";
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) {
            return Err(wrong);
        }
        let whole: i64 = whole.parse().map_err(|_| wrong)?;
        let part: i64 = format!("{part:0<3}").parse().map_err(|_| wrong)?;
        let stars = whole * 1_000 + part;
        if stars <= 5_000 { Ok(Self(stars)) } else { Err(wrong) }
    }
}

/// The beginning of a query.
pub(super) struct Typed(pub(super) Option<String>);

impl FromQuery for Typed {
    fn from_query(query: &mut QueryReader) -> Self {
        let words: Words = query.or_default("q");
        Self(query.optional("q").filter(|_| !words.is_empty()))
    }
}
