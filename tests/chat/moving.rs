//! Another key or another endpoint, where there is one.

use perennial_sse::error::Kind;

use super::asking::{ask, endpoint, says, says_all};
use super::rig::secs;
use super::scripted::{refused, status};

#[tokio::test(start_paused = true)]
async fn a_refused_key_is_replaced_at_once_and_costs_no_attempt() {
    for code in [401, 402, 403, 429] {
        let keys = ["a", "b", "c", "d"];
        let asked = ask().pool(vec![endpoint("one", &keys)]).start([
            status(code),
            status(code),
            status(code),
            says_all(&["Hi"]),
        ]);
        assert_eq!(asked.end().await.last().unwrap(), "close terminal");
        assert_eq!(asked.net.times(), [0; 4]);
        let mut used = asked.attempts("key");
        used.sort();
        assert_eq!(used, ["#a", "#b", "#c", "#d"]);
    }
}

#[tokio::test(start_paused = true)]
async fn with_one_key_its_refusal_is_the_answer() {
    let asked = ask().pool(vec![endpoint("one", &["a"])]).start([status(401)]);
    assert_eq!(asked.end().await, ["close error ERR_SSE_STATUS"]);
}

#[tokio::test(start_paused = true)]
async fn a_pool_of_dead_keys_says_so_without_asking() {
    let first = ask().pool(vec![endpoint("one", &["a"])]).start([status(401)]);
    first.end().await;
    let second = ask().sharing(&first).start([says_all(&["Hi"])]);
    let error = second.error().await;
    assert_eq!(error["code"], "ERR_SSE_POOL");
    assert!(error["message"].as_str().unwrap().contains("revive()"), "{error}");
    assert_eq!(second.net.dials().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn another_endpoint_is_asked_without_a_wait() {
    let pool = vec![endpoint("one", &["a"]), endpoint("two", &["b"])];
    for dial in [refused(), status(503), says(&[]).breaks(Kind::Reset), status(200)] {
        let asked = ask().pool(pool.clone()).start([dial, says_all(&["Hi"])]);
        assert_eq!(asked.end().await.last().unwrap(), "close terminal");
        assert_eq!(asked.net.times(), [0, 0]);
        let mut endpoints = asked.attempts("endpoint");
        endpoints.sort();
        assert_eq!(endpoints, ["one", "two"]);
    }
}

#[tokio::test(start_paused = true)]
async fn when_all_were_asked_the_policy_waits() {
    let pool = vec![endpoint("one", &["a"]), endpoint("two", &["b"])];
    let asked = ask().pool(pool).start([refused(), refused(), says_all(&["Hi"])]);
    assert_eq!(asked.end().await.last().unwrap(), "close terminal");
    assert_eq!(asked.net.times(), [0, 0, 1_000]);
}

#[tokio::test(start_paused = true)]
async fn a_cooling_key_is_waited_for_to_the_millisecond() {
    let asked = ask().pool(vec![endpoint("one", &["a", "b"])]).start([
        status(429).header("retry-after", "2"),
        status(429).header("retry-after", "5"),
        says_all(&["Hi"]),
    ]);
    assert_eq!(asked.end().await.last().unwrap(), "close terminal");
    let times = asked.net.times();
    assert_eq!(times[..2], [0, 0]);
    assert!((2_000..=5_500).contains(&times[2]), "{times:?}");
    assert!(asked.net.dials()[2].at >= secs(2));
}

#[tokio::test(start_paused = true)]
async fn a_key_that_a_server_quotes_is_taken_out() {
    let quote = status(401).chunk("{\"error\":{\"message\":\"bad key key-1\"}}");
    let asked = ask().attempts(0).start([quote]);
    let error = asked.error().await;
    assert_eq!(
        (&error["kind"], &error["status"]),
        (&serde_json::json!("auth"), &serde_json::json!(401))
    );
    assert!(!error.to_string().contains("key-1"), "{error}");
    assert!(error["body"].as_str().unwrap().contains("bad key ***"), "{error}");
}
