//! The texts of the lists: one statement for each way into the catalogue and each order, so that each
//! has an index to go by.
//!
//! Their parameters: `$1` and `$2` the lowest and highest final price, `$3` and `$4` whether only what is in
//! stock and only what is on sale is wanted (1 or 0), `$5` the lowest rating, `$6` the vendor, `$7` the category,
//! with words their eight patterns from `$8` to `$15`, and then key and identifier of the place after which
//! the page begins, and its length. A `+` before a column keeps SQLite from taking that column's index
//! for a filter that hardly filters, where another index has the order.

use db::Stmt;

use super::Sort;
use crate::batch::in_batch;

/// The columns of a card and where they come from, but for the first table.
macro_rules! card {
    ($key:literal) => {
        concat!(
            "SELECT p.id, p.slug, p.title, p.status, v.id, v.slug, v.name, c.id, c.slug, c.name,
                i.content_hash, i.format, d.sku, d.price, d.discount_percent, d.discount_amount,
                d.discount_starts_at, d.discount_ends_at,
                (SELECT CAST(COALESCE(SUM(x.stock), 0) AS BIGINT) FROM variants x
                    WHERE x.product_id = p.id AND x.archived_at IS NULL),
                p.rating_sum, p.rating_count, ",
            $key
        )
    };
}
macro_rules! card_tables {
    () => {
        " JOIN vendors v ON v.id = p.vendor_id
          JOIN variants d ON d.product_id = p.id AND d.position = 0
          LEFT JOIN categories c ON c.id = p.category_id
          LEFT JOIN images i ON i.product_id = p.id AND i.position = 0 AND i.removed_at IS NULL "
    };
}

macro_rules! word {
    ($place:literal) => {
        concat!(
            " AND (p.search_title LIKE ",
            $place,
            " ESCAPE '\\' OR p.search_text LIKE ",
            $place,
            " ESCAPE '\\' OR p.search_vendor LIKE ",
            $place,
            " ESCAPE '\\' OR p.search_category LIKE ",
            $place,
            " ESCAPE '\\')"
        )
    };
}

macro_rules! words {
    (any) => {
        ""
    };
    (matched) => {
        concat!(
            word!("$8"),
            word!("$9"),
            word!("$10"),
            word!("$11"),
            word!("$12"),
            word!("$13"),
            word!("$14"),
            word!("$15")
        )
    };
}

/// The category `$7` and all below it.
macro_rules! subtree {
    () => {
        "(WITH RECURSIVE below(id) AS (
            SELECT id FROM categories WHERE id = $7
            UNION ALL SELECT k.id FROM categories k JOIN below b ON k.parent_id = b.id
        ) SELECT id FROM below)"
    };
}

/// The way into the catalogue: what narrows it down most.
macro_rules! source {
    (all) => {
        "CAST($6 AS BIGINT) IS NULL AND CAST($7 AS BIGINT) IS NULL"
    };
    (category) => {
        concat!("CAST($6 AS BIGINT) IS NULL AND p.category_id IN ", subtree!())
    };
    (vendor) => {
        concat!("p.vendor_id = $6 AND (CAST($7 AS BIGINT) IS NULL OR p.category_id IN ", subtree!(), ")")
    };
}

/// What an order goes by, and what of the filter has the same index.
macro_rules! key {
    (newest) => {
        "p.id"
    };
    (price) => {
        "p.final_price"
    };
    (rating) => {
        "p.rating_milli"
    };
    (sales) => {
        "p.units_sold"
    };
    (relevance) => {
        "CAST(CASE WHEN p.search_title LIKE $8 ESCAPE '\\' AND p.search_title LIKE $9 ESCAPE '\\'
            AND p.search_title LIKE $10 ESCAPE '\\' AND p.search_title LIKE $11 ESCAPE '\\'
            AND p.search_title LIKE $12 ESCAPE '\\' AND p.search_title LIKE $13 ESCAPE '\\'
            AND p.search_title LIKE $14 ESCAPE '\\' AND p.search_title LIKE $15 ESCAPE '\\'
            THEN 1 ELSE 0 END AS BIGINT)"
    };
}
macro_rules! price_filter {
    (price) => {
        " AND p.final_price >= $1 AND p.final_price <= $2"
    };
    ($other:ident) => {
        " AND +p.final_price >= $1 AND +p.final_price <= $2"
    };
}
macro_rules! rating_filter {
    (rating) => {
        " AND p.rating_milli >= $5"
    };
    ($other:ident) => {
        " AND +p.rating_milli >= $5"
    };
}

