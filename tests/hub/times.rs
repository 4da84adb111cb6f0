//! Heartbeats, and connections that are over.

use std::time::Duration;

use perennial_sse::hub::{Input, Policy, Reason, Refusal};

use super::rig::{Rig, policy};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn who_hears_nothing_for_long_gets_a_comment() {
    let mut rig = Rig::new(Policy { heartbeat: Some(15 * SECOND), ..policy() });
    let quiet: Vec<u32> = (0..200).map(|_| rig.connect(&["quiet"], None)).collect();
    let busy = rig.connect(&["busy"], None);
    let stalled = rig.connect(&["quiet"], None);
    rig.step(Input::Stall(stalled));
    for _ in 0..600 {
        rig.publish("busy", "x");
        rig.pass(Duration::from_millis(100));
    }
    let beats: Vec<usize> = quiet.iter().map(|client| rig.heard[client].beats).collect();
    assert!(beats.iter().all(|beats| (3..=4).contains(beats)), "{beats:?} in a minute");
    assert!(beats.contains(&3) && beats.contains(&4), "they do not come all at once");
    assert_eq!(rig.heard[&busy].beats, 0);
    assert_eq!(rig.heard[&stalled].beats, 0);
}

#[test]
fn a_client_is_closed_when_what_it_was_admitted_with_is_over() {
    let mut rig = Rig::new(policy());
    let client = rig.connect_to(0, Some("ann"), &["a"], None, Some(5 * SECOND));
    rig.pass(Duration::from_millis(4999));
    assert_eq!(rig.heard[&client].end, None);
    rig.pass(Duration::from_millis(1));
    assert_eq!(rig.heard[&client].end, Some(Reason::Expired));
    assert!(rig.heard[&client].blocks.last().expect("a block").retry.is_some());
    assert!(rig.hub.is_empty());
}

#[test]
fn connections_that_are_old_end_at_different_times() {
    let mut rig = Rig::new(Policy { max_connection_age: Some(100 * SECOND), ..policy() });
    let clients: Vec<u32> = (0..100).map(|_| rig.connect(&["a"], None)).collect();
    rig.pass(89 * SECOND);
    assert_eq!(rig.hub.len(), 100);
    rig.pass(6 * SECOND);
    assert!((20..80).contains(&rig.hub.len()), "{} are left", rig.hub.len());
    rig.pass(5 * SECOND);
    assert!(clients.iter().all(|client| rig.heard[client].end == Some(Reason::Age)));
}

#[test]
fn no_more_are_admitted_than_may_be() {
    let policy = Policy { max_clients: Some(3), max_per_user: Some(2), ..policy() };
    let mut rig = Rig::new(policy);
    for _ in 0..2 {
        rig.connect_to(0, Some("ann"), &["a"], None, None);
    }
    let third = rig.connect_to(0, Some("ann"), &["a"], None, None);
    assert_eq!(rig.refused[0].0, Refusal::User);
    assert!((2000..=4000).contains(&rig.refused[0].1));
    assert!(!rig.heard.contains_key(&third));
    let bob = rig.connect_to(0, Some("bob"), &["a"], None, None);
    rig.connect_to(0, None, &["a"], None, None);
    assert_eq!(rig.refused[1].0, Refusal::Clients);
    rig.step(Input::Leave(bob));
    rig.connect_to(0, None, &["a"], None, None);
    assert_eq!((rig.refused.len(), rig.hub.len()), (2, 3));
}
