//! The end of a turn of one task.
#![forbid(unsafe_code)]

use tokio::task::yield_now;

/// Lets all others have their turn that have something to do, in particular those for whom something
/// waits in a socket. At the first yielding the runtime looks at the sockets, and puts whom it finds
/// ready behind the one who yielded; at the second they are next, unless the runtime happens to look at
/// the sockets again, which it does once in a while.
pub async fn give_way() {
    yield_now().await;
    yield_now().await;
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::net::UdpSocket;
    use tokio::runtime::Builder;

    use super::give_way;

    #[test]
    fn for_whom_something_waits_in_a_socket_has_a_turn_before_it_is_over() {
        let mut builder = Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).enable_all().build().unwrap();
        // On the one thread of the runtime, which is not this one.
        let alone = runtime.spawn(async {
            let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            let address = socket.local_addr().unwrap();
            let heard = Arc::new(AtomicU32::new(0));
            let counter = Arc::clone(&heard);
            tokio::spawn(async move {
                while socket.recv(&mut [0]).await.is_ok() {
                    counter.fetch_add(1, Ordering::Relaxed);
                }
            });
            give_way().await;
            let speaker = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
            let mut at_once = 0;
            for said in 1..=100 {
                speaker.send_to(&[0], address).unwrap();
                give_way().await;
                at_once += u32::from(heard.load(Ordering::Relaxed) == said);
            }
            assert!(at_once > 80, "{at_once} of 100");
        });
        runtime.block_on(alone).unwrap();
    }
}
