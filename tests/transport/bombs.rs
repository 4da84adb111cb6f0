//! A few bytes of brotli that become millions. Its decoder fills its whole window before it puts out the
//! first byte of it, so that no step of ours bounds what it does: another thread has to do it.

use std::future::poll_fn;
use std::sync::mpsc;
use std::task::Poll;

use tokio::runtime::Builder;
use tokio::task::{spawn_blocking, yield_now};

use super::encodings::head;
use super::server::{Server, dial, get, read};

/// 16 MiB of line feeds, in a window of 4 MiB.
const ORDINARY_WINDOW: (&[u8], usize) = (
    &[
        0xcb, 0xff, 0xff, 0x3f, 0x00, 0x24, 0x14, 0xe2, 0xb1, 0x40, 0x72, 0xef, 0xff, 0xf2, 0xff,
        0xff, 0x0f, 0x80, 0x04, 0x40, 0x1c, 0x16, 0x80, 0xee, 0xfd, 0x1f,
    ],
    16 << 20,
);

/// 32 MiB of them, in a window of 16 MiB.
const LARGEST_WINDOW: (&[u8], usize) = (
    &[
        0xcf, 0xff, 0xff, 0x7f, 0x00, 0x24, 0x14, 0xe2, 0xb1, 0x40, 0x72, 0xef, 0xff, 0xf3, 0xff,
        0xff, 0x1f, 0x80, 0x04, 0x40, 0x1c, 0x16, 0x80, 0xee, 0xfd, 0x3f,
    ],
    32 << 20,
);

/// How much of a bomb the thread that reads it decodes itself. Whatever it leaves to another is left
/// here until told otherwise: the only one that could do it is busy.
fn decoded_in_place((bomb, size): (&[u8], usize)) -> usize {
    let mut builder = Builder::new_current_thread();
    let runtime = builder.enable_all().max_blocking_threads(1).build().unwrap();
    runtime.block_on(async {
        // In one piece with its head, so that the body needs nothing more from the socket.
        let server = Server::answering([&head("br"), bomb].concat()).await;
        let mut response = dial(get(&server.url("/"))).await.unwrap();
        let (free, told) = mpsc::channel();
        let busy = spawn_blocking(move || told.recv());

        let mut in_place = 0;
        let mut goes_on = async || {
            poll_fn(|cx| {
                Poll::Ready(match response.body.poll_chunk(cx) {
                    Poll::Ready(chunk) => chunk.map(|chunk| chunk.unwrap().len()),
                    Poll::Pending => None,
                })
            })
            .await
        };
        while let Some(length) = goes_on().await {
            in_place += length;
        }
        assert!(in_place < size, "the thread that reads decoded all of it");
        for _ in 0..1_000 {
            yield_now().await;
            assert_eq!(goes_on().await, None, "the thread that reads went on");
        }

        free.send(()).unwrap();
        busy.await.unwrap().unwrap();
        let (rest, error) = read(&mut response).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(in_place + rest.len(), size, "nothing is lost");
        assert!(rest.bytes().all(|byte| byte == b'\n'));
        in_place
    })
}

#[test]
fn another_thread_decodes_what_so_far_became_more_than_ordinary_data_does() {
    let in_place = decoded_in_place(ORDINARY_WINDOW);
    assert!((1..=128 * 1024).contains(&in_place), "{in_place} bytes");
}

#[test]
fn another_thread_decodes_all_of_a_body_whose_window_is_too_large_for_a_turn() {
    assert_eq!(decoded_in_place(LARGEST_WINDOW), 0);
}
