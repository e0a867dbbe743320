//! The settings that hold at this moment, on this node.

use std::ops::Deref;

use parking_lot::RwLock;

use super::Settings;

/// What was configured, and over it what admins have set since; reads like [`Settings`].
///
/// Each read sees what holds at that moment. An operation that must not see two states of one setting
/// keeps the reference: `let settings: &Settings = &market.settings;`.
pub struct LiveSettings {
    configured: Settings,
    /// A version stays in memory for as long as the process runs, so that a reference to it is good for
    /// ever: a few hundred bytes for each change that a person makes.
    current: RwLock<(i64, &'static Settings)>,
}

impl LiveSettings {
    /// The configured settings, before anything was read from the database.
    pub fn new(configured: Settings) -> Self {
        let current: &'static Settings = Box::leak(Box::new(configured.clone()));
        Self { configured, current: RwLock::new((0, current)) }
    }

    /// What holds where no admin has set anything.
    pub const fn configured(&self) -> &Settings {
        &self.configured
    }

    /// The version that is known here; it grows with each change.
    pub fn version(&self) -> i64 {
        self.current.read().0
    }

    /// Takes what holds from `version` on. An older version than the known one changes nothing.
    pub(super) fn install(&self, version: i64, settings: Settings) {
        let mut current = self.current.write();
        if version > current.0 {
            *current = (version, Box::leak(Box::new(settings)));
        }
    }
}

impl Deref for LiveSettings {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        self.current.read().1
    }
}

impl std::fmt::Debug for LiveSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LiveSettings").field("current", &*self.current.read()).finish_non_exhaustive()
    }
}
