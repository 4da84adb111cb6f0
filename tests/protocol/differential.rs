//! The decoder against the standard's own words, on thousands of bodies, however they are cut.

use fastrand::Rng;

use crate::bodies::{body, cut};
use crate::reference::interpret;
use crate::transcript::Transcript;

#[test]
fn small_bodies_mean_the_same_at_every_cut() {
    let mut rng = Rng::with_seed(1);
    for _ in 0..4_000 {
        let body = body(&mut rng, 6);
        let meant = interpret(&body);
        for at in 0..=body.len() {
            let (front, back) = body.split_at(at);
            assert_eq!(Transcript::of([front, back], None), meant, "{body:?} cut at {at}");
        }
        assert_eq!(Transcript::of(body.chunks(1), None), meant, "{body:?} in single bytes");
    }
}

#[test]
fn large_bodies_mean_the_same_in_any_pieces() {
    let mut rng = Rng::with_seed(2);
    for _ in 0..300 {
        let body = body(&mut rng, 400);
        let meant = interpret(&body);
        for longest in [1, 3, 17, 200, 4_000] {
            let chunks = cut(&mut rng, &body, longest);
            assert_eq!(Transcript::of(chunks.iter().copied(), None), meant, "{chunks:?}");
        }
    }
}

#[test]
fn noise_means_the_same_in_any_pieces() {
    const ALPHABET: &[u8] = b"\r\n\n: \0datevnirys19\xEF\xBB\xBF\xF0\x9F";
    let mut rng = Rng::with_seed(3);
    for _ in 0..10_000 {
        let length = rng.usize(..60);
        let noise: Vec<u8> = (0..length).map(|_| ALPHABET[rng.usize(..ALPHABET.len())]).collect();
        let chunks = cut(&mut rng, &noise, 5);
        assert_eq!(Transcript::of(chunks.iter().copied(), None), interpret(&noise), "{chunks:?}");
    }
}

#[test]
fn a_bound_fails_at_the_same_event_however_the_body_is_cut() {
    let mut rng = Rng::with_seed(4);
    let mut failures = 0;
    for _ in 0..4_000 {
        let body = body(&mut rng, 12);
        let limit = Some(rng.usize(..40));
        let whole = Transcript::of([&*body], limit);
        failures += usize::from(whole.failure.is_some());
        for longest in [1, 2, 9, 60] {
            let chunks = cut(&mut rng, &body, longest);
            assert_eq!(
                Transcript::of(chunks.iter().copied(), limit),
                whole,
                "{limit:?} {chunks:?}"
            );
        }
    }
    assert!((500..3_500).contains(&failures), "{failures} of 4000 bodies outgrew their bound");
}
