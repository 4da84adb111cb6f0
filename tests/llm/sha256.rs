//! SHA-256 (FIPS 180-4), to compare with the sums in the fixtures' table.

const ROUNDS: usize = 64;

/// The first 32 bits of the fractional parts of the `root`-th roots of the first primes.
fn constants(count: usize, root: f64) -> Vec<u32> {
    let primes = (2_u32..).filter(|n| (2..*n).all(|divisor| n % divisor != 0));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a fraction")]
    let fraction = |prime: u32| {
        let value = f64::from(prime).powf(root.recip());
        ((value - value.floor()) * 2_f64.powi(32)) as u32
    };
    primes.take(count).map(fraction).collect()
}

/// The digest in lower-case hexadecimal.
#[expect(clippy::many_single_char_names, reason = "the names of the standard")]
pub fn hex(text: &str) -> String {
    let constant = constants(ROUNDS, 3.0);
    let mut state: [u32; 8] = constants(8, 2.0).try_into().expect("eight");
    let mut data = text.as_bytes().to_vec();
    data.push(0x80);
    data.resize(data.len().next_multiple_of(64), 0);
    if data.len() - text.len() < 9 {
        data.resize(data.len() + 64, 0);
    }
    let bits = (text.len() as u64 * 8).to_be_bytes();
    let end = data.len() - 8;
    data[end..].copy_from_slice(&bits);
    for block in data.chunks(64) {
        let mut w: Vec<u32> = block
            .chunks(4)
            .map(|word| u32::from_be_bytes(word.try_into().expect("four bytes")))
            .collect();
        for i in 16..ROUNDS {
            let s0 = w[i - 15].rotate_right(7) ^ w[i - 15].rotate_right(18) ^ (w[i - 15] >> 3);
            let s1 = w[i - 2].rotate_right(17) ^ w[i - 2].rotate_right(19) ^ (w[i - 2] >> 10);
            w.push(w[i - 16].wrapping_add(s0).wrapping_add(w[i - 7]).wrapping_add(s1));
        }
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = state;
        for i in 0..ROUNDS {
            let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let chosen = (e & f) ^ (!e & g);
            let first = h.wrapping_add(s1).wrapping_add(chosen);
            let first = first.wrapping_add(constant[i]).wrapping_add(w[i]);
            let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let second = s0.wrapping_add((a & b) ^ (a & c) ^ (b & c));
            (h, g, f, e) = (g, f, e, d.wrapping_add(first));
            (d, c, b, a) = (c, b, a, first.wrapping_add(second));
        }
        for (sum, part) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *sum = sum.wrapping_add(part);
        }
    }
    state.map(|word| format!("{word:08x}")).concat()
}

#[test]
fn it_is_sha_256() {
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(hex(""), empty);
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(hex("abc"), abc);
    let long = "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";
    assert_eq!(hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), long);
}
