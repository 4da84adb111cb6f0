//! How long a stream goes on before it lets others have their turn.

use std::time::Duration;

use tokio::time::Instant;

/// As long as it takes to read a few hundred KiB of events. What a server sends may be a thousand times
/// as large once it is decompressed, and mean nothing: without a bound it would be read in one go, while
/// all other streams of the thread, their clocks and `close()` wait.
const LONGEST: Duration = Duration::from_micros(500);

/// The turn of one stream.
#[derive(Debug, Default)]
pub struct Turn {
    began: Option<Instant>,
}

impl Turn {
    /// The stream waits, so others have their turn; the next one begins with what comes.
    pub fn pause(&mut self) {
        self.began = None;
    }

    /// Whether others should have their turn at `now`. The next one begins here: the longer others take,
    /// the shorter it is.
    pub fn is_over(&mut self, now: Instant) -> bool {
        let over = now - *self.began.get_or_insert(now) >= LONGEST;
        if over {
            self.began = Some(now);
        }
        over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Duration = Duration::from_micros(100);

    #[test]
    fn it_is_over_when_the_stream_has_gone_on_for_so_long() {
        let (mut turn, start) = (Turn::default(), Instant::now());
        let over: Vec<u32> = (0..12).filter(|step| turn.is_over(start + *step * STEP)).collect();
        assert_eq!(over, [5, 10]);
    }

    #[test]
    fn waiting_ends_it_without_a_word() {
        let (mut turn, start) = (Turn::default(), Instant::now());
        for step in 0..100 {
            assert!(!turn.is_over(start + step * STEP));
            if step % 5 == 4 {
                turn.pause();
            }
        }
    }
}
