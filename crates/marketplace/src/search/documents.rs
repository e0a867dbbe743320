//! From products to documents of the index.

use std::collections::{BTreeSet, HashMap};

use db::Conn;
use serde_json::Value;
use tantivy::TantivyDocument;
use types::{CategoryId, ProductId};

use super::index::{Fields, IN_STOCK, ON_SALE, SEPARATOR};
use super::indexing::{Indexer, Terms};
use super::store::{self, Goods};
use crate::Result;
use crate::catalog::categories::Tree;

/// Attributes of a product that lists can be narrowed by.
const MAX_ATTRIBUTES: usize = 40;

/// Characters of an attribute's name, and of its value.
const ATTRIBUTE_LENGTH: usize = 60;

/// Numbers of attributes are kept in millionths.
const MILLION: i64 = 1_000_000;

/// A product and its document; none of what the public can't see.
pub(super) type Indexed = (ProductId, Option<TantivyDocument>);

/// What the database says of some products.
#[derive(Debug)]
pub(super) struct Read {
    ids: Vec<ProductId>,
    goods: Vec<Goods>,
    codes: HashMap<ProductId, Vec<String>>,
    values: HashMap<ProductId, Vec<(String, String)>>,
}

impl Read {
    pub(super) async fn of(conn: &mut Conn, ids: &[ProductId]) -> Result<Self> {
        let mut codes: HashMap<ProductId, Vec<String>> = HashMap::new();
        for (id, sku, gtin) in store::codes(conn, ids).await? {
            codes.entry(id).or_default().extend(sku.into_iter().chain(gtin));
        }
        let mut values: HashMap<ProductId, Vec<(String, String)>> = HashMap::new();
        for value in store::values(conn, ids).await? {
            values.entry(value.product).or_default().extend(shown(value));
        }
        Ok(Self { ids: ids.to_vec(), goods: store::goods(conn, ids).await?, codes, values })
    }
}

/// Makes documents.
#[derive(Debug)]
pub(super) struct Documents {
    fields: Fields,
    words: Indexer,
    /// The identifier of a category, and its terms and those of the ones above it.
    paths: HashMap<CategoryId, (String, String)>,
}

impl Documents {
    pub(super) fn new(fields: Fields) -> Self {
        Self { fields, words: Indexer::default(), paths: HashMap::new() }
    }

    /// The documents of these products; none of those that the public can't see.
    pub(super) fn of(&mut self, read: Read, tree: &Tree) -> Vec<Indexed> {
        let Read { ids, goods, mut codes, mut values } = read;
        let mut documents: HashMap<ProductId, TantivyDocument> = HashMap::new();
        for goods in goods.iter().filter(|goods| goods.is_public()) {
            let codes = codes.remove(&goods.id).unwrap_or_default();
            let values = values.remove(&goods.id).unwrap_or_default();
            documents.insert(goods.id, self.document(goods, (&codes, &values), tree));
        }
        ids.into_iter().map(|id| (id, documents.remove(&id))).collect()
    }

    fn document(
        &mut self,
        goods: &Goods,
        (codes, values): (&[String], &[(String, String)]),
        tree: &Tree,
    ) -> TantivyDocument {
        let Fields {
            id,
            all,
            title,
            names,
            codes: numbers,
            phrases,
            category,
            vendor,
            price,
            rating,
            sales,
            flags,
            attribute,
        } = self.fields;
        let (leaf, above) = self.path(goods.category, tree);
        let properties = properties(goods, values);
        let mut document = TantivyDocument::new();
        document.add_u64(id, goods.id.as_i64().unsigned_abs());
        document.add_text(title, self.name(&[&goods.title]).as_str());
        document.add_text(names, self.name(&[&goods.vendor_name, &leaf]).as_str());
        let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        document.add_text(numbers, self.name(&codes).as_str());
        let mut everything = self.name(&[&goods.title, &goods.vendor_name, &leaf, &above]);
        for code in codes {
            self.words.read_name(code, &mut everything);
        }
        // Twice: what is said of a product in particular tells more than a long description.
        let mut said = Terms::default();
        self.words.read(&properties, &mut said);
        everything.add(&said);
        everything.add(&said);
        self.words.read(&without_tags(&goods.description), &mut everything);
        document.add_text(all, everything.as_str());
        document.add_text(phrases, self.phrases(goods, &leaf).as_str());
        document.add_u64(category, goods.category.map_or(0, |id| id.as_i64().unsigned_abs()));
        document.add_u64(vendor, goods.vendor.as_i64().unsigned_abs());
        document.add_u64(price, goods.final_price.minor().unsigned_abs());
        document.add_u64(rating, goods.rating_milli.unsigned_abs());
        document.add_u64(sales, u64::try_from(goods.units_sold).unwrap_or(0));
        let in_stock = if goods.stock > 0 { IN_STOCK } else { 0 };
        let on_sale = if goods.final_price < goods.price { ON_SALE } else { 0 };
        document.add_u64(flags, u64::from(in_stock | on_sale));
        for pair in attributes(goods, values) {
            document.add_text(attribute, pair);
        }
        document
    }

