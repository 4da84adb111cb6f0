//! Who is there: clients by what names them, users, channels.
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::client::{Client, Stage};
use super::hub::Hub;
use super::step::{ClientNumber, Filter};

impl Hub {
    /// The clients that the filter names: those with each part of it.
    #[must_use]
    pub fn find(&self, filter: &Filter) -> Vec<ClientNumber> {
        if let Some(id) = &filter.client {
            let number = self.number(id);
            return number.into_iter().filter(|number| self.matches(*number, filter)).collect();
        }
        let all = self.clients.keys().copied();
        all.filter(|number| self.matches(*number, filter)).collect()
    }

    fn matches(&self, number: ClientNumber, filter: &Filter) -> bool {
        let Some(client) = self.clients.get(&number) else { return false };
        let user = filter.user.as_deref().is_none_or(|user| client.user.as_deref() == Some(user));
        user && filter.channel.as_deref().is_none_or(|channel| {
            let cohort = self.cohorts.get(client.cohort);
            cohort.is_some_and(|cohort| cohort.channels.iter().any(|name| **name == *channel))
        })
    }

    /// The channels of a client.
    pub fn channels_of(&self, number: ClientNumber) -> impl Iterator<Item = &Arc<str>> {
        let client = self.clients.get(&number);
        let cohort = client.and_then(|client| self.cohorts.get(client.cohort));
        cohort.into_iter().flat_map(|cohort| cohort.channels.iter())
    }

    /// The user of a client.
    #[must_use]
    pub fn user_of(&self, number: ClientNumber) -> Option<&Arc<str>> {
        self.clients.get(&number)?.user.as_ref()
    }

    /// The channels that have clients, and how many each.
    #[must_use]
    pub fn channel_counts(&self) -> HashMap<Arc<str>, usize> {
        let mut counts: HashMap<Arc<str>, usize> = HashMap::new();
        for (_, cohort) in self.cohorts.iter() {
            for name in cohort.channels.iter() {
                *counts.entry(Arc::clone(name)).or_default() += cohort.members;
            }
        }
        counts
    }

    /// Another number than before, if somebody came, went or changed channels.
    #[must_use]
    pub const fn changes(&self) -> u64 {
        self.changes
    }

    /// The users in each channel, and how many clients each has there.
    #[must_use]
    pub fn users_by_channel(&self) -> HashMap<Arc<str>, BTreeMap<Option<Arc<str>>, usize>> {
        let mut all: HashMap<Arc<str>, BTreeMap<Option<Arc<str>>, usize>> = HashMap::new();
        for client in self.clients.values() {
            let Some(cohort) = self.cohorts.get(client.cohort) else { continue };
            for name in cohort.channels.iter() {
                let users = all.entry(Arc::clone(name)).or_default();
                *users.entry(client.user.clone()).or_default() += 1;
            }
        }
        all
    }

    /// The users that have clients, and how many each.
    pub fn user_counts(&self) -> impl Iterator<Item = (&Arc<str>, usize)> {
        self.users.iter().map(|(user, count)| (user, *count))
    }

    /// The clients in a channel that have not got everything.
    #[must_use]
    pub fn lacking(&self, channel: &str) -> Vec<ClientNumber> {
        let in_channel = |client: &Client| {
            let cohort = self.cohorts.get(client.cohort);
            cohort.is_some_and(|cohort| cohort.channels.iter().any(|name| **name == *channel))
        };
        let behind = self
            .clients
            .iter()
            .filter(|(_, client)| matches!(client.stage, Stage::Behind(_)) && in_channel(client));
        behind.map(|(number, _)| *number).collect()
    }

    /// Whether a channel has clients.
    #[must_use]
    pub fn has_channel(&self, channel: &str) -> bool {
        self.channels.get(channel).is_some()
    }
}