/// Which products of a source the filter lets through.
macro_rules! matching {
    ($source:ident, $words:ident, $key:ident) => {
        concat!(
            "FROM products p CROSS JOIN vendors v WHERE v.id = p.vendor_id AND v.status = 'accepted'
                AND p.status = 'published' AND ",
            source!($source),
            price_filter!($key),
            " AND (CAST($3 AS BIGINT) = 0 OR EXISTS (
                SELECT 1 FROM variants x WHERE x.product_id = p.id AND x.archived_at IS NULL AND x.stock > 0))
              AND (CAST($4 AS BIGINT) = 0 OR p.final_price < p.price)",
            rating_filter!($key),
            words!($words)
        )
    };
}

/// The three parameters of the page.
macro_rules! tail {
    (any, key) => {
        "$8"
    };
    (any, id) => {
        "$9"
    };
    (any, limit) => {
        "$10"
    };
    (matched, key) => {
        "$16"
    };
    (matched, id) => {
        "$17"
    };
    (matched, limit) => {
        "$18"
    };
}

macro_rules! list {
    ($source:ident, $words:ident, $key:ident, $after:literal, $direction:literal) => {
        Stmt::new(concat!(
            card!("page.k FROM (SELECT p.id AS id, "),
            key!($key),
            " AS k ",
            matching!($source, $words, $key),
            " AND (",
            key!($key),
            ", p.id) ",
            $after,
            " (",
            tail!($words, key),
            ", ",
            tail!($words, id),
            ")",
            " ORDER BY k",
            $direction,
            ", id",
            $direction,
            " LIMIT ",
            tail!($words, limit),
            ") page JOIN products p ON p.id = page.id",
            card_tables!(),
            " ORDER BY page.k",
            $direction,
            ", page.id",
            $direction
        ))
    };
}

/// The lists of a source, in the order of [`Sort::ALL`]; without words relevance is nothing to go by.
macro_rules! lists {
    ($source:ident, any) => {
        lists!(@ $source, any, newest)
    };
    ($source:ident, matched) => {
        lists!(@ $source, matched, relevance)
    };
    (@ $source:ident, $words:ident, $first:ident) => {
        [
            list!($source, $words, $first, "<", " DESC"),
            list!($source, $words, newest, "<", " DESC"),
            list!($source, $words, price, ">", ""),
            list!($source, $words, price, "<", " DESC"),
            list!($source, $words, rating, "<", " DESC"),
            list!($source, $words, sales, "<", " DESC"),
        ]
    };
}

macro_rules! count {
    ($source:ident, $words:ident) => {
        Stmt::new(concat!("SELECT COUNT(*) ", matching!($source, $words, newest)))
    };
}

#[rustfmt::skip]
pub(crate) const STATEMENTS: &[&Stmt] = &[
    &LISTS[0][0], &LISTS[0][1], &LISTS[0][2], &LISTS[0][3], &LISTS[0][4], &LISTS[0][5],
    &LISTS[1][0], &LISTS[1][1], &LISTS[1][2], &LISTS[1][3], &LISTS[1][4], &LISTS[1][5],
    &LISTS[2][0], &LISTS[2][1], &LISTS[2][2], &LISTS[2][3], &LISTS[2][4], &LISTS[2][5],
    &LISTS[3][0], &LISTS[3][1], &LISTS[3][2], &LISTS[3][3], &LISTS[3][4], &LISTS[3][5],
    &LISTS[4][0], &LISTS[4][1], &LISTS[4][2], &LISTS[4][3], &LISTS[4][4], &LISTS[4][5],
    &LISTS[5][0], &LISTS[5][1], &LISTS[5][2], &LISTS[5][3], &LISTS[5][4], &LISTS[5][5],
    &COUNTS[0], &COUNTS[1], &COUNTS[2], &COUNTS[3], &COUNTS[4], &COUNTS[5],
    &COUNT_ALL, &OF_VENDOR, &CARDS, &VARIANTS, &NEXT_PRICE_CHANGE, &REPRICE,
];

