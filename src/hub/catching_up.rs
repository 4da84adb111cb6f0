//! Clients that are behind, in turn. Those that stand at the same place are served together.
#![forbid(unsafe_code)]

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::client::Marks;
use super::cohorts::CohortId;
use super::step::ClientNumber;

/// Clients that have the same channels and stand at the same place.
#[derive(Debug)]
pub struct Group {
    /// Those that have the same channels.
    pub cohort: CohortId,
    /// Where they stand.
    pub marks: Marks,
    /// Some may have gone meanwhile, or stand elsewhere.
    pub members: Vec<ClientNumber>,
}

/// Groups that wait for their turn.
#[derive(Debug, Default)]
pub struct CatchingUp {
    turns: VecDeque<(CohortId, Marks)>,
    members: HashMap<(CohortId, Marks), Vec<ClientNumber>>,
}

impl CatchingUp {
    /// These clients wait for their turn; the marks that they share with their group.
    pub fn add_all(&mut self, cohort: CohortId, marks: Marks, clients: Vec<ClientNumber>) -> Marks {
        match self.members.entry((cohort, marks)) {
            Entry::Occupied(mut entry) => {
                entry.get_mut().extend(clients);
                Arc::clone(&entry.key().1)
            }
            Entry::Vacant(entry) => {
                let marks = Arc::clone(&entry.key().1);
                self.turns.push_back((cohort, Arc::clone(&marks)));
                entry.insert(clients);
                marks
            }
        }
    }

    /// The group whose turn it is.
    pub fn next(&mut self) -> Option<Group> {
        let (cohort, marks) = self.turns.pop_front()?;
        let members = self.members.remove(&(cohort, Arc::clone(&marks))).unwrap_or_default();
        Some(Group { cohort, marks, members })
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.turns.len()
    }
}
