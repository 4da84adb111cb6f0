//! The framing of Server-Sent Events.
#![forbid(unsafe_code)]

use super::block::{Block, recycle};
use super::framing::{Framing, Oversize};
use super::item::{Event, Item};
use super::lines::{Lines, strip_ending};
use super::state::{Ending, Field, State};
use super::unread::Unread;
use super::whole::{is_id, take_block};

/// How much of a comment is kept, in bytes; the rest is discarded as it arrives.
///
/// Comments carry heartbeats and short notes. A comment line that never ends must not grow memory.
pub const MAX_COMMENT: usize = 4 * 1024;

/// Decodes one body as WHATWG HTML 9.2.5 and 9.2.6 say.
///
/// An event that lies whole in one chunk and has one data line is lent out of that chunk: nothing
/// is copied or allocated. Any other is put together line by line, of fields that mean something
/// alone. Work is linear in the bytes, however they are cut.
#[derive(Debug)]
pub struct Decoder {
    lines: Lines,
    state: State,
    block: Block,
    /// The value of the current line so far, when its field is not `data`.
    staged: Vec<u8>,
    lent: Lent,
    limit: usize,
    /// What stands in no field, where that is asked for.
    unread: Option<Unread>,
}

/// What the last item borrows; it is cleared when the next one is asked for.
#[derive(Clone, Copy, Debug, Default)]
enum Lent {
    #[default]
    Nothing,
    Staged,
    Block,
}

impl Decoder {
    /// A decoder at the start of a body.
    ///
    /// `max_event_size` bounds, in bytes, the data, name and id of one event together with the line
    /// that is being read. `None` disables the bound. Comments and unknown fields do not count:
    /// they are not kept.
    #[must_use]
    pub fn new(max_event_size: Option<usize>) -> Self {
        Self {
            lines: Lines::default(),
            state: State::BODY,
            block: Block::default(),
            staged: Vec::new(),
            lent: Lent::Nothing,
            limit: max_event_size.unwrap_or(usize::MAX),
            unread: None,
        }
    }

    /// One that keeps some of what stands in no field, for [`Framing::take_unread`].
    #[must_use]
    pub fn keeping_unread(mut self) -> Self {
        self.unread = Some(Unread::default());
        self
    }

    /// Keeps a piece of a line that means nothing.
    fn keep(&mut self, before: State, piece: &[u8], ended: bool) {
        let Some(unread) = &mut self.unread else { return };
        match (before, self.state) {
            (State::Name(name), State::Skip) => {
                unread.push(name.text());
                unread.push(piece);
            }
            (_, State::Skip) => unread.push(piece),
            (_, State::Name(name)) if ended && name.field().is_none() => unread.push(name.text()),
            _ => {}
        }
        if ended {
            unread.end_line();
        }
    }

    fn take_back(&mut self) {
        match std::mem::take(&mut self.lent) {
            Lent::Nothing => {}
            Lent::Staged => recycle(&mut self.staged),
            Lent::Block => self.block.clear(),
        }
    }

    /// Whether a block begins here, or one goes on that has said nothing so far.
    fn is_between_blocks(&self) -> bool {
        self.state == State::Line && !self.lines.after_cr() && self.block.is_blank()
    }

    /// Passes over lines that end blocks which say nothing: one by one they are dear, and there may be any
    /// number of them. Out of line: inside the loop of events it cost each of them.
    #[cold]
    #[inline(never)]
    fn pass_blank_lines(&mut self, input: &mut &[u8]) {
        while let Some(rest) = strip_ending(input) {
            *input = rest;
            self.block.forget_retry();
        }
    }

    /// Whether `value` may join the block. The sum is the same however the line was cut, so a body
    /// fails at the same event whatever its chunks.
    fn fits(&self, field: Field, continued: bool, value: &[u8]) -> bool {
        let joint = match field {
            Field::Comment => return true,
            Field::Data => usize::from(!continued && self.block.has_data()),
            Field::Event | Field::Id | Field::Retry => self.staged.len(),
        };
        self.block.size() + joint + value.len() <= self.limit
    }

    fn fail(&mut self) -> Oversize {
        self.block.clear();
        recycle(&mut self.staged);
        self.state = State::Failed;
        Oversize { limit: self.limit }
    }

    /// Keeps a piece of a value whose line goes on, or began, in another chunk.
    fn stage(&mut self, field: Field, continued: bool, piece: &[u8]) {
        match field {
            Field::Data => {
                if !continued {
                    self.block.start_data_line();
                }
                self.block.push_data(piece);
            }
            Field::Comment => {
                let room = MAX_COMMENT - self.staged.len();
                self.staged.extend_from_slice(&piece[..piece.len().min(room)]);
            }
            Field::Event | Field::Id | Field::Retry => self.staged.extend_from_slice(piece),
        }
    }

