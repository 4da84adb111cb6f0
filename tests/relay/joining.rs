//! For how long frames wait for others.

use super::rig::{POLICY, Rig, ms};

/// When each entry was appended, and how many frames it has.
fn entries(rig: &Rig) -> Vec<(u128, usize)> {
    rig.appended.iter().map(|(at, entry)| (at.as_millis(), entry.frames())).collect()
}

#[test]
fn a_frame_that_is_alone_goes_at_once() {
    let mut rig = Rig::new(POLICY);
    for _ in 0..5 {
        rig.frame("x");
        rig.pass(ms(20));
    }
    assert_eq!(entries(&rig), [(0, 1), (20, 1), (40, 1), (60, 1), (80, 1)]);
}

#[test]
fn the_faster_they_come_the_longer_they_wait_up_to_a_tenth_of_a_second() {
    let mut rig = Rig::new(POLICY);
    for _ in 0..500 {
        rig.frame("x");
        rig.pass(ms(1));
    }
    let appended = entries(&rig);
    assert_eq!(appended[..2], [(0, 1), (20, 19)]);
    let gaps: Vec<u128> = appended.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    assert_eq!(gaps[..4], [20, 40, 80, 100]);
    assert!(gaps[4..].iter().all(|gap| *gap == 100));
    rig.pass(ms(200));
    assert_eq!(rig.frames().len(), 500, "nothing is kept back");
}

#[test]
fn much_does_not_wait() {
    let mut rig = Rig::new(POLICY);
    let piece = "x".repeat(1000);
    for _ in 0..11 {
        rig.production.frame(piece.as_bytes(), rig.now);
    }
    rig.settle();
    // The first is full of frames; two full ones follow at once, the last frames wait.
    assert_eq!(entries(&rig), [(0, 5), (0, 5)]);
    rig.pass(ms(100));
    assert_eq!(rig.frames().len(), 11);
}
