//! Users that are not admitted any more.
#![forbid(unsafe_code)]

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::step::Revocation;

/// So many are remembered; then the oldest is forgotten.
const REMEMBERED: usize = 100_000;

/// The last revocation of each user.
#[derive(Debug, Default)]
pub struct Revocations {
    by_user: HashMap<Arc<str>, (Duration, Duration)>,
    order: VecDeque<(Duration, Arc<str>)>,
}

impl Revocations {
    /// One more; whether it is newer than what is known of the user. Others change nothing.
    pub fn add(&mut self, revocation: &Revocation) -> bool {
        let Revocation { user, at, until } = revocation;
        if self.by_user.get(user).is_some_and(|(known, _)| known >= at) {
            return false;
        }
        self.by_user.insert(Arc::clone(user), (*at, *until));
        self.order.push_back((*at, Arc::clone(user)));
        if self.order.len() > REMEMBERED
            && let Some((at, user)) = self.order.pop_front()
            && self.by_user.get(&user).is_some_and(|(known, _)| *known == at)
        {
            self.by_user.remove(&user);
        }
        true
    }

    /// Whether a user is refused that shows something which was issued then.
    pub fn refuses(&self, user: &str, issued: Option<Duration>, now: Duration) -> bool {
        let Some((at, until)) = self.by_user.get(user) else { return false };
        issued.map_or(now < *until, |issued| issued < *at)
    }
}
