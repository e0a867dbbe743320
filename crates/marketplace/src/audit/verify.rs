//! The proof that nobody has touched the log.

use std::collections::HashMap;

use db::Conn;
use types::VendorId;

use super::{Entry, store};
use crate::Result;

/// Rows that are read at a time.
const PAGE: i64 = 1_000;

/// Walks every chain and says what does not fit: an entry that was altered, removed or inserted. At most
/// `most` sentences.
pub async fn verify(conn: &mut Conn, most: usize) -> Result<Vec<String>> {
    let mut ends = ends(conn).await?;
    let mut walk = Walk { chain: None, place: 0, hash: [0; 32], ends: HashMap::new(), found: Vec::new() };
    walk.ends.extend(ends.drain());
    let mut after = (i64::MIN, 0);
    loop {
        let entries = store::walk(conn, after, PAGE).await?;
        let Some(last) = entries.last() else { break };
        after = (last.chain, last.place);
        for entry in &entries {
            walk.step(entry);
        }
        if walk.found.len() > most {
            walk.found.truncate(most);
            walk.found.push("and more".to_owned());
            return Ok(walk.found);
        }
    }
    walk.end_chain();
    for (chain, (length, _)) in walk.ends {
        if length != 0 {
            walk.found.push(format!("{}: all {length} entries were removed", name(chain)));
        }
    }
    walk.found.sort();
    Ok(walk.found)
}

/// Each chain's length and last hash.
async fn ends(conn: &mut Conn) -> Result<HashMap<i64, (i64, [u8; 32])>> {
    let (mut ends, mut after) = (HashMap::new(), i64::MIN);
    loop {
        let links = store::links(conn, after, PAGE).await?;
        let Some(last) = links.last() else { return Ok(ends) };
        after = last.chain;
        ends.extend(links.into_iter().map(|link| (link.chain, (link.length, link.hash))));
    }
}

/// The way through the chains: where it is, and what did not fit so far.
struct Walk {
    chain: Option<i64>,
    place: i64,
    hash: [u8; 32],
    /// The ends of the chains that were not walked yet.
    ends: HashMap<i64, (i64, [u8; 32])>,
    found: Vec<String>,
}

impl Walk {
    fn step(&mut self, entry: &Entry) {
        if self.chain != Some(entry.chain) {
            self.end_chain();
            (self.chain, self.place, self.hash) = (Some(entry.chain), 0, [0; 32]);
        }
        let chain = name(entry.chain);
        if entry.place != self.place + 1 {
            let (first, last) = (self.place + 1, entry.place - 1);
            self.found.push(format!("{chain}: the entries {first} to {last} were removed"));
        } else if entry.digest(&self.hash) != entry.hash {
            self.found.push(format!("{chain}: entry {} ({}) was altered or inserted", entry.place, entry.id));
        }
        // From here on the chain is judged by what stands there: one broken link is told once.
        (self.place, self.hash) = (entry.place, entry.hash);
    }

    fn end_chain(&mut self) {
        let Some(chain) = self.chain.take() else { return };
        let (length, hash) = self.ends.remove(&chain).unwrap_or((0, [0; 32]));
        let (chain, place) = (name(chain), self.place);
        if place < length {
            self.found.push(format!("{chain}: the entries {} to {length} were removed", place + 1));
        } else if place > length {
            self.found.push(format!("{chain}: the entries {} to {place} were inserted", length + 1));
        } else if hash != self.hash {
            self.found.push(format!("{chain}: the last entry, {place}, was altered"));
        }
    }
}

fn name(chain: i64) -> String {
    match chain {
        0 => "the operators' log".to_owned(),
        vendor => format!("the log of {}", VendorId::from_i64(vendor)),
    }
}
