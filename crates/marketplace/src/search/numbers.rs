//! Sets and counts of identifiers, of which lists of a million products look up each: the standard hash, which
//! is made for keys that somebody else chooses, would take most of their time.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// A set of numbers.
pub(super) type NumberSet = HashSet<u64, BuildHasherDefault<ByMultiplication>>;

/// Something for each number.
pub(super) type NumberMap<T> = HashMap<u64, T, BuildHasherDefault<ByMultiplication>>;

/// Fibonacci hashing (Knuth 6.4): identifiers are made here, so nobody can choose them to collide.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct ByMultiplication(u64);

impl Hasher for ByMultiplication {
    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    /// The high bits depend on all of the number, and tables look at the low ones first.
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_made_one_after_the_other_have_hashes_of_their_own() {
        let hash = |number: u64| {
            let mut hasher = ByMultiplication::default();
            hasher.write_u64(number << 22);
            hasher.finish() & 0xFFFF
        };
        let places: HashSet<u64> = (0..10_000).map(hash).collect();
        assert!(places.len() > 8_000, "{} places for 10,000 identifiers", places.len());
    }
}
