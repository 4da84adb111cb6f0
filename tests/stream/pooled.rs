//! A stream of events over a pool: its address, its key, and where it goes when one fails.

use std::sync::Arc;

use perennial_sse::error::Kind;
use perennial_sse::pool::{BreakerRules, Endpoint, Key, Pool, Rules};
use perennial_sse::stream::{Endpoints, Options};

use super::rig::{Rig, get, secs, transcript};
use super::scripted::{refused, status, stream};

fn endpoint(name: &str, keys: &[&str]) -> Endpoint {
    Endpoint {
        name: name.into(),
        base_url: format!("http://{name}.example/base?v=1"),
        weight: 1.0,
        priority: 0,
        canary: 0,
        headers: vec![("x-of".into(), name.into())],
        key_header: None,
        done_proves: false,
        prefill: None,
        keys: keys
            .iter()
            .map(|key| Key { hash: format!("#{key}"), secret: (*key).into() })
            .collect(),
    }
}

const BREAKER: BreakerRules = BreakerRules {
    window: secs(60),
    requests: 5,
    failures: 0.5,
    open_for: secs(5),
    open_max: secs(60),
};

fn pooled(endpoints: Vec<Endpoint>) -> Options {
    let rules = Rules { cooldown: secs(5), cooldown_max: secs(60), breaker: Some(BREAKER) };
    let mut pool = Pool::new(rules);
    for endpoint in endpoints {
        pool.add(endpoint).unwrap();
    }
    let endpoints = Some(Endpoints::new(pool, |_| ()));
    Options { url: None, path: "/v1/events?x=2".into(), endpoints, ..get() }
}

#[tokio::test(start_paused = true)]
async fn the_endpoint_gives_address_headers_and_key() {
    let rig = Rig::start(pooled(vec![endpoint("one", &["secret"])]), [stream("").hangs()]);
    rig.reach("open").await;
    let request = &rig.net.dials()[0].request;
    assert_eq!(request.url.as_str(), "http://one.example/base/v1/events?v=1&x=2");
    assert_eq!(request.headers["authorization"], "Bearer secret");
    assert_eq!(request.headers["x-of"], "one");
    let mut other = endpoint("one", &["secret"]);
    other.key_header = Some("x-key".into());
    let rig = Rig::start(pooled(vec![other]), [stream("").hangs()]);
    rig.reach("open").await;
    let headers = &rig.net.dials()[0].request.headers;
    assert_eq!(
        (&headers["x-key"], headers.get("authorization")),
        (&"secret".parse().unwrap(), None)
    );
}

#[tokio::test(start_paused = true)]
async fn a_refused_key_gives_way_to_the_next_at_once() {
    let options = pooled(vec![endpoint("one", &["a", "b"])]);
    let rig = Rig::start(options, [status(401), stream("").hangs()]);
    rig.reach("open").await;
    assert_eq!(rig.net.times(), [0, 0]);
    let keys: Vec<_> =
        rig.net.dials().iter().map(|dial| dial.request.headers["authorization"].clone()).collect();
    assert_ne!(keys[0], keys[1]);
    let options = pooled(vec![endpoint("one", &["a"])]);
    assert_eq!(transcript(options, [status(401)]).await, ["close error ERR_SSE_STATUS"]);
}

#[tokio::test(start_paused = true)]
async fn endpoints_that_drop_every_connection_are_not_asked_in_a_hot_loop() {
    let options = pooled(vec![endpoint("one", &["a"]), endpoint("two", &["b"])]);
    let drops = || stream("data: x\n\n").breaks(Kind::Reset);
    let rig = Rig::start(options, (0..5).map(|_| drops()));
    tokio::time::sleep(secs(10)).await;
    // Each once without a wait, then as the policy says: 2 s, 4 s, ….
    assert_eq!(rig.net.times()[..4], [0, 0, 2_000, 6_000]);
}

#[tokio::test(start_paused = true)]
async fn after_a_stable_connection_the_other_endpoint_is_asked_at_once_again() {
    let options = pooled(vec![endpoint("one", &["a"]), endpoint("two", &["b"])]);
    let stable = || stream("data: x\n\n").pause(secs(100)).breaks(Kind::Reset);
    let rig = Rig::start(options, [refused(), stable(), stable(), stream("").hangs()]);
    tokio::time::sleep(secs(300)).await;
    assert_eq!(rig.net.times(), [0, 0, 100_000, 200_000]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_closed_gives_its_place_back() {
    let options = pooled(vec![endpoint("one", &["a"])]);
    let endpoints = Arc::clone(options.endpoints.as_ref().unwrap());
    let active = || endpoints.with(|pool, now| pool.view(now))[0].counters.active;
    let rig = Rig::start(options, [stream("").hangs()]);
    rig.reach("open").await;
    assert_eq!(active(), 1);
    rig.control.close();
    rig.settle().await;
    assert_eq!(active(), 0);
}
