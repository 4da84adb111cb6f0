//! The one place through which everything reaches a JavaScript environment.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::Bytes;
use napi::Env;
use napi::bindgen_prelude::{
    Function, Uint8ArraySlice, Uint16Array, Uint16ArraySlice, Uint32Array, Uint32ArraySlice,
};
use napi_derive::napi;

use super::alarm_clock::NativeAlarmClock;
use super::chat_stream::NativeChatStream;
use super::event_stream::NativeEventStream;
use super::hub::NativeHub;
use super::notifier::EventLoopNotifier;
use super::pool::NativePool;
use super::relay::NativeRelay;
use super::shared_store::NativeSharedStore;
use super::stream::Stream;
use super::{chat_options, options, runtime};
use crate::chat::chat;
use crate::delivery::{FanOut, Limits, Mailbox, Notifier, ReadyList};
use crate::pool::Pool;
use crate::stream::wake_coalescing;
use crate::stream::{Control, Endpoints, stream};

/// The streams of one environment, so that they end with it.
#[derive(Debug, Default)]
pub struct Streams(Mutex<HashMap<u32, Weak<Control>>>);

impl Streams {
    fn add(&self, id: u32, control: &Arc<Control>) {
        self.lock().insert(id, Arc::downgrade(control));
    }

    pub fn remove(&self, id: u32) {
        self.lock().remove(&id);
    }

