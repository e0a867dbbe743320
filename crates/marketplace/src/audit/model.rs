//! What an entry of the audit log holds, and its hash.

use sha2::{Digest, Sha256};
use types::{EventId, Timestamp, UserId, VendorId};

use crate::states::states;
use crate::vendors::Role;

states! {
    /// As what somebody acted.
    pub enum ActorRole {
        /// An operator of the marketplace.
        Admin = "admin",
        /// The owner of a shop.
        Owner = "owner",
        /// A manager of a shop.
        Manager = "manager",
        /// Staff of a shop.
        Staff = "staff",
        /// Whoever has the server's command line.
        CommandLine = "command_line",
    }
}

impl From<Role> for ActorRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Owner => Self::Owner,
            Role::Manager => Self::Manager,
            Role::Staff => Self::Staff,
        }
    }
}

/// Where an act came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The request, as its answer named it.
    pub request_id: Option<String>,
    /// Network address.
    pub address: Option<String>,
    /// What the client called itself.
    pub user_agent: Option<String>,
}

/// That somebody acts with a right that others do not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Who; nobody on the command line.
    pub actor: Option<UserId>,
    /// As what.
    pub role: ActorRole,
    /// For which shop; `None` for the marketplace.
    pub vendor: Option<VendorId>,
    /// What is done, such as `vendors.accept`.
    pub action: String,
    /// What it is done to, where that is known before: the last identifier of the address.
    pub subject: Option<String>,
    /// From where.
    pub origin: Origin,
}

impl Act {
    /// The chain that its entry belongs to: the shop's, or the operators', 0.
    pub(super) fn chain(&self) -> i64 {
        self.vendor.map_or(0, VendorId::as_i64)
    }

    /// An act on the server's command line.
    pub fn on_command_line(action: &str) -> Self {
        Self {
            actor: None,
            role: ActorRole::CommandLine,
            vendor: None,
            action: action.to_owned(),
            subject: None,
            origin: Origin::default(),
        }
    }
}

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The shop whose chain it belongs to, 0 for the operators'.
    pub chain: i64,
    /// Its place in the chain, from 1.
    pub place: i64,
    /// Identifier.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// Who; nobody on the command line.
    pub actor: Option<UserId>,
    /// As what.
    pub role: ActorRole,
    /// What was done.
    pub action: String,
    /// What it was done to.
    pub subject: Option<String>,
    /// What changed: JSON, `{"before": {…}, "after": {…}}`.
    pub changes: String,
    /// The request.
    pub request_id: Option<String>,
    /// The network address it came from.
    pub address: Option<String>,
    /// What the client called itself.
    pub user_agent: Option<String>,
    /// SHA-256 of all this and the hash before it.
    pub hash: [u8; 32],
}

db::from_row!(Entry {
    chain,
    place,
    id,
    at,
    actor,
    role,
    action,
    subject,
    changes,
    request_id,
    address,
    user_agent,
    hash
});

impl Entry {
    /// The shop whose members acted; none for an act of operators.
    pub fn vendor(&self) -> Option<VendorId> {
        (self.chain != 0).then(|| VendorId::from_i64(self.chain))
    }

    /// The hash that the entry has where `previous` stands before it.
    ///
    /// Every field goes in with its length, so that no two entries give the same bytes.
    pub(super) fn digest(&self, previous: &[u8; 32]) -> [u8; 32] {
        let mut sha = Sha256::new();
        sha.update(previous);
        let actor = self.actor.map_or(0, UserId::as_i64);
        for number in [self.chain, self.place, self.id.as_i64(), self.at.as_micros(), actor] {
            sha.update(number.to_be_bytes());
        }
        let texts = [
            Some(self.role.as_str()),
            Some(&self.action),
            self.subject.as_deref(),
            Some(&self.changes),
            self.request_id.as_deref(),
            self.address.as_deref(),
            self.user_agent.as_deref(),
        ];
        for text in texts {
            // An absent text is told from an empty one by a length that no text has.
            sha.update(text.map_or(u64::MAX, |text| text.len() as u64).to_be_bytes());
            sha.update(text.unwrap_or_default());
        }
        sha.finalize().into()
    }
}

/// Which entries somebody asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those of this user.
    pub actor: Option<UserId>,
    /// Only those of this shop's members.
    pub vendor: Option<VendorId>,
    /// Only this action.
    pub action: Option<String>,
    /// Only what was done to this.
    pub subject: Option<String>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_and_the_entry_before_count() {
        let entry = Entry {
            chain: 1,
            place: 2,
            id: EventId::from_i64(3),
            at: Timestamp::from_micros(4),
            actor: Some(UserId::from_i64(5)),
            role: ActorRole::Admin,
            action: "a".to_owned(),
            subject: None,
            changes: "{}".to_owned(),
            request_id: None,
            address: None,
            user_agent: None,
            hash: [0; 32],
        };
        let changes: [fn(&mut Entry); 12] = [
            |entry| entry.chain += 1,
            |entry| entry.place += 1,
            |entry| entry.id = EventId::from_i64(9),
            |entry| entry.at = Timestamp::from_micros(9),
            |entry| entry.actor = None,
            |entry| entry.role = ActorRole::Owner,
            |entry| entry.action = "b".to_owned(),
            |entry| entry.subject = Some(String::new()),
            |entry| entry.changes = "[]".to_owned(),
            |entry| entry.request_id = Some("r".to_owned()),
            |entry| entry.address = Some("r".to_owned()),
            |entry| entry.user_agent = Some("r".to_owned()),
        ];
        let mut digests = vec![entry.digest(&[0; 32]), entry.digest(&[1; 32])];
        for change in changes {
            let mut other = entry.clone();
            change(&mut other);
            digests.push(other.digest(&[0; 32]));
        }
        let count = digests.len();
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), count);
    }
}
