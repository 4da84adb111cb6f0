//! Numbers for tool calls that have none.
#![forbid(unsafe_code)]

use super::Failure;
use super::dialect::tool_call;

/// How many calls each alternative has made.
#[derive(Debug, Default)]
pub(super) struct Calls(Vec<(u32, usize)>);

impl Calls {
    /// The index of a call that begins.
    pub(super) fn begin(&mut self, choice: u32) -> Result<u32, Failure> {
        let count = self.count(choice);
        let index = tool_call(*count)?;
        *count += 1;
        Ok(index)
    }

    /// The index of the call that goes on; the first, if none has begun.
    pub(super) fn resume(&mut self, choice: u32) -> Result<u32, Failure> {
        match self.count(choice).checked_sub(1) {
            Some(last) => tool_call(last),
            None => self.begin(choice),
        }
    }

    fn count(&mut self, choice: u32) -> &mut usize {
        let place = self.0.iter().position(|(of, _)| *of == choice);
        let place = place.unwrap_or_else(|| {
            self.0.push((choice, 0));
            self.0.len() - 1
        });
        &mut self.0[place].1
    }
}
