//! Deltas to the state of the chat and to the consumer; start-up is held back until content comes.

use super::overlap_trimmer::OverlapTrimmer;
use super::state::ChatState;
use crate::llm::{Delta, Evidence, Failure, Family, Usage};
use crate::record::Record;

/// What one attempt has said so far.
#[derive(Debug)]
pub struct DeltaAssembler {
    pub evidence: Evidence,
    /// The id and model, told when there is something to tell of.
    id: Option<String>,
    model: Option<String>,
    /// Token counts of this attempt, and of those that it goes on from.
    usage: Option<Usage>,
    earlier: Usage,
    /// Where this attempt meets what came before, if it goes on with it.
    trimmer: Option<OverlapTrimmer>,
    /// Whether what came before is void once this attempt has something to say.
    voids: bool,
    attempt: u64,
    /// Pieces of visible text in the answer so far.
    pub pieces: u64,
    /// What the provider says went wrong, or what was refused here.
    pub failure: Option<Failure>,
    begun: bool,
}

impl DeltaAssembler {
    /// Before the first attempt.
    pub fn new(family: Family, choices: u32) -> Self {
        Self {
            evidence: Evidence::new(family, choices),
            id: None,
            model: None,
            usage: None,
            earlier: Usage::default(),
            trimmer: None,
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

    /// An attempt goes on behind `overlap_trimmer`.
    pub fn go_on(&mut self, family: Family, attempt: u64, trimmer: OverlapTrimmer) {
        let mut earlier = self.earlier;
        earlier.add(self.usage.unwrap_or_default());
        let trimmer = Some(trimmer);
        let pieces = self.pieces;
        *self = Self { earlier, trimmer, attempt, pieces, begun: true, ..Self::new(family, 1) };
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
    pub fn push(
        &mut self,
        delta: &Delta<'_>,
        state: &mut ChatState,
        put: &mut dyn FnMut(&Record<'_>),
    ) {
        self.evidence.note(delta);
        let result = match *delta {
            Delta::Start { id, model } => {
                self.id = id.map(str::to_owned).or(self.id.take());
                self.model = model.map(str::to_owned).or(self.model.take());
                // What is told late is told on; a continued answer keeps what it has.
                if self.begun && self.trimmer.is_none() { state.apply(delta, put) } else { Ok(()) }
            }
            Delta::Usage(usage) => {
                self.usage.get_or_insert_default().update(usage);
                self.tell_usage(state, put)
            }
            Delta::Reset => {
                if self.begun {
                    state.reset(self.attempt, put);
                }
                (self.begun, state.begun) = (false, false);
                (self.usage, self.trimmer, self.pieces) = (None, None, 0);
                (self.id, self.model) = (None, None);
                Ok(())
            }
            Delta::Error(failure) => Err(failure.clone()),
            Delta::Done => Ok(()),
            Delta::Content { choice, text } => self.content(choice, text, state, put),
            _ => self.begin(state, put).and_then(|()| state.apply(delta, put)),
        };
        if let Err(failure) = result {
            self.failure.get_or_insert(failure);
        }
    }

    /// The attempt completed the answer: what was held back is told after all.
    pub fn complete(&mut self, state: &mut ChatState, put: &mut dyn FnMut(&Record<'_>)) {
        let held = self.trimmer.as_mut().map(OverlapTrimmer::end).unwrap_or_default();
        let begun = self.begin(state, put).and_then(|()| {
            if held.is_empty() {
                return Ok(());
            }
            state.apply(&Delta::Content { choice: 0, text: &held }, put)
        });
        if let Err(failure) = begun {
            self.failure.get_or_insert(failure);
        }
    }

    fn content(
        &mut self,
        choice: u32,
        text: &str,
        state: &mut ChatState,
        put: &mut dyn FnMut(&Record<'_>),
    ) -> Result<(), Failure> {
        self.pieces += 1;
        self.begin(state, put)?;
        let Some(trimmer) =
            self.trimmer.as_mut().filter(|trimmer| choice == 0 && !trimmer.is_open())
        else {
            return state.apply(&Delta::Content { choice, text }, put);
        };
        let new = trimmer.feed(text);
        if new.is_empty() {
            return Ok(());
        }
        state.apply(&Delta::Content { choice, text: &new }, put)
    }

    /// The first that is more than start-up: from now on the attempt can be seen.
    fn begin(
        &mut self,
        state: &mut ChatState,
        put: &mut dyn FnMut(&Record<'_>),
    ) -> Result<(), Failure> {
        if self.begun {
            return Ok(());
        }
        self.begun = true;
        if self.voids && state.begun {
            state.reset(self.attempt, put);
        }
        state.begun = true;
        let (id, model) = (self.id.as_deref(), self.model.as_deref());
        state.apply(&Delta::Start { id, model }, put)?;
        self.tell_usage(state, put)
    }

    /// Token counts go with the answer, so they wait for it.
    fn tell_usage(
        &self,
        state: &mut ChatState,
        put: &mut dyn FnMut(&Record<'_>),
    ) -> Result<(), Failure> {
        let Some(usage) = self.usage.filter(|_| self.begun) else { return Ok(()) };
        let mut sum = self.earlier;
        sum.add(usage);
        state.apply(&Delta::Usage(sum), put)
    }
}
