//! Which rows of a table make each product.

/// The numbers of rows, product by product, in eight bytes a row: a file may have very many.
#[derive(Debug, Default)]
pub(super) struct Groups {
    rows: Vec<u32>,
    ends: Vec<u32>,
}

impl Groups {
    /// From rows with the numbers of their products, which count from 0 without a gap. The rows of a product keep
    /// their order.
    pub(super) fn of(mut members: Vec<(u32, u32)>) -> Self {
        members.sort_by_key(|(product, _)| *product);
        let mut groups = Self::default();
        let mut before = None;
        for (product, row) in members {
            if before.replace(product).is_some_and(|before| before != product) {
                groups.close();
            }
            groups.rows.push(row);
        }
        groups.close();
        groups
    }

    /// Adds a product.
    pub(super) fn add(&mut self, rows: impl IntoIterator<Item = u32>) {
        self.rows.extend(rows);
        self.close();
    }

    fn close(&mut self) {
        let end = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        if self.ends.last().copied().unwrap_or_default() < end {
            self.ends.push(end);
        }
    }

    /// The rows of a product; none behind the last.
    pub(super) fn get(&self, product: usize) -> Option<&[u32]> {
        let end = *self.ends.get(product)? as usize;
        let start = product.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.rows.get(start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stay_with_their_product() {
        let groups = Groups::of(vec![(0, 0), (1, 1), (0, 2), (2, 3), (1, 4)]);
        let rows: Vec<_> = (0..4).map(|product| groups.get(product)).collect();
        assert_eq!(rows, [Some(&[0, 2][..]), Some(&[1, 4]), Some(&[3]), None]);
        assert_eq!(Groups::of(Vec::new()).get(0), None);
    }
}
