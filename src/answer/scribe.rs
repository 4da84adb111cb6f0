//! Deltas to the story and to the consumer; start-up is held back until content comes.

use super::seam::Seam;
use super::story::Told;
use crate::llm::{Delta, Evidence, Failure, Family, Usage};
use crate::mailbox::Letter;

/// What one attempt has said so far.
#[derive(Debug)]
pub struct Scribe {
    pub evidence: Evidence,
    /// The id and model, told when there is something to tell of.
    id: Option<String>,
    model: Option<String>,
    /// Token counts of this attempt, and of those that it goes on from.
    usage: Option<Usage>,
    earlier: Usage,
    /// Where this attempt meets what came before, if it goes on with it.
    seam: Option<Seam>,
    /// Whether what came before is void once this attempt has something to say.
    voids: bool,
    attempt: u64,
    /// Pieces of visible text in the answer so far.
    pub pieces: u64,
    /// What the provider says went wrong, or what was refused here.
    pub failure: Option<Failure>,
    begun: bool,
}

impl Scribe {
    /// Before the first attempt.
    pub fn new(family: Family, choices: u32) -> Self {
        Self {
            evidence: Evidence::new(family, choices),
            id: None,
            model: None,
            usage: None,
            earlier: Usage::default(),
            seam: None,
            voids: false,
            attempt: 0,
            pieces: 0,
            failure: None,
            begun: false,
        }
    }

    /// An attempt begins from the beginning.
    pub fn ask(&mut self, family: Family, choices: u32, attempt: u64, voids: bool) {
        *self = Self { voids, attempt, ..Self::new(family, choices) };
    }

    /// An attempt goes on behind `seam`.
    pub fn go_on(&mut self, family: Family, attempt: u64, seam: Seam) {
        let mut earlier = self.earlier;
        earlier.add(self.usage.unwrap_or_default());
        let seam = Some(seam);
        let pieces = self.pieces;
        *self = Self { earlier, seam, attempt, pieces, begun: true, ..Self::new(family, 1) };
    }

    /// An attempt brings what the server kept.
    pub fn fetch(&mut self, attempt: u64) {
        self.attempt = attempt;
        self.failure = None;
    }

    /// Whether the endpoint's word that nothing follows proves that the answer is complete.
    pub const fn trust_done(&mut self, trusted: bool) {
        self.evidence = self.evidence.trusting_done(trusted);
    }

    /// The provider's id of the answer.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Whether the consumer saw anything of this attempt, or of those that it goes on from.
    pub const fn has_begun(&self) -> bool {
        self.begun
    }

    /// Token counts of this attempt.
    pub const fn usage(&self) -> Option<Usage> {
        self.usage
    }

    /// Takes a delta in.
    pub fn hear(&mut self, delta: &Delta<'_>, told: &mut Told, put: &mut dyn FnMut(&Letter<'_>)) {
        self.evidence.note(delta);
        let heard = match *delta {
            Delta::Start { id, model } => {
                self.id = id.map(str::to_owned).or(self.id.take());
                self.model = model.map(str::to_owned).or(self.model.take());
                // What is told late is told on; a continued answer keeps what it has.
                if self.begun && self.seam.is_none() { told.tell(delta, put) } else { Ok(()) }
            }
            Delta::Usage(usage) => {
                self.usage.get_or_insert_default().update(usage);
                self.tell_usage(told, put)
            }
            Delta::Reset => {
                if self.begun {
                    told.reset(self.attempt, put);
                }
                (self.begun, told.begun) = (false, false);
                (self.usage, self.seam, self.pieces) = (None, None, 0);
                (self.id, self.model) = (None, None);
                Ok(())
            }
            Delta::Error(failure) => Err(failure.clone()),
            Delta::Done => Ok(()),
            Delta::Content { choice, text } => self.content(choice, text, told, put),
            _ => self.begin(told, put).and_then(|()| told.tell(delta, put)),
        };
        if let Err(failure) = heard {
            self.failure.get_or_insert(failure);
        }
    }

    /// The attempt completed the answer: what was held back is told after all.
    pub fn complete(&mut self, told: &mut Told, put: &mut dyn FnMut(&Letter<'_>)) {
        let held = self.seam.as_mut().map(Seam::end).unwrap_or_default();
        let begun = self.begin(told, put).and_then(|()| {
            if held.is_empty() {
                return Ok(());
            }
            told.tell(&Delta::Content { choice: 0, text: &held }, put)
        });
        if let Err(failure) = begun {
            self.failure.get_or_insert(failure);
        }
    }

    fn content(
        &mut self,
        choice: u32,
        text: &str,
        told: &mut Told,
        put: &mut dyn FnMut(&Letter<'_>),
    ) -> Result<(), Failure> {
        self.pieces += 1;
        self.begin(told, put)?;
        let Some(seam) = self.seam.as_mut().filter(|seam| choice == 0 && !seam.is_open()) else {
            return told.tell(&Delta::Content { choice, text }, put);
        };
        let new = seam.feed(text);
        if new.is_empty() {
            return Ok(());
        }
        told.tell(&Delta::Content { choice, text: &new }, put)
    }

    /// The first that is more than start-up: from now on the attempt can be seen.
    fn begin(&mut self, told: &mut Told, put: &mut dyn FnMut(&Letter<'_>)) -> Result<(), Failure> {
        if self.begun {
            return Ok(());
        }
        self.begun = true;
        if self.voids && told.begun {
            told.reset(self.attempt, put);
        }
        told.begun = true;
        let (id, model) = (self.id.as_deref(), self.model.as_deref());
        told.tell(&Delta::Start { id, model }, put)?;
        self.tell_usage(told, put)
    }

    /// Token counts go with the answer, so they wait for it.
    fn tell_usage(&self, told: &mut Told, put: &mut dyn FnMut(&Letter<'_>)) -> Result<(), Failure> {
        let Some(usage) = self.usage.filter(|_| self.begun) else { return Ok(()) };
        let mut sum = self.earlier;
        sum.add(usage);
        told.tell(&Delta::Usage(sum), put)
    }
}
