//! Many categories at once, named by their paths: which of them are new, and what they are called in
//! addresses.

use std::collections::{HashMap, HashSet};

use types::{CategoryId, Line};

use super::{Category, MAX_CATEGORIES, MAX_DEPTH, Tree, slugs};

/// The names from the root down to a category.
pub type NamePath = Vec<Line<50>>;

/// What became of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Growth {
    /// It, and what was missing above it, is new.
    New,
    /// The tree had it.
    Known,
    /// It has more than [`MAX_DEPTH`] levels.
    TooDeep,
    /// There would be more than [`MAX_CATEGORIES`].
    TooMany,
}

/// The categories that paths add to a tree.
#[derive(Debug, Default)]
pub struct Growing {
    /// What became of each path.
    pub outcomes: Vec<Growth>,
    /// The new categories, each behind the one above it.
    pub new: Vec<Category>,
}

impl Growing {
    /// What these paths add to a tree: new ones behind their siblings, in their order. Names are the same in
    /// large and small letters.
    pub fn of(tree: &Tree, paths: &[NamePath], mut next_id: impl FnMut() -> CategoryId) -> Self {
        let mut known = Known::of(tree);
        let mut growing = Self::default();
        for path in paths {
            let outcome = growing.follow(tree, &mut known, path, &mut next_id);
            growing.outcomes.push(outcome);
        }
        growing
    }

    fn follow(
        &mut self,
        tree: &Tree,
        known: &mut Known,
        path: &[Line<50>],
        next_id: &mut impl FnMut() -> CategoryId,
    ) -> Growth {
        if path.len() > MAX_DEPTH {
            return Growth::TooDeep;
        }
        let mut above: Option<(CategoryId, &str)> = None;
        let mut outcome = Growth::Known;
        for name in path {
            let parent = above.map(|(id, _)| id);
            let key = (parent, name.as_str().to_lowercase());
            if let Some(id) = known.by_name.get(&key) {
                above = Some((*id, name.as_str()));
                continue;
            }
            if known.by_name.len() >= known.most {
                return Growth::TooMany;
            }
            let id = next_id();
            let is_free = |slug: &str| tree.get_by_slug(slug).is_none() && !known.new_slugs.contains(slug);
            let parent_name = above.map(|(_, name)| name);
            // The last of them has the identifier in it, which nothing else has.
            let Some(slug) =
                slugs(id, name.as_str(), parent_name).map(|slug| slug.to_string()).find(|slug| is_free(slug))
            else {
                return Growth::TooMany;
            };
            known.new_slugs.insert(slug.clone());
            known.by_name.insert(key, id);
            let position = known.next_position(tree, parent);
            self.new.push(Category { id, slug, name: name.to_string(), parent, position });
            above = Some((id, name.as_str()));
            outcome = Growth::New;
        }
        outcome
    }
}

/// The categories of a tree and the new ones.
struct Known {
    /// By the one above and the name in small letters; of several of one name the first.
    by_name: HashMap<(Option<CategoryId>, String), CategoryId>,
    new_slugs: HashSet<String>,
    next_positions: HashMap<Option<CategoryId>, i64>,
    most: usize,
}

impl Known {
    fn of(tree: &Tree) -> Self {
        let mut by_name = HashMap::new();
        for category in tree.nodes() {
            by_name.entry((category.parent, category.name.to_lowercase())).or_insert(category.id);
        }
        let most = usize::try_from(MAX_CATEGORIES).unwrap_or(usize::MAX);
        // Those that share a name with a sibling count, too.
        let most = most.saturating_sub(tree.nodes().len() - by_name.len());
        Self { by_name, new_slugs: HashSet::new(), next_positions: HashMap::new(), most }
    }

    fn next_position(&mut self, tree: &Tree, parent: Option<CategoryId>) -> i64 {
        let after_all = || tree.children(parent).map(|child| child.position + 1).max().unwrap_or(0);
        let next = self.next_positions.entry(parent).or_insert_with(after_all);
        let position = *next;
        *next += 1;
        position
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(names: &str) -> NamePath {
        names.split(" > ").map(|name| name.parse().expect("a name")).collect()
    }

    fn grow(tree: &Tree, paths: &[&str]) -> Growing {
        let paths: Vec<NamePath> = paths.iter().map(|names| path(names)).collect();
        let mut next = 100..;
        Growing::of(tree, &paths, || CategoryId::from_i64(next.next().expect("no end")))
    }

    #[test]
    fn paths_grow_what_is_missing_and_nothing_twice() {
        let first =
            grow(&Tree::default(), &["Home", "Home > Pots", "Toys > Cars > Red", "toys", "Home > Pots"]);
        assert_eq!(first.outcomes, [Growth::New, Growth::New, Growth::New, Growth::Known, Growth::Known]);
        let shown: Vec<_> = first.new.iter().map(|new| (new.name.as_str(), new.position)).collect();
        assert_eq!(shown, [("Home", 0), ("Pots", 0), ("Toys", 1), ("Cars", 0), ("Red", 0)]);
        let tree = Tree::new(first.new);
        let second = grow(&tree, &["Home > Pots", "Toys > Cars > Blue"]);
        assert_eq!(second.outcomes, [Growth::Known, Growth::New]);
        assert_eq!((second.new.len(), second.new[0].position), (1, 1));
    }

    #[test]
    fn equal_names_have_slugs_of_their_own() {
        let grown = grow(&Tree::default(), &["A > Cases", "B > Cases", "C > Cases", "B > C > Cases"]);
        let slugs: Vec<_> = grown.new.iter().map(|new| new.slug.as_str()).collect();
        assert_eq!(slugs, ["a", "cases", "b", "b-cases", "c", "c-cases", "b-c", "c-cases-2"]);
    }

    #[test]
    fn no_path_is_too_deep() {
        let deep = vec!["x"; MAX_DEPTH + 1].join(" > ");
        let grown = grow(&Tree::default(), &[&deep, &deep[..deep.len() - 4]]);
        assert_eq!(grown.outcomes, [Growth::TooDeep, Growth::New]);
        assert_eq!(grown.new.len(), MAX_DEPTH);
    }
}