    /// Reads on in a line; says what it reports, if it ended.
    fn take_line<'i>(
        &mut self,
        piece: &'i [u8],
        ended: bool,
    ) -> Result<Option<Report<'i>>, Oversize> {
        let continued = matches!(self.state, State::Value(_));
        let before = self.state;
        let value = self.state.advance(piece);
        if self.unread.is_some() {
            self.keep(before, piece, ended);
        }
        if !ended {
            if let State::Value(field) = self.state {
                if !self.fits(field, continued, value) {
                    return Err(self.fail());
                }
                self.stage(field, continued, value);
            }
            return Ok(None);
        }
        match self.state.finish() {
            Ending::Ignored => Ok(None),
            Ending::Field(field) if !self.fits(field, continued, value) => Err(self.fail()),
            Ending::Field(field) if continued => Ok(self.end_continued(field, value)),
            Ending::Field(field) => Ok(self.end_line(field, value)),
            Ending::Blank => Ok(Some(Report::Block)),
        }
    }

    /// The item of a report, if it is one.
    fn item<'a, 'i: 'a>(&'a mut self, report: Report<'i>) -> Option<Item<'a>> {
        match report {
            Report::Comment(text) => Some(Item::Comment(text)),
            Report::Staged => {
                self.lent = Lent::Staged;
                Some(Item::Comment(&self.staged))
            }
            Report::Retry(time) => {
                self.block.set_retry(time);
                Some(Item::Retry(time))
            }
            Report::Block => {
                self.lent = Lent::Block;
                let event = self.block.event().map(Item::Event);
                event.or_else(|| self.block.id().map(Item::Id))
            }
        }
    }

    /// Takes in a line that ended in the chunk in which it began; says what it reports.
    fn end_line<'i>(&mut self, field: Field, value: &'i [u8]) -> Option<Report<'i>> {
        match field {
            Field::Data => self.stage(field, false, value),
            Field::Event => self.block.set_name(value),
            Field::Id if is_id(value) => self.block.set_id(value),
            Field::Id => {}
            Field::Retry => return parse_retry(value).map(Report::Retry),
            Field::Comment => {
                return Some(Report::Comment(&value[..value.len().min(MAX_COMMENT)]));
            }
        }
        None
    }

    /// Takes in a line that began in an earlier chunk; says what it reports.
    fn end_continued(&mut self, field: Field, rest: &[u8]) -> Option<Report<'static>> {
        self.stage(field, true, rest);
        let report = match field {
            Field::Data => None,
            Field::Event => {
                self.block.set_name(&self.staged);
                None
            }
            Field::Id => {
                if is_id(&self.staged) {
                    self.block.set_id(&self.staged);
                }
                None
            }
            Field::Retry => parse_retry(&self.staged).map(Report::Retry),
            Field::Comment => return Some(Report::Staged),
        };
        recycle(&mut self.staged);
        report
    }
}

/// What a line reports when it ends.
#[derive(Clone, Copy)]
enum Report<'i> {
    Comment(&'i [u8]),
    /// A comment that was put together from several chunks.
    Staged,
    Retry(u64),
    /// The block is complete.
    Block,
}

impl Framing for Decoder {
    fn next<'a, 'i: 'a>(&'a mut self, input: &mut &'i [u8]) -> Result<Option<Item<'a>>, Oversize> {
        self.take_back();
        if self.state == State::Failed {
            *input = &[];
            return Err(self.fail());
        }
        loop {
            if self.is_between_blocks() {
                if let Some(item) = take_block(input, self.limit, self.block.retry()) {
                    self.block.forget_retry();
                    return Ok(Some(item));
                }
                if strip_ending(input).is_some() {
                    self.pass_blank_lines(input);
                }
            }
            let Some((piece, ended)) = self.lines.take(input) else { return Ok(None) };
            match self.take_line(piece, ended) {
                Ok(None) => {}
                Ok(Some(Report::Block)) if self.block.says_nothing() => self.block.clear(),
                Ok(Some(report)) => return Ok(self.item(report)),
                Err(oversize) => {
                    *input = &[];
                    return Err(oversize);
                }
            }
        }
    }

    /// A last data line without a line ending counts as far as it came. Any other unfinished line
    /// is dropped: half an id or a name would be wrong, not incomplete.
    fn end(&mut self) -> Option<Event<'_>> {
        self.take_back();
        if self.state == State::Colon(Field::Data) {
            self.block.start_data_line();
        }
        self.keep(self.state, &[], true);
        self.state = State::BODY;
        self.lines = Lines::default();
        recycle(&mut self.staged);
        self.lent = Lent::Block;
        self.block.event()
    }

    fn take_unread(&mut self) -> Vec<u8> {
        self.unread.as_mut().map(Unread::take).unwrap_or_default()
    }
}

/// Reads ASCII digits and nothing else; a number too large for 64 bits saturates.
fn parse_retry(value: &[u8]) -> Option<u64> {
    let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    digits.then(|| {
        value.iter().fold(0, |time: u64, digit| {
            time.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
        })
    })
}
