//! Work that takes long and may wait: on a thread of its own, behind everything that somebody waits for.

use tokio::sync::oneshot;

use crate::{Error, Result};

/// Runs work on a thread of this name. Its priority can be lowered so, and never has to be raised again, which
/// needs a right.
pub(crate) async fn on_a_spare_thread<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let (tell, told) = oneshot::channel();
    let run = move || {
        give_way();
        // Whoever asked may have gone.
        let _ = tell.send(work());
    };
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .map_err(|error| Error::failed("there is no thread for work that takes long", error))?;
    told.await.map_err(|error| Error::failed("work on a thread of its own broke", error))?
}

/// Lets everything else go before this thread. On other systems than Linux a priority is the whole process's.
fn give_way() {
    if cfg!(target_os = "linux") {
        // Where that is not allowed, the work is as urgent as the rest.
        let _ = rustix::process::nice(10);
    }
}
