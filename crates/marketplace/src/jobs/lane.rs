//! Lanes: jobs that share their slots.

use crate::states::states;

states! {
    /// Jobs that share their slots: slow mail servers must not hold up anything else. A job's lane is
    /// written with it, so that what waits in one is never looked through for another.
    pub(super) enum Lane {
        /// Mails.
        Mail = "mail",
        /// What happens to purchases when their time has come.
        Deadline = "deadline",
        /// Files of products: each takes long.
        Import = "import",
        /// Work on pictures: each takes much of the processor and of memory.
        Picture = "picture",
        /// Fetches from servers that may be slow.
        Fetch = "fetch",
        /// Requests to a payment provider, which may be slow.
        Gateway = "gateway",
    }
}

impl Lane {
    /// How many of its jobs run at once.
    pub(super) const fn slots(self) -> usize {
        match self {
            Self::Mail | Self::Deadline | Self::Gateway => 8,
            Self::Import | Self::Picture => 2,
            Self::Fetch => 4,
        }
    }
}
