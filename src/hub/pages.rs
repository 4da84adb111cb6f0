//! Pages of the log that were read lately: those who come back one after another read each once.
#![forbid(unsafe_code)]

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::client::Marks;
use super::cohorts::CohortId;
use super::step::Gap;

/// So many bytes are remembered.
const MOST: usize = 2 * 1024 * 1024;
/// For so long: as long as it takes those to come back who were told to wait.
const LATELY: Duration = Duration::from_secs(10);

/// What stands behind a place, as those of one cohort are told of it.
#[derive(Clone, Debug)]
pub struct Page {
    /// Where they stand behind it.
    pub marks: Marks,
    /// What they are told.
    pub bytes: Vec<u8>,
    /// How many events that is.
    pub events: usize,
    /// What is missing before.
    pub gap: Option<Gap>,
}

type Key = (CohortId, Marks);

/// Pages by the place that they stand behind.
#[derive(Debug, Default)]
pub struct Pages {
    by_place: HashMap<Key, Arc<Page>>,
    order: VecDeque<(Duration, Key)>,
    bytes: usize,
}

impl Pages {
    /// The page behind a place, if it was read lately. The log may have more by now, which is behind that page.
    pub fn get(&mut self, key: &Key, now: Duration) -> Option<Arc<Page>> {
        self.forget(now);
        self.by_place.get(key).cloned()
    }

    /// Remembers one.
    pub fn add(&mut self, key: Key, page: &Arc<Page>, now: Duration) {
        let size = page.bytes.len();
        if size <= MOST && !self.by_place.contains_key(&key) {
            self.by_place.insert(key.clone(), Arc::clone(page));
            self.bytes += size;
            self.order.push_back((now, key));
            self.forget(now);
        }
    }

    fn forget(&mut self, now: Duration) {
        while let Some((at, _)) = self.order.front()
            && (self.bytes > MOST || now > *at + LATELY)
        {
            let Some((_, key)) = self.order.pop_front() else { return };
            if let Some(page) = self.by_place.remove(&key) {
                self.bytes -= page.bytes.len();
            }
        }
    }
}
