//! Requests to a listener: how they are cut makes no difference, what is taken has one host and a path, and what a
//! path names is a channel that clients may name.
#![no_main]

#[path = "../../src/listener/head.rs"]
mod head;
#[allow(dead_code, reason = "queries are not fuzzed")]
#[path = "../../src/listener/path.rs"]
mod path;

use bytes::BytesMut;
use http::{Version, header};
use libfuzzer_sys::fuzz_target;
use tokio::io::{AsyncWriteExt, duplex};
use tokio::runtime::Builder;

use head::Incoming;
use path::{CHANNEL, Pattern, is_channel};

/// The longest head that is read.
const MOST: usize = 4096;

/// What came of an input, with what was left of it.
fn read(input: &[u8], piece: usize) -> (String, usize) {
    let runtime = Builder::new_current_thread().build().expect("a runtime without sockets");
    runtime.block_on(async {
        let (mut here, mut there) = duplex(piece);
        let writing = async move {
            // Who has seen enough stops reading.
            _ = there.write_all(input).await;
            drop(there);
        };
        let reading = async move {
            let mut buffer = BytesMut::new();
            let incoming = head::read(&mut here, &mut buffer, MOST).await;
            drop(here);
            let incoming = incoming.expect("memory does not fail");
            if let Incoming::Request(request) = &incoming {
                check(request);
            }
            (incoming, buffer)
        };
        let ((), (incoming, buffer)) = tokio::join!(writing, reading);
        assert!(buffer.len() <= MOST + 2048, "{} bytes are kept", buffer.len());
        // What is left depends on the cuts, and what is refused on how much of it was seen.
        let told = match &incoming {
            // 431 where the head is seen to be too long, 400 where its end is.
            Incoming::Wrong(status) => {
                assert!(status.is_client_error() || status.is_server_error());
                "refused".to_owned()
            }
            Incoming::Http2 => "HTTP/2".to_owned(),
            other => format!("{other:?}"),
        };
        (told, buffer.len())
    })
}

fn check(request: &http::Request<()>) {
    let hosts = request.headers().get_all(header::HOST).iter().count();
    assert!(hosts <= 1);
    assert!(hosts == 1 || request.version() == Version::HTTP_10);
    let keeps = head::keeps_alive(request);
    assert!(!keeps || !head::has_body(request), "what follows a body is no request");
    let pattern = Pattern::new("/events/:channel");
    if let Some(parameters) = pattern.parameters(request.uri().path()) {
        let [(name, channel)] = &parameters[..] else { panic!("one parameter") };
        assert_eq!(name, CHANNEL);
        assert!(!is_channel(channel) || (channel != "*" && !channel.starts_with("user:")));
    }
}

// The last byte chooses how it is cut, so that a seed is simply what a client says.
fuzz_target!(|input: &[u8]| {
    let Some((&piece, input)) = input.split_last() else { return };
    let (whole, _) = read(input, 64 * 1024);
    let (cut, _) = read(input, usize::from(piece).max(1));
    // A head that is too long may be complete where it comes at once.
    if input.len() <= MOST {
        assert_eq!(whole, cut);
    }
});
