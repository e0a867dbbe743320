//! Rows that are asked for before they are needed.

/// What a statement will answer, see [`Conn::ask`](crate::Conn::ask). Dropping it forgets the question, not what
/// the statement does.
#[must_use = "what is asked for is read with `Conn::answer`"]
pub struct Asked<T>(Source<T>);

enum Source<T> {
    Here(T),
    /// Takes what has come, if it has.
    Coming(Box<dyn FnMut() -> Option<T> + Send>),
}

impl<T: Send + 'static> Asked<T> {
    pub(crate) const fn here(answer: T) -> Self {
        Self(Source::Here(answer))
    }

    pub(crate) fn coming(take: impl FnMut() -> Option<T> + Send + 'static) -> Self {
        Self(Source::Coming(Box::new(take)))
    }

    /// The same, made into something else when it is there.
    pub fn map<U: Send + 'static>(self, make: impl FnOnce(T) -> U + Send + 'static) -> Asked<U> {
        match self.0 {
            Source::Here(answer) => Asked::here(make(answer)),
            Source::Coming(mut take) => {
                let mut make = Some(make);
                Asked::coming(move || take().and_then(|answer| Some(make.take()?(answer))))
            }
        }
    }

    /// What is there already; itself where it is still on its way.
    pub(crate) fn take(self) -> Result<T, Self> {
        match self.0 {
            Source::Here(answer) => Ok(answer),
            Source::Coming(mut take) => take().ok_or(Self(Source::Coming(take))),
        }
    }
}
