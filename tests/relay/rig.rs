//! A production and the log that it appends to, on a clock of the test.

use std::time::Duration;

use perennial_sse::log::{End, Entry, Kind, LogError};
use perennial_sse::relay::{OnDisconnect, Policy, Production, Step};

pub const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Nothing ends of itself.
pub const POLICY: Policy = Policy {
    lease: Duration::from_secs(15),
    idle: None,
    max_bytes: 1 << 20,
    on_disconnect: OnDisconnect::Continue,
};

/// Obeys a production as its driver does, with a log that takes everything.
pub struct Rig {
    pub production: Production,
    pub now: Duration,
    /// When each entry was appended.
    pub appended: Vec<(Duration, Entry)>,
    pub renewed: Vec<Duration>,
    pub aborted: Option<Duration>,
    pub ended: Option<End>,
    pub over: bool,
    /// What the log says to the next append or renewal.
    pub refusal: Option<LogError>,
}

impl Rig {
    pub fn new(policy: Policy) -> Self {
        Self {
            production: Production::new(policy, Kind::Frames, ms(0)),
            now: ms(0),
            appended: Vec::new(),
            renewed: Vec::new(),
            aborted: None,
            ended: None,
            over: false,
            refusal: None,
        }
    }

    pub fn frame(&mut self, frame: &str) {
        self.production.frame(frame.as_bytes(), self.now);
        self.settle();
    }

    /// Does everything that is to be done now; returns until when it may rest.
    pub fn settle(&mut self) -> Option<Duration> {
        loop {
            match self.production.next(self.now) {
                Step::Append { seq, entry } => {
                    assert_eq!(seq, self.appended.len() as u64 + 1, "no hole");
                    let frames = entry.frames();
                    let result = self.refusal.take().map_or(Ok(frames), Err);
                    if result.is_ok() {
                        self.appended.push((self.now, entry));
                    }
                    self.production.appended(result, self.now);
                }
                Step::Renew => {
                    self.renewed.push(self.now);
                    let result = self.refusal.take().map_or(Ok(()), Err);
                    self.production.renewed(result, self.now);
                }
                Step::Abort => {
                    assert_eq!(self.aborted, None, "once");
                    self.aborted = Some(self.now);
                }
                Step::Finish(end) => {
                    assert_eq!(self.ended, None, "once");
                    self.ended = Some(end);
                    self.production.finished();
                }
                Step::Rest(until) => {
                    assert!(until > self.now, "a rest is no busy wait");
                    return Some(until);
                }
                Step::Over => {
                    self.over = true;
                    return None;
                }
            }
        }
    }

    /// Lets time pass, from one moment that matters to the next.
    pub fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(next) = self.settle().filter(|next| *next <= until) {
            self.now = next;
        }
        self.now = until;
        self.settle();
    }

    pub fn frames(&self) -> Vec<String> {
        let frames = self.appended.iter().flat_map(|(_, entry)| {
            (0..).map_while(|at| Some(String::from_utf8_lossy(entry.frame(at)?).into_owned()))
        });
        frames.collect()
    }
}
