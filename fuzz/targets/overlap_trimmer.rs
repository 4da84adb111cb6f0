//! The trimmer: nothing is lost and nothing comes twice, however a continuation is cut.
#![no_main]

#[allow(dead_code, reason = "the assembler uses more of it")]
#[path = "../../src/chat/overlap_trimmer.rs"]
mod overlap_trimmer;

use libfuzzer_sys::fuzz_target;
use overlap_trimmer::OverlapTrimmer;

fn join(prefill: &str, space: &str, echo: Option<bool>, pieces: &[&str]) -> String {
    let mut trimmer = OverlapTrimmer::new(prefill, space, echo);
    let mut text: String = pieces.iter().map(|piece| trimmer.feed(piece)).collect();
    text.push_str(&trimmer.end());
    text
}

fuzz_target!(|input: (&str, &str, u8)| {
    let (answer, other, choice) = input;
    let mut at = answer.len() * usize::from(choice) / 256;
    while !answer.is_char_boundary(at) {
        at -= 1;
    }
    let (delivered, rest) = answer.split_at(at);
    let prefill = delivered.trim_end();
    let space = &delivered[prefill.len()..];
    let letters: Vec<String> = answer.chars().map(String::from).collect();
    let letters: Vec<&str> = letters.iter().map(String::as_str).collect();

    // An endpoint that repeats what it was given, and one that does not.
    assert_eq!(join(prefill, space, Some(true), &letters), rest);
    assert_eq!(join(prefill, space, Some(true), &[answer]), rest);
    let behind = &answer[prefill.len()..];
    assert_eq!(join(prefill, space, Some(false), &[behind]), rest);
    let behind: Vec<String> = behind.chars().map(String::from).collect();
    let behind: Vec<&str> = behind.iter().map(String::as_str).collect();
    assert_eq!(join(prefill, space, Some(false), &behind), rest);

    // Whatever else it says, of that nothing is lost but what is a repetition.
    let said = join(prefill, space, None, &[other]);
    assert!(other.ends_with(&said));
});
