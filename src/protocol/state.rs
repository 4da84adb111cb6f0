//! Where in a line the decoder stands.
#![forbid(unsafe_code)]

/// The UTF-8 byte order mark.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// The length of the longest names that mean something, `event` and `retry`.
const LONGEST: usize = 5;

/// A field that means something. A comment is a field with an empty name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Comment,
    Data,
    Event,
    Id,
    Retry,
}

impl Field {
    /// The field that a line begins with, if its name and colon are there, and what follows them.
    pub(super) fn leading(line: &[u8]) -> Option<(Self, &[u8])> {
        Some(match line {
            [b'd', b'a', b't', b'a', b':', value @ ..] => (Self::Data, value),
            [b'i', b'd', b':', value @ ..] => (Self::Id, value),
            [b'e', b'v', b'e', b'n', b't', b':', value @ ..] => (Self::Event, value),
            [b':', value @ ..] => (Self::Comment, value),
            _ => return None,
        })
    }

    fn named(name: &[u8]) -> Option<Self> {
        match name {
            b"" => Some(Self::Comment),
            b"data" => Some(Self::Data),
            b"event" => Some(Self::Event),
            b"id" => Some(Self::Id),
            b"retry" => Some(Self::Retry),
            _ => None,
        }
    }
}

/// The part of a field name that has been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Name {
    bytes: [u8; LONGEST],
    length: u8,
}

impl Name {
    /// Appends, or says `None` when the name has become too long to mean anything.
    fn with(mut self, more: &[u8]) -> Option<Self> {
        let start = usize::from(self.length);
        let length = start + more.len();
        self.bytes.get_mut(start..length)?.copy_from_slice(more);
        self.length = u8::try_from(length).ok()?;
        Some(self)
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    pub(super) fn field(self) -> Option<Field> {
        Field::named(&self.bytes[..usize::from(self.length)])
    }
}

/// What a line turned out to be when it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Blank,
    Field(Field),
    /// A line that means nothing: its field is unknown.
    Ignored,
}

/// Where in a line the decoder stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// At the start of the body, so many bytes into a byte order mark.
    Mark(u8),
    /// At the start of a line.
    Line,
    /// In the field name.
    Name(Name),
    /// Behind the colon, where one space does not count.
    Colon(Field),
    /// In the value.
    Value(Field),
    /// In a line that means nothing; nothing of it is kept.
    Skip,
    /// Past an event that was too large.
    Failed,
}

impl State {
    pub(super) const BODY: Self = Self::Mark(0);

    /// Reads on in `piece`, which holds no line ending; returns what of it belongs to the value.
    pub(super) fn advance<'i>(&mut self, mut piece: &'i [u8]) -> &'i [u8] {
        if let Self::Mark(taken) = *self {
            piece = self.advance_mark(taken, piece);
        }
        match *self {
            Self::Line => {
                // Nearly every name comes whole.
                if let Some((field, value)) = Field::leading(piece) {
                    *self = Self::Colon(field);
                    piece = value;
                } else if !piece.is_empty() {
                    piece = self.advance_name(Name::default(), piece);
                }
            }
            Self::Name(name) => piece = self.advance_name(name, piece),
            _ => {}
        }
        if let Self::Colon(field) = *self
            && !piece.is_empty()
        {
            *self = Self::Value(field);
            piece = piece.strip_prefix(b" ").unwrap_or(piece);
        }
        if let Self::Value(_) = self { piece } else { &[] }
    }

    fn advance_mark<'i>(&mut self, taken: u8, mut piece: &'i [u8]) -> &'i [u8] {
        for (taken, byte) in (taken..).zip(&MARK[usize::from(taken)..]) {
            let Some((first, rest)) = piece.split_first() else {
                *self = Self::Mark(taken);
                return piece;
            };
            if first != byte {
                // What looked like the beginning of a mark is the beginning of an unknown name.
                *self = if taken == 0 { Self::Line } else { Self::Skip };
                return piece;
            }
            piece = rest;
        }
        *self = Self::Line;
        piece
    }

    fn advance_name<'i>(&mut self, name: Name, piece: &'i [u8]) -> &'i [u8] {
        // A colon further away ends a name that means nothing, so it need not be found.
        let near = &piece[..piece.len().min(LONGEST + 1)];
        let colon = near.iter().position(|byte| *byte == b':');
        let name = name.with(&near[..colon.unwrap_or(near.len())]);
        *self = match (name, colon) {
            (Some(name), None) => Self::Name(name),
            (Some(name), Some(_)) => name.field().map_or(Self::Skip, Self::Colon),
            (None, _) => Self::Skip,
        };
        colon.map_or(&[], |at| &piece[at + 1..])
    }

    /// Ends the line: what it was. The next line starts.
    pub(super) fn finish(&mut self) -> Ending {
        let ended = *self;
        *self = Self::Line;
        match ended {
            Self::Line | Self::BODY => Ending::Blank,
            Self::Name(name) => name.field().map_or(Ending::Ignored, Ending::Field),
            Self::Colon(field) | Self::Value(field) => Ending::Field(field),
            Self::Mark(_) | Self::Skip | Self::Failed => Ending::Ignored,
        }
    }
}
