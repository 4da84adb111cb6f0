//! Everything that was ever appended, kept for ever: too simple to be wrong.

use std::collections::BTreeMap;

/// A run as a list of its frames, by place.
#[derive(Debug, Default)]
pub struct OracleRun {
    pub frames: Vec<((u64, u32), Vec<u8>)>,
    pub last: u64,
    pub ended: Option<&'static str>,
    pub token: u64,
    pub leased: u64,
    pub expires: Option<u64>,
}

/// Runs by id, and times in milliseconds.
#[derive(Debug, Default)]
pub struct Oracle {
    pub runs: BTreeMap<usize, OracleRun>,
}

/// For how long a lost run is kept.
const LOST: u64 = 600_000;

impl Oracle {
    /// Time passes.
    pub fn turn(&mut self, now: u64) {
        for run in self.runs.values_mut() {
            if run.ended.is_none() && run.leased <= now {
                run.ended = Some("lost");
                // The log notices when it is asked, which this model cannot know: it asks after each step.
                run.expires = Some(now + LOST);
            }
        }
        self.runs.retain(|_, run| run.expires.is_none_or(|expires| expires > now));
    }

    /// What a reader behind a place has yet to read.
    pub fn behind(&self, id: usize, after: (u64, u32)) -> Vec<Vec<u8>> {
        let frames = self.runs.get(&id).map(|run| &run.frames[..]).unwrap_or_default();
        frames.iter().filter(|(at, _)| *at > after).map(|(_, frame)| frame.clone()).collect()
    }
}
