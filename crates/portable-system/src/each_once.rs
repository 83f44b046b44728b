//! Answers that are found once each.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

type Slot<V> = Arc<Mutex<Option<V>>>;

/// Answers by questions. Who asks first finds the answer, while others who ask the same wait for it, and
/// others again do not.
#[derive(Debug)]
pub(crate) struct EachOnce<K, V>(Mutex<BTreeMap<K, Slot<V>>>);

impl<K, V> Default for EachOnce<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Ord, V: Clone> EachOnce<K, V> {
    pub(crate) fn get(&self, question: K, find: impl FnOnce() -> V) -> V {
        let slot = {
            let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.entry(question).or_default())
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        slot.get_or_insert_with(find).clone()
    }
}
