//! Clients are let go.

use std::time::Duration;

use perennial_sse::hub::{Close, Filter, Input, Reason, Refusal};

use super::rig::{Rig, policy};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_hub_that_closes_lets_its_clients_go_a_few_at_a_time_and_spreads_their_return() {
    let mut rig = Rig::new(policy());
    let clients: Vec<u32> = (0..1000).map(|_| rig.connect(&["a"], None)).collect();
    rig.step(Input::Close(Close { spread: 5 * SECOND, within: 2 * SECOND, chance: 9 }));
    rig.connect(&["a"], None);
    assert_eq!(rig.refused[0].0, Refusal::Closing);
    let mut most = 0;
    for _ in 0..200 {
        let before = rig.hub.len();
        rig.pass(Duration::from_millis(10));
        most = most.max(before - rig.hub.len());
    }
    assert!(rig.hub.is_empty() && most < 30, "{most} at once");
    let retry = |client| rig.heard[client].blocks.last().and_then(|block| block.retry);
    let mut retries: Vec<u64> = clients.iter().filter_map(retry).collect();
    retries.sort_unstable();
    assert_eq!(retries.len(), clients.len());
    assert!(retries[0] < 3000 && retries[999] > 8000, "{} to {}", retries[0], retries[999]);
    assert!(clients.iter().all(|client| rig.heard[client].end == Some(Reason::Shutdown)));
    assert!(clients.iter().all(|client| rig.named(*client, "shutdown").len() == 1));
}

#[test]
fn those_who_are_named_are_let_go() {
    let mut rig = Rig::new(policy());
    let ann = rig.connect_to(0, Some("ann"), &["a"], None, None);
    let other = rig.connect_to(0, Some("ann"), &["b"], None, None);
    let bob = rig.connect_to(0, Some("bob"), &["a"], None, None);
    let filter =
        Filter { user: Some("ann".into()), channel: Some("a".into()), ..Filter::default() };
    let named = rig.hub.find(&filter);
    assert_eq!(named, [ann]);
    rig.step(Input::Disconnect(named, Some(77), 1));
    assert_eq!(rig.heard[&ann].end, Some(Reason::Disconnect));
    assert_eq!(rig.heard[&ann].blocks.last().and_then(|block| block.retry), Some(77));
    let filter = Filter { client: Some(format!("client-{bob}")), ..Filter::default() };
    assert_eq!(rig.hub.find(&filter), [bob]);
    assert_eq!(rig.hub.len(), 2);
    rig.step(Input::Leave(other));
    rig.step(Input::Leave(other));
    assert_eq!(rig.hub.user_counts().count(), 1);
}

#[test]
fn an_environment_takes_its_clients_with_it() {
    let mut rig = Rig::new(policy());
    rig.connect_to(1, Some("ann"), &["a"], None, None);
    let other = rig.connect_to(2, Some("ann"), &["a"], None, None);
    rig.step(Input::Abandon(1));
    rig.publish("a", "x");
    assert_eq!(rig.hub.len(), 1);
    assert_eq!(rig.data(other), ["x"]);
}
