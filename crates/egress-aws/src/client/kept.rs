//! What is asked once.

use futures::lock::Mutex;

/// An answer that is kept from the first success on. Whoever asks meanwhile waits for the same answer.
pub(crate) struct Kept<T> {
    answer: Mutex<Option<T>>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { answer: Mutex::new(None) }
    }
}

impl<T: Clone> Kept<T> {
    pub(crate) async fn get<E, F>(&self, ask: impl FnOnce() -> F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        let mut answer = self.answer.lock().await;
        if let Some(known) = &*answer {
            return Ok(known.clone());
        }
        let fresh = ask().await?;
        *answer = Some(fresh.clone());
        Ok(fresh)
    }
}
