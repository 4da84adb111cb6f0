//! What the transport is asked for.

use bytes::Bytes;
use http::{HeaderMap, Method};

use perennial_sse::stream::{Options, Timeouts};
use perennial_sse::transport::{Request, Tls};

use super::rig::{Rig, get, options, post, secs};
use super::scripted::{hang, stream};

async fn request(options: Options) -> Request {
    let rig = Rig::start(options, [hang()]);
    rig.reach("connecting (attempt 1)").await;
    rig.net.dials().remove(0).request
}

#[tokio::test(start_paused = true)]
async fn a_get_is_not_cached() {
    for method in [Method::GET, Method::HEAD] {
        let request = request(options(method.clone())).await;
        assert_eq!((request.method, request.body), (method, None));
        assert_eq!(request.headers["accept"], "text/event-stream");
        assert_eq!(request.headers["cache-control"], "no-cache");
        assert_eq!(request.headers.len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_post_carries_its_body() {
    let request = request(Options { body: Some(Bytes::from_static(b"{}")), ..post() }).await;
    assert_eq!(request.body.as_deref(), Some(&b"{}"[..]));
    assert_eq!(request.headers.len(), 1, "{:?}", request.headers);
}

#[tokio::test(start_paused = true)]
async fn the_callers_headers_win() {
    let mut headers = HeaderMap::new();
    for (name, value) in [("accept", "*/*"), ("cache-control", "max-age=1"), ("x-own", "1")] {
        headers.insert(name, value.parse().unwrap());
    }
    let request = request(Options { headers: headers.clone(), ..get() }).await;
    assert_eq!(request.headers, headers);
}

#[tokio::test(start_paused = true)]
async fn what_is_accepted_is_asked_for() {
    let accept = vec!["text/event-stream".into(), "application/json".into()];
    let request = request(Options { accept, ..get() }).await;
    assert_eq!(request.headers["accept"], "text/event-stream, application/json");
}

#[tokio::test(start_paused = true)]
async fn deadlines_redirects_and_certificates_are_passed_on() {
    let timeouts =
        Timeouts { connect: Some(secs(3)), headers: Some(secs(4)), ..Timeouts::default() };
    let tls = Tls { insecure: true, ..Tls::default() };
    let request = request(Options { timeouts, tls: tls.clone(), max_redirects: 7, ..get() }).await;
    assert_eq!(request.connect_timeout, Some(secs(3)));
    assert_eq!(request.headers_timeout, Some(secs(4)));
    assert_eq!((request.max_redirects, request.tls), (7, tls));
}

#[tokio::test(start_paused = true)]
async fn every_attempt_is_like_the_first() {
    let mut options = get();
    options.headers.insert("x-own", "1".parse().unwrap());
    let mut rig = Rig::start(options, [stream(""), stream(""), hang()]);
    while rig.net.dials().len() < 3 {
        rig.next().await;
        rig.settle().await;
        if rig.state().starts_with("waiting") {
            tokio::time::sleep(secs(2)).await;
        }
    }
    let dials = rig.net.dials();
    assert!(dials.iter().all(|dial| dial.request.headers == dials[0].request.headers));
}
