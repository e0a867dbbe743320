//! Categories and their tree.

use std::collections::HashMap;

use deserr::Deserr;
use types::{CategoryId, FieldErrors, Line, Patch, Position, Present, Slug};
use utoipa::ToSchema;

use super::CategoryRef;

/// A node of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Identifier.
    pub id: CategoryId,
    /// Name in addresses; stays when the name changes, unless it is changed itself.
    pub slug: String,
    /// Name.
    pub name: String,
    /// The category above; none above a root.
    pub parent: Option<CategoryId>,
    /// Place among its siblings: the lower comes first, and of two equals the older.
    pub position: i64,
}

db::from_row!(Category { id, slug, name, parent, position });

/// A category to be.
#[derive(Debug, Clone, PartialEq, Eq, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = new_category, example = json!({"name": "Teapots", "parent_id": "cat_0AXS751X00W7C"}))]
pub struct NewCategory {
    /// Name; the slug is made of it.
    pub name: Line<50>,
    /// The category above; a root without.
    #[deserr(default)]
    pub parent_id: Option<CategoryId>,
    /// Place among its siblings; after them all without.
    #[deserr(default)]
    pub position: Option<Position>,
}

/// What changes of a category.
#[derive(Debug, Clone, PartialEq, Eq, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = category_changes, example = json!({"name": "Tea pots", "position": 0}))]
pub struct Changes {
    /// New name; the slug stays.
    #[deserr(default)]
    pub name: Present<Line<50>>,
    /// New name in addresses; the old one goes on leading here.
    #[deserr(default)]
    pub slug: Present<Slug>,
    /// New category above; `null` makes it a root.
    #[deserr(default)]
    pub parent_id: Patch<CategoryId>,
    /// New place among its siblings.
    #[deserr(default)]
    pub position: Present<Position>,
}

/// All categories, in memory.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// In the order of siblings.
    nodes: Vec<Category>,
    by_id: HashMap<CategoryId, usize>,
    by_slug: HashMap<String, usize>,
    /// Slugs that were given up, and who had them.
    former: HashMap<String, CategoryId>,
    children: HashMap<Option<CategoryId>, Vec<usize>>,
}

impl Tree {
    /// The tree of these categories.
    pub fn new(mut nodes: Vec<Category>) -> Self {
        nodes.sort_unstable_by_key(|node| (node.position, node.id));
        let mut tree = Self::default();
        for (index, node) in nodes.iter().enumerate() {
            tree.by_id.insert(node.id, index);
            tree.by_slug.insert(node.slug.clone(), index);
            tree.children.entry(node.parent).or_default().push(index);
        }
        tree.nodes = nodes;
        tree
    }

    /// A category.
    pub fn get(&self, id: CategoryId) -> Option<&Category> {
        self.by_id.get(&id).map(|&index| &self.nodes[index])
    }

    /// All categories, in the order of siblings.
    pub(super) fn nodes(&self) -> &[Category] {
        &self.nodes
    }

    /// A category by its slug, or by one that it had.
    pub fn get_by_slug(&self, slug: &str) -> Option<&Category> {
        match self.by_slug.get(slug) {
            Some(&index) => Some(&self.nodes[index]),
            None => self.get(*self.former.get(slug)?),
        }
    }

    /// A category by its identifier or its slug.
    pub fn find(&self, category: &CategoryRef) -> Option<&Category> {
        match category {
            CategoryRef::Id(id) => self.get(*id),
            CategoryRef::Slug(slug) => self.get_by_slug(slug),
        }
    }

    /// The same tree, in which these slugs lead to categories that had them.
    #[must_use]
    pub fn with_former(mut self, former: HashMap<String, CategoryId>) -> Self {
        self.former = former;
        self
    }

    /// The categories right below one, or the roots, in order.
    pub fn children(&self, parent: Option<CategoryId>) -> impl Iterator<Item = &Category> {
        self.children.get(&parent).into_iter().flatten().map(|&index| &self.nodes[index])
    }

    /// The category and those above it, the root first; empty when there is no such category.
    pub fn path(&self, id: CategoryId) -> Vec<&Category> {
        let mut path = Vec::new();
        let mut next = self.get(id);
        // The tree has no cycles; the bound keeps a broken one from being walked for ever.
        while let Some(category) = next.filter(|_| path.len() < self.nodes.len()) {
            path.push(category);
            next = category.parent.and_then(|parent| self.get(parent));
        }
        path.reverse();
        path
    }

    /// How many levels there are from this category down, itself counted.
    pub fn levels(&self, id: CategoryId) -> usize {
        let mut levels = 0;
        let mut level = vec![id];
        while !level.is_empty() && levels < self.nodes.len() {
            levels += 1;
            level = level.iter().flat_map(|&id| self.children(Some(id))).map(|child| child.id).collect();
        }
        levels
    }

    /// The same tree with one category in another form.
    #[must_use]
    pub fn with(&self, category: Category) -> Self {
        let mut nodes: Vec<Category> =
            self.nodes.iter().filter(|node| node.id != category.id).cloned().collect();
        nodes.push(category);
        Self::new(nodes).with_former(self.former.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: i64, parent: Option<i64>, position: i64) -> Category {
        Category {
            id: CategoryId::from_i64(id),
            slug: format!("s{id}"),
            name: format!("n{id}"),
            parent: parent.map(CategoryId::from_i64),
            position,
        }
    }

    #[test]
    fn a_tree_knows_order_paths_and_levels() {
        let tree = Tree::new(vec![
            node(4, Some(2), 0),
            node(3, Some(1), 0),
            node(2, Some(1), 1),
            node(1, None, 5),
            node(5, None, 5),
        ]);
        let ids = |nodes: Vec<&Category>| -> Vec<i64> { nodes.iter().map(|node| node.id.as_i64()).collect() };
        assert_eq!(ids(tree.children(None).collect()), [1, 5]);
        assert_eq!(ids(tree.children(Some(CategoryId::from_i64(1))).collect()), [3, 2]);
        assert_eq!(ids(tree.path(CategoryId::from_i64(4))), [1, 2, 4]);
        assert_eq!(tree.levels(CategoryId::from_i64(1)), 3);
        assert_eq!(tree.levels(CategoryId::from_i64(4)), 1);
        assert!(tree.path(CategoryId::from_i64(9)).is_empty());
        assert_eq!(ids(tree.with(node(4, None, 0)).children(None).collect()), [4, 1, 5]);
    }
}
