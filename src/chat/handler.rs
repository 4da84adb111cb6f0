//! The body handler of an answer.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::attempt::Attempt;
use super::delta_assembler::DeltaAssembler;
use super::options::{ChatOptions, Resume};
use super::plan::Plan;
use super::state::SharedChatState;
use crate::delivery::Mailbox;
use crate::llm::Dialect;
use crate::stream::{Control, Engine, Ignored, Options};
use crate::transport::Transport;

/// An answer that is not asked for yet: its handle, its state, and the engine to give to
/// [`Control::start`].
pub fn chat(
    runtime: &Handle,
    transport: Arc<dyn Transport>,
    options: Options,
    chat_options: ChatOptions,
    mailbox: Arc<Mailbox>,
    seed: u64,
) -> (Arc<Control>, Arc<SharedChatState>, Engine<ChatHandler>) {
    let shared =
        SharedChatState::new(Arc::clone(&mailbox), chat_options.bounds, &chat_options.request_id);
    let handler = ChatHandler::new(Arc::clone(&shared), chat_options, &options);
    let (control, engine) = Engine::new(runtime, transport, options, handler, mailbox, seed);
    (control, shared, engine)
}

/// Reads one answer out of as many bodies as it takes: `decode`, `request` and `judge` are its parts.
pub struct ChatHandler {
    pub(super) shared: Arc<SharedChatState>,
    pub(super) chat_options: ChatOptions,
    pub(super) ignored: Ignored,
    pub(super) dialect: Box<dyn Dialect>,
    pub(super) assembler: DeltaAssembler,
    /// The policies that are left.
    pub(super) policies: Vec<Resume>,
    /// What the next attempt asks for, or the present one did.
    pub(super) plan: Plan,
    /// Behind which event the server was asked for the rest, if it was.
    pub(super) fetched: Option<u64>,
    pub(super) body: Option<bytes::Bytes>,
}

impl ChatHandler {
    fn new(shared: Arc<SharedChatState>, chat_options: ChatOptions, options: &Options) -> Self {
        Self {
            shared,
            ignored: Ignored::new(&options.timeouts),
            dialect: chat_options.family.dialect(),
            assembler: DeltaAssembler::new(chat_options.family, chat_options.choices),
            policies: chat_options.resume.clone(),
            chat_options,
            plan: Plan::Ask,
            fetched: None,
            body: options.body.clone(),
        }
    }

    /// Closes the entry of an attempt that brought so many bytes.
    pub(super) fn log(&mut self, bytes: u64, close: impl FnOnce(&mut Attempt)) {
        let usage = self.assembler.usage();
        if let Some(attempt) = self.shared.lock().attempts.last_mut() {
            attempt.bytes = bytes;
            attempt.usage = usage;
            close(attempt);
        }
    }
}
