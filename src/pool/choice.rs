//! The order in which endpoints and keys are asked.
#![forbid(unsafe_code)]

use std::time::Duration;

use super::member::Member;
use super::slot::Slot;
use super::{Ask, Nothing, Tried};

/// How many places a canary's share is counted in.
const PLACES: u16 = 10_000;

/// Whom to ask.
#[derive(Clone, Copy, Debug)]
pub(super) enum Choice {
    /// The member and its slot of these numbers.
    Go(usize, usize),
    Wait(Duration),
    Nothing(Nothing),
}

/// An endpoint that fits and has a key that is ok: the best of them.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    at: usize,
    member: &'a Member,
    slot: usize,
    history: History,
}

/// What an answer tried of a candidate, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum History {
    Untried,
    EndpointTried,
    KeyTried,
}

/// The order: the caller's canary, if untried; the endpoints that are no canaries; the canaries; of
/// those that the breaker holds back the least bad; a wait.
pub(super) fn choose(members: &[Member], ask: &Ask<'_>, now: Duration, chance: f64) -> Choice {
    let fitting = members.iter().enumerate().filter(|(_, member)| (ask.fits)(&member.endpoint));
    let fitting: Vec<_> = fitting.collect();
    let candidates: Vec<_> =
        fitting.iter().filter_map(|&(at, member)| candidate(at, member, ask.tried)).collect();
    let (canary, chance) = side(members, ask.affinity, chance);

    let passing = || candidates.iter().filter(|candidate| candidate.member.breaker.passes());
    let own = passing()
        .find(|candidate| Some(candidate.at) == canary && candidate.history == History::Untried);
    let choice = own
        .or_else(|| weighted(passing().filter(|it| it.member.endpoint.canary == 0), chance))
        .or_else(|| weighted(passing(), chance))
        .or_else(|| least_bad(&candidates, now));
    match choice {
        Some(candidate) => Choice::Go(candidate.at, candidate.slot),
        None if members.is_empty() => Choice::Nothing(Nothing::Empty),
        None if fitting.is_empty() => Choice::Nothing(Nothing::Unfit),
        None => rest(fitting.iter().flat_map(|(_, member)| &member.slots), now),
    }
}

/// The canary that the caller belongs to, if one, and the chance that is left: what chose the side
/// cannot choose again on it, or the first endpoints there would get too much.
fn side(members: &[Member], affinity: Option<u16>, chance: f64) -> (Option<usize>, f64) {
    let chance = if chance > 0.0 { chance.min(1.0_f64.next_down()) } else { 0.0 };
    let places = f64::from(PLACES);
    let place = affinity.map_or(chance * places, |place| f64::from(place % PLACES));
    let left = |low: f64, high: f64| match affinity {
        Some(_) => chance,
        None => (place - low) / (high - low),
    };
    let mut low = 0.0;
    for (at, member) in members.iter().enumerate() {
        let high = (low + f64::from(member.endpoint.canary)).min(places);
        if place < high {
            return (Some(at), left(low, high));
        }
        low = high;
    }
    (None, left(low, places))
}

/// The key to ask this endpoint with: the least tried, then the least busy, then the one that
/// rested longest.
fn candidate<'a>(at: usize, member: &'a Member, tried: &[Tried]) -> Option<Candidate<'a>> {
    let endpoint_tried = tried.iter().any(|tried| tried.whole && tried.member == member.id);
    let history = |slot: &Slot| {
        if tried.iter().any(|tried| tried.slot == slot.id) {
            History::KeyTried
        } else if endpoint_tried {
            History::EndpointTried
        } else {
            History::Untried
        }
    };
    let ok = member.slots.iter().enumerate().filter(|(_, slot)| slot.is_ok());
    let (index, slot) =
        ok.min_by_key(|(_, slot)| (history(slot), slot.counters.active, slot.last))?;
    Some(Candidate { at, member, slot: index, history: history(slot) })
}

/// By weight among the least tried of the lowest priority.
fn weighted<'a, 'b: 'a>(
    candidates: impl Iterator<Item = &'a Candidate<'b>> + Clone,
    chance: f64,
) -> Option<&'a Candidate<'b>> {
    let tier = |candidate: &Candidate<'_>| (candidate.history, candidate.member.endpoint.priority);
    let first = candidates.clone().map(tier).min()?;
    let equals = candidates.filter(|candidate| tier(candidate) == first);

    let total: f64 = equals.clone().map(|it| it.member.endpoint.share()).sum();
    let share = |candidate: &Candidate<'_>| {
        if total > 0.0 { candidate.member.endpoint.share() } else { 1.0 }
    };
    let total: f64 = equals.clone().map(share).sum();
    let mut left = chance * total;
    let mut choice = None;
    for candidate in equals.filter(|candidate| share(candidate) > 0.0) {
        // Rounding may leave a little beyond the last one.
        choice = Some(candidate);
        if left < share(candidate) {
            break;
        }
        left -= share(candidate);
    }
    choice
}

/// Where every breaker holds back: the least tried, then the lowest share of failures, then the one
/// that opens soonest.
fn least_bad<'a, 'b>(candidates: &'a [Candidate<'b>], now: Duration) -> Option<&'a Candidate<'b>> {
    candidates.iter().min_by(|one, other| {
        let (a, b) = (&one.member.breaker, &other.member.breaker);
        let shares = a.share(now).total_cmp(&b.share(now));
        let priorities = one.member.endpoint.priority.cmp(&other.member.endpoint.priority);
        one.history
            .cmp(&other.history)
            .then(shares)
            .then_with(|| a.opens_in(now).cmp(&b.opens_in(now)))
            .then(priorities)
    })
}

/// No key is ok: until the first is, or never.
fn rest<'a>(slots: impl Iterator<Item = &'a Slot> + Clone, now: Duration) -> Choice {
    match slots.clone().filter_map(|slot| slot.cools_for(now)).min() {
        Some(wait) => Choice::Wait(wait),
        None => {
            Choice::Nothing(Nothing::Dead { keys: slots.filter(|slot| slot.is_dead()).count() })
        }
    }
}