    fn close(&self) {
        let streams = std::mem::take(&mut *self.lock());
        for control in streams.values().filter_map(Weak::upgrade) {
            control.abandon();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u32, Weak<Control>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens mailboxes whose records reach one JavaScript environment.
#[derive(Clone)]
pub struct Mailboxes {
    ready_list: Arc<ReadyList>,
    next_id: Arc<AtomicU32>,
}

impl Mailboxes {
    pub fn open(&self, limits: Limits) -> Arc<Mailbox> {
        Mailbox::new(self.next_id.fetch_add(1, Ordering::Relaxed), limits, &self.ready_list)
    }

    pub fn fan_out(&self) -> Arc<FanOut> {
        FanOut::new(&self.ready_list)
    }
}

/// All streams of one JavaScript environment, and how their records reach it.
#[napi]
pub struct NativeDispatcher {
    mailboxes: Mailboxes,
    notifier: EventLoopNotifier,
    streams: Arc<Streams>,
}

#[napi]
impl NativeDispatcher {
    /// `wake` is called when there is something to drain; `libuv` is the version of the libuv whose
    /// event loop this is.
    #[napi(constructor, catch_unwind)]
    pub fn new(env: Env, wake: Function<'_, (), ()>, libuv: Option<String>) -> napi::Result<Self> {
        let notifier = EventLoopNotifier::new(env, &wake, libuv.as_deref())?;
        let coalesced: Arc<dyn Notifier> = Arc::new(notifier.clone());
        let ready_list = ReadyList::new(move || wake_coalescing::notify(&coalesced));
        let streams = Arc::new(Streams::default());
        env.add_env_cleanup_hook(Arc::clone(&streams), |streams| streams.close())?;
        let mailboxes = Mailboxes { ready_list, next_id: Arc::default() };
        Ok(Self { mailboxes, notifier, streams })
    }

    /// Prepares a stream of events; `options` is the JSON that `lib/options/connect.js` makes.
    #[napi(catch_unwind)]
    pub fn open(
        &self,
        options: String,
        body: Option<Uint8ArraySlice<'_>>,
        pool: Option<&NativePool>,
    ) -> napi::Result<NativeEventStream> {
        let body = body.map(|body| Bytes::copy_from_slice(&body));
        let mut options = options::parse(&options, body)?;
        options.endpoints = pool.map(|pool| Arc::clone(pool.endpoints()));
        let mailbox = self.mailboxes.open(options.mailbox);
        let id = mailbox.id();
        let transport = Arc::new(runtime::client().clone());
        let (control, engine) =
            stream(runtime::handle()?, transport, options, mailbox, fastrand::u64(..));
        self.streams.add(id, &control);
        Ok(NativeEventStream::new(Stream::new(id, control, engine, Arc::clone(&self.streams))))
    }

    /// Prepares an answer; `options` is the JSON that `lib/chat/options.js` makes.
    #[napi(catch_unwind)]
    pub fn open_chat(
        &self,
        options: String,
        body: Uint8ArraySlice<'_>,
        pool: Option<&NativePool>,
    ) -> napi::Result<NativeChatStream> {
        let json = options;
        let mut options = options::parse(&json, Some(Bytes::copy_from_slice(&body)))?;
        let (chat_options, endpoint) = chat_options::parse(&json, &mut options)?;
        options.endpoints = match (pool, endpoint) {
            (Some(pool), _) => Some(Arc::clone(pool.endpoints())),
            (None, Some(endpoint)) => {
                let mut pool = Pool::new(chat_options::ALONE);
                pool.add(endpoint).map_err(|error| options::invalid(&error))?;
                Some(Endpoints::new(pool, |_| ()))
            }
            (None, None) => None,
        };
        let mailbox = self.mailboxes.open(options.mailbox);
        let id = mailbox.id();
        let transport = Arc::new(runtime::client().clone());
        let (control, chat, engine) =
            chat(runtime::handle()?, transport, options, chat_options, mailbox, fastrand::u64(..));
        self.streams.add(id, &control);
        let stream = Stream::new(id, control, engine, Arc::clone(&self.streams));
        Ok(NativeChatStream::new(stream, chat))
    }

    /// Prepares a pool; `options` is the JSON that `lib/pool/endpoint-pool.js` makes.
    #[napi(catch_unwind)]
    pub fn pool(&self, options: String) -> napi::Result<NativePool> {
        // Its notices need no room.
        NativePool::new(&options, self.mailboxes.open(Limits { events: 1, bytes: 1 }))
    }

    /// The relay of the name in `options`, which is the JSON that `lib/options/relay.js` makes.
    #[napi(catch_unwind)]
    pub fn relay(&self, options: String) -> napi::Result<NativeRelay> {
        NativeRelay::new(&options, self.mailboxes.clone())
    }

    /// A store on Redis, at the address in `options`, which is the JSON that `lib/options/store.js` makes.
    #[napi(catch_unwind)]
    pub fn redis_store(&self, options: String) -> napi::Result<NativeSharedStore> {
        NativeSharedStore::new(&options, &self.mailboxes)
    }

    /// The hub of the name in `options`, which is the JSON that `lib/options/hub.js` makes.
    #[napi(catch_unwind)]
    pub fn hub(&self, env: Env, options: String) -> napi::Result<NativeHub> {
        NativeHub::new(env, &options, &self.mailboxes)
    }

    /// Prepares a clock for alarms that outlive their stream.
    #[napi(catch_unwind)]
    pub fn alarm_clock(&self) -> NativeAlarmClock {
        // Its notices need no room.
        NativeAlarmClock::new(self.mailboxes.open(Limits { events: 1, bytes: 1 }))
    }

    /// Moves what is deliverable into the arrays; see `lib/core/batch.js` for their form.
    #[napi(catch_unwind)]
    pub fn drain(&self, mut words: Uint32ArraySlice<'_>, mut units: Uint16ArraySlice<'_>) -> i32 {
        super::batch::drain(&self.mailboxes.ready_list, &mut words, &mut units)
    }

    /// A function that does the same with these arrays each time, and takes less to call.
    #[napi(catch_unwind)]
    pub fn drainer<'env>(
        &self,
        env: &'env Env,
        words: Uint32Array,
        units: Uint16Array,
    ) -> napi::Result<Function<'env, (), i32>> {
        super::batch::drainer(env, Arc::clone(&self.mailboxes.ready_list), words, units)
    }

    /// From now on the notifier keeps the process alive.
    #[napi(catch_unwind)]
    pub fn refer(&self, env: Env) -> napi::Result<()> {
        self.notifier.refer(env)
    }

    /// From now on it does not.
    #[napi(catch_unwind)]
    pub fn unref(&self, env: Env) -> napi::Result<()> {
        self.notifier.unref(env)
    }
}
