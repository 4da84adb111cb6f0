//! What a proxy is asked for.

use perennial_sse::transport::{Proxy, ProxyUrl, Request};
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;

use super::server::{Server, dial, get};

/// A SOCKS proxy that refuses every server, and the servers that it was asked for.
async fn socks() -> (Server, mpsc::UnboundedReceiver<String>) {
    let (tell, told) = mpsc::unbounded_channel();
    let server = Server::start(move |mut peer| {
        let tell = tell.clone();
        async move {
            let mut greeting = [0; 3];
            peer.stream.read_exact(&mut greeting).await.unwrap();
            peer.send([5, 0]).await;
            let mut start = [0; 4];
            peer.stream.read_exact(&mut start).await.unwrap();
            let length = match start[3] {
                1 => 4,
                3 => peer.stream.read_u8().await.unwrap(),
                _ => 16,
            };
            let mut host = vec![0; length.into()];
            peer.stream.read_exact(&mut host).await.unwrap();
            let port = peer.stream.read_u16().await.unwrap();
            let host = match start[3] {
                3 => String::from_utf8(host).unwrap(),
                _ => format!("{host:?}"),
            };
            tell.send(format!("{host} {port}")).unwrap();
            peer.send([5, 5, 0, 1, 0, 0, 0, 0, 0, 0]).await;
        }
    })
    .await;
    (server, told)
}

#[tokio::test]
async fn socks_is_told_the_port_of_the_scheme() {
    let (server, mut told) = socks().await;
    let v6 = "[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]";
    for (scheme, url, expected) in [
        ("socks5h", "http://a.test/", "a.test 80".to_owned()),
        ("socks5h", "https://a.test/", "a.test 443".to_owned()),
        ("socks5h", "http://a.test:81/", "a.test 81".to_owned()),
        ("socks5h", "http://127.0.0.1/", "[127, 0, 0, 1] 80".to_owned()),
        ("socks5h", "http://[::1]/", format!("{v6} 80")),
        ("socks5", "http://127.0.0.1/", "[127, 0, 0, 1] 80".to_owned()),
        ("socks5", "https://127.0.0.1/", "[127, 0, 0, 1] 443".to_owned()),
        ("socks5", "http://[::1]/", format!("{v6} 80")),
        ("socks5", "https://[::1]:8443/", format!("{v6} 8443")),
    ] {
        let proxy = ProxyUrl::parse(&format!("{scheme}://{}", server.addr)).unwrap();
        let request = Request { proxy: Proxy::Through(proxy), ..get(url) };
        assert!(dial(request).await.is_err());
        assert_eq!(told.recv().await.unwrap(), expected, "{scheme} {url}");
    }
}
