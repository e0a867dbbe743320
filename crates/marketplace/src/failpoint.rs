//! Places where a test has the program die, to see that what a crash leaves behind there mends itself.
//!
//! Only debug builds, such as the tests', know them: in a release build `reach` is nothing, and no variable of
//! the environment can bring it back.

use std::sync::OnceLock;

static ARMED: OnceLock<String> = OnceLock::new();

/// Has the program die at this place, in a debug build. The first call counts.
pub fn arm(point: String) {
    // A second call changes nothing.
    let _ = ARMED.set(point);
}

/// Dies here, without another word to anybody, if this is the place.
pub(crate) fn reach(point: &'static str) {
    if cfg!(debug_assertions) && ARMED.get().is_some_and(|armed| armed == point) {
        std::process::abort();
    }
}