    fn name(&mut self, texts: &[&str]) -> Terms {
        let mut terms = Terms::default();
        for text in texts {
            self.words.read_name(text, &mut terms);
        }
        terms
    }

    /// What makes an answer better beside the words.
    fn phrases(&mut self, goods: &Goods, category: &str) -> Terms {
        let mut terms = Terms::default();
        self.words.read_pairs(&goods.title, &mut terms);
        self.words.read_whole_title(&goods.title, &mut terms);
        self.words.read_whole_name(&goods.vendor_name, &mut terms);
        self.words.read_whole_name(category, &mut terms);
        terms
    }

    /// The name of a category and those of the ones above it.
    fn path(&mut self, category: Option<CategoryId>, tree: &Tree) -> (String, String) {
        let Some(id) = category else { return Default::default() };
        let read = || {
            let mut path: Vec<&str> = tree.path(id).into_iter().map(|node| node.name.as_str()).collect();
            let leaf = path.pop().unwrap_or_default().to_owned();
            (leaf, path.join(" "))
        };
        self.paths.entry(id).or_insert_with(read).clone()
    }

    /// The tree is another one now.
    pub(super) fn forget_paths(&mut self) {
        self.paths.clear();
    }
}

/// The value of an attribute as people read it.
fn shown(value: store::Value) -> Option<(String, String)> {
    let text = match (value.text.as_deref(), value.number) {
        (Some("true"), _) => "Yes".to_owned(),
        (Some("false"), _) => "No".to_owned(),
        (Some(text), _) => text.to_owned(),
        (None, Some(millionths)) => {
            let (whole, part) = (millionths / MILLION, (millionths % MILLION).abs());
            let sign = if millionths < 0 && whole == 0 { "-" } else { "" };
            let decimals = format!("{part:06}");
            match decimals.trim_end_matches('0') {
                "" => format!("{sign}{whole}"),
                decimals => format!("{sign}{whole}.{decimals}"),
            }
        }
        (None, None) => return None,
    };
    let unit = value.unit.map(|unit| format!(" {unit}")).unwrap_or_default();
    Some((value.name, format!("{text}{unit}")))
}

/// All that the seller says of the product in names and values.
fn properties(goods: &Goods, values: &[(String, String)]) -> String {
    let mut text = String::new();
    for (name, value) in goods.specs.as_map() {
        name_and_value(name, value, &mut text);
    }
    for (name, value) in values.iter().cloned().chain(options(goods)) {
        text.push_str(&name);
        text.push('\n');
        text.push_str(&value);
        text.push('\n');
    }
    text
}

/// What a product is not is nothing to find it by.
fn name_and_value(name: &str, value: &Value, text: &mut String) {
    if *value != Value::Bool(false) {
        text.push_str(name);
        text.push('\n');
        flatten(value, text);
    }
}

/// A description without its HTML.
fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once('<') {
        plain.push_str(before);
        let is_tag = tag.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
        let end = tag.find('>').filter(|_| is_tag);
        plain.push(if end.is_some() { ' ' } else { '<' });
        rest = end.map_or(tag, |end| &tag[end + 1..]);
    }
    plain.push_str(rest);
    plain
}

fn flatten(value: &Value, text: &mut String) {
    match value {
        Value::String(words) => text.push_str(words),
        Value::Number(number) => text.push_str(&number.to_string()),
        Value::Array(values) => values.iter().for_each(|value| flatten(value, text)),
        Value::Object(map) => {
            for (name, value) in map {
                name_and_value(name, value, text);
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
    text.push('\n');
}

fn options(goods: &Goods) -> Vec<(String, String)> {
    goods
        .options
        .as_slice()
        .iter()
        .flat_map(|option| option.values.iter().map(|value| (option.name.clone(), value.clone())))
        .collect()
}

/// What lists can be narrowed by: short properties and the options of variants, each once.
fn attributes(goods: &Goods, values: &[(String, String)]) -> Vec<String> {
    let short = |text: &str| {
        let text = text.trim();
        (!text.is_empty() && text.chars().count() <= ATTRIBUTE_LENGTH).then(|| text.to_owned())
    };
    let value = |value: &Value| match value {
        Value::String(text) => short(text),
        Value::Number(number) => short(&number.to_string()),
        Value::Bool(yes) => Some(if *yes { "Yes" } else { "No" }.to_owned()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    let mut pairs: Vec<String> = Vec::new();
    for (name, value) in values.iter().cloned().chain(options(goods)) {
        if let (Some(name), Some(value)) = (short(&name), short(&value)) {
            pairs.push(format!("{name}{SEPARATOR}{value}"));
        }
    }
    for (name, found) in goods.specs.as_map() {
        let Some(name) = short(name) else { continue };
        let values: Vec<String> = match found {
            Value::Array(values) => values.iter().filter_map(value).collect(),
            one => value(one).into_iter().collect(),
        };
        pairs.extend(values.into_iter().map(|value| format!("{name}{SEPARATOR}{value}")));
    }
    let mut known = BTreeSet::new();
    pairs.retain(|pair| known.insert(pair.clone()));
    pairs.truncate(MAX_ATTRIBUTES);
    pairs
}
