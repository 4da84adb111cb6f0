//! Where a continued answer meets what came before.

/// The shortest beginning that is taken for an echo although the plan does not say that there will be one, in
/// bytes. A model may well begin with the few words that it ended with; a whole paragraph is an echo.
const TELLING: usize = 64;

/// Takes from the front of a continuation what was delivered before: an echo of the beginning, and
/// the white space that the endpoint was not given.
#[derive(Debug)]
pub struct OverlapTrimmer {
    stage: Stage,
    /// What the endpoint was given to go on from.
    prefill: String,
    /// What was delivered behind that: white space, which the endpoint will write once more.
    space: String,
    /// Text that is not decided yet.
    held: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Echo,
    Space,
    Open,
}

impl OverlapTrimmer {
    /// A trimmer behind `prefill`, which the endpoint was given, and `space`, which it was not. `echo`
    /// says whether it will repeat what it was given; `None` if that is not known.
    #[must_use]
    pub fn new(prefill: &str, space: &str, echo: Option<bool>) -> Self {
        let expected = echo.unwrap_or(prefill.len() >= TELLING) && !prefill.is_empty();
        Self {
            stage: if expected { Stage::Echo } else { Stage::Space },
            prefill: prefill.to_owned(),
            space: space.to_owned(),
            held: String::new(),
        }
    }

    /// Takes the next text; returns what of it, and of what was held back, is new.
    pub fn feed(&mut self, text: &str) -> String {
        self.held.push_str(text);
        if self.stage == Stage::Echo {
            if self.held.len() < self.prefill.len() && self.prefill.starts_with(&*self.held) {
                return String::new();
            }
            if self.held.starts_with(&*self.prefill) {
                self.held.drain(..self.prefill.len());
            }
            self.stage = Stage::Space;
        }
        if self.stage == Stage::Space {
            if !self.space.is_empty() && self.space.starts_with(&*self.held) {
                return String::new();
            }
            let again = self.space.chars().zip(self.held.chars()).take_while(|(a, b)| a == b);
            let again: usize = again.map(|(_, other)| other.len_utf8()).sum();
            self.held.drain(..again);
            self.stage = Stage::Open;
        }
        std::mem::take(&mut self.held)
    }

    /// The continuation is over; returns what was held back and is no echo after all.
    pub fn end(&mut self) -> String {
        let held = std::mem::take(&mut self.held);
        if self.stage == Stage::Echo { held } else { String::new() }
    }

    /// Whether everything from here on is new.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.stage == Stage::Open
    }
}

#[cfg(test)]
mod tests {
    use super::OverlapTrimmer;

    fn join(delivered: &str, prefill: &str, echo: Option<bool>, pieces: &[&str]) -> String {
        let mut trimmer =
            OverlapTrimmer::new(prefill, delivered.strip_prefix(prefill).unwrap(), echo);
        let mut text = delivered.to_owned();
        for piece in pieces {
            text.push_str(&trimmer.feed(piece));
        }
        text.push_str(&trimmer.end());
        text
    }

    #[test]
    fn an_echo_is_taken_off_however_it_is_cut() {
        for cut in 0..="Hello, world".len() {
            let (one, other) = "Hello, world".split_at(cut);
            assert_eq!(join("Hello", "Hello", Some(true), &[one, other]), "Hello, world");
        }
    }

    #[test]
    fn an_endpoint_that_was_to_echo_and_does_not_loses_nothing() {
        assert_eq!(join("Hello", "Hello", Some(true), &["He", "y!"]), "HelloHey!");
        assert_eq!(join("Hello", "Hello", Some(true), &["He"]), "HelloHe");
    }

    #[test]
    fn a_repetition_that_is_no_echo_stays() {
        assert_eq!(join("ha", "ha", Some(false), &["ha", "ha"]), "hahaha");
        assert_eq!(join("ha", "ha", None, &["ha", "ha"]), "hahaha");
    }

    #[test]
    fn a_long_echo_that_nobody_declared_is_taken_off() {
        let begun = "a sentence that is long enough to be nothing but what was said before it";
        assert_eq!(join(begun, begun, None, &[begun, "."]), format!("{begun}."));
    }

    #[test]
    fn white_space_is_not_sent_twice() {
        assert_eq!(join("one ", "one", Some(false), &[" ", "two"]), "one two");
        assert_eq!(join("one ", "one", Some(false), &[" two"]), "one two");
        assert_eq!(join("one ", "one", Some(false), &["two"]), "one two");
        assert_eq!(join("one\n\n", "one", Some(false), &["\n", "\n\ntwo"]), "one\n\n\ntwo");
        assert_eq!(join("one", "one", Some(false), &[" two"]), "one two");
        assert_eq!(join("one ", "one", Some(true), &["on", "e t", "wo"]), "one two");
    }

    #[test]
    fn white_space_that_the_endpoint_was_given_is_its_own_to_follow() {
        assert_eq!(join("one\n", "one\n", Some(false), &["\ntwo"]), "one\n\ntwo");
    }
}
