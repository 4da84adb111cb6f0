//! Random lives: whatever comes, nothing is lost, repeated or out of order, and there is one end.

use std::time::Duration;

use perennial_sse::log::End;
use perennial_sse::relay::{OnDisconnect, Policy};

use super::rig::{Rig, ms};

#[test]
fn random_lives_keep_what_they_promise() {
    let mut chance = fastrand::Rng::with_seed(21);
    for life in 0..3000 {
        let policy = Policy {
            lease: ms(chance.u64(1000..20_000)),
            idle: chance.bool().then(|| ms(chance.u64(100..3000))),
            max_bytes: chance.usize(10..5000),
            on_disconnect: match chance.u8(0..3) {
                0 => OnDisconnect::Continue,
                1 => OnDisconnect::Abort,
                _ => OnDisconnect::Grace(ms(chance.u64(0..2000))),
            },
        };
        let mut rig = Rig::new(policy);
        let mut said = Vec::new();
        let mut bytes = 0;
        for _ in 0..chance.usize(1..60) {
            match chance.u8(0..12) {
                0..=6 => {
                    let frame =
                        format!("{life} {} {}", said.len(), "x".repeat(chance.usize(0..90)));
                    let open = rig.ended.is_none() && !rig.over && rig.aborted.is_none();
                    if open && bytes + frame.len() <= policy.max_bytes {
                        bytes += frame.len();
                        said.push(frame.clone());
                    } else if open {
                        // It is refused, and with it all that would come.
                        bytes = usize::MAX / 2;
                    }
                    rig.production.frame(frame.as_bytes(), rig.now);
                    if chance.bool() {
                        rig.settle();
                    }
                }
                7..=8 => rig.pass(ms(chance.u64(0..1500))),
                9..=10 => {
                    rig.settle();
                    rig.production.readers(chance.usize(0..3), true, rig.now);
                }
                _ if chance.u8(0..4) == 0 => {
                    rig.settle();
                    rig.production.end(End::Done);
                    rig.settle();
                }
                _ => {}
            }
        }
        rig.pass(Duration::from_secs(1));
        let frames = rig.frames();
        assert_eq!(frames, said[..frames.len()], "life {life}");
        if rig.ended == Some(End::Done) || rig.ended.is_none() {
            assert_eq!(frames.len(), said.len(), "life {life}: nothing is kept back");
        }
        assert_eq!(rig.over, rig.ended.is_some());
        let in_time = |pair: &[Duration]| pair[1] <= pair[0] + policy.lease / 3;
        assert!(rig.renewed.windows(2).all(in_time));
    }
}