/// How many orders there are.
const SORTS: usize = Sort::ALL.len();

/// By source (all, category, vendor), without and with words.
static LISTS: [[Stmt; SORTS]; 6] = [
    lists!(all, any),
    lists!(category, any),
    lists!(vendor, any),
    lists!(all, matched),
    lists!(category, matched),
    lists!(vendor, matched),
];

static COUNTS: [Stmt; 6] = [
    count!(all, any),
    count!(category, any),
    count!(vendor, any),
    count!(all, matched),
    count!(category, matched),
    count!(vendor, matched),
];

/// The way into the catalogue.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source {
    All = 0,
    Category = 1,
    Vendor = 2,
}

const fn row(source: Source, has_words: bool) -> usize {
    source as usize + if has_words { 3 } else { 0 }
}

/// The list of a source in this order.
pub(super) fn list(source: Source, has_words: bool, sort: Sort) -> &'static Stmt {
    &LISTS[row(source, has_words)][sort as usize]
}

/// The number of products of a source.
pub(super) fn count(source: Source, has_words: bool) -> &'static Stmt {
    &COUNTS[row(source, has_words)]
}

/// The number of all products, from indexes alone.
pub(super) static COUNT_ALL: Stmt = Stmt::new(
    "SELECT COUNT(*) FROM vendors v CROSS JOIN products p
     WHERE v.status = 'accepted' AND p.vendor_id = v.id AND p.status = 'published'",
);

/// A shop's own list: vendor, status, the patterns, the product after which the page begins, its length.
pub(super) static OF_VENDOR: Stmt = Stmt::new(concat!(
    card!("p.id FROM products p"),
    card_tables!(),
    "WHERE p.vendor_id = $1 AND ((CAST($2 AS TEXT) IS NULL AND p.status <> 'archived') OR p.status = $2)",
    word!("$3"),
    word!("$4"),
    word!("$5"),
    word!("$6"),
    word!("$7"),
    word!("$8"),
    word!("$9"),
    word!("$10"),
    " AND p.id < $11 ORDER BY p.id DESC LIMIT $12"
));

/// Cards by their identifiers.
pub(super) static CARDS: Stmt = Stmt::new(concat!(
    card!("p.id FROM products p"),
    card_tables!(),
    in_batch!("WHERE p.id IN ", " AND p.status = 'published' AND v.status = 'accepted'")
));

/// What the stock on cards is of.
pub(super) static VARIANTS: Stmt = Stmt::new(in_batch!(
    "SELECT product_id, id FROM variants WHERE product_id IN ",
    " AND archived_at IS NULL"
));

/// When the first price changes after it was worked out.
pub(super) static NEXT_PRICE_CHANGE: Stmt = Stmt::new(
    "SELECT price_changes_at FROM products WHERE price_changes_at IS NOT NULL ORDER BY price_changes_at LIMIT 1",
);

pub(super) static REPRICE: Stmt = Stmt::new(
    "UPDATE products SET
        final_price = CASE WHEN sale_price IS NOT NULL AND (sale_starts_at IS NULL OR sale_starts_at <= $1)
            AND (sale_ends_at IS NULL OR sale_ends_at > $1) THEN sale_price ELSE price END,
        price_changes_at = (SELECT MIN(CASE WHEN x.discount_starts_at > $1 THEN x.discount_starts_at
            WHEN x.discount_ends_at > $1 THEN x.discount_ends_at END)
            FROM variants x WHERE x.product_id = products.id AND x.archived_at IS NULL)
     WHERE price_changes_at <= $1
     RETURNING id",
);
