//! What wakes a JavaScript environment.

use std::sync::{Arc, PoisonError, RwLock};

use napi::bindgen_prelude::Function;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Status};

use super::event_loop::Waker;
use crate::delivery::Notifier;

/// Weak: it does not keep the process alive unless streams do. One wake-up can be pending.
type Threadsafe = ThreadsafeFunction<(), (), (), Status, false, true, 1>;

/// Calls a function of JavaScript from any thread.
///
/// A thread-safe function of Node-API holds its lock while it wakes the event loop, and takes that
/// lock when the loop runs. Linux likes to run at once, and on the same core, who is woken:
/// JavaScript's thread then sleeps on the lock until the I/O thread has had the core again. With lone
/// events that was so for more than half of them. What is inside of a thread-safe function, libuv's
/// own waker, has no lock.
#[derive(Clone)]
pub enum EventLoopNotifier {
    Waker(Arc<Waker>),
    /// Where no libuv is within reach.
    Threadsafe(Arc<RwLock<Threadsafe>>),
}

impl EventLoopNotifier {
    /// `libuv` is the version of the libuv whose event loop the environment has, if it has one.
    pub fn new(
        env: Env,
        function: &Function<'_, (), ()>,
        libuv: Option<&str>,
    ) -> napi::Result<Self> {
        if let Some(version) = libuv
            && let Some(waker) = Waker::new(env, function, version)?
        {
            return Ok(Self::Waker(waker));
        }
        let threadsafe: Threadsafe = function
            .build_threadsafe_function::<()>()
            .callee_handled::<false>()
            .weak::<true>()
            .max_queue_size::<1>()
            .build()?;
        Ok(Self::Threadsafe(Arc::new(RwLock::new(threadsafe))))
    }

    /// From now on it keeps the process alive.
    #[allow(deprecated, reason = "clones cannot be counted per stream; this is what they wrap")]
    pub fn refer(&self, env: Env) -> napi::Result<()> {
        match self {
            Self::Waker(waker) => {
                waker.refer(env);
                Ok(())
            }
            Self::Threadsafe(function) => {
                function.write().unwrap_or_else(PoisonError::into_inner).refer(&env)
            }
        }
    }

    /// From now on it does not.
    #[allow(deprecated, reason = "clones cannot be counted per stream; this is what they wrap")]
    pub fn unref(&self, env: Env) -> napi::Result<()> {
        match self {
            Self::Waker(waker) => {
                waker.unref(env);
                Ok(())
            }
            Self::Threadsafe(function) => {
                function.write().unwrap_or_else(PoisonError::into_inner).unref(&env)
            }
        }
    }
}

impl Notifier for EventLoopNotifier {
    fn notify(&self) {
        match self {
            Self::Waker(waker) => waker.wake(),
            Self::Threadsafe(function) => {
                let function = function.read().unwrap_or_else(PoisonError::into_inner);
                // A full queue means that a wake-up is pending; a closing one that the environment is
                // gone, and then its cleanup hook ends the streams.
                let _ = function.call((), ThreadsafeFunctionCallMode::NonBlocking);
            }
        }
    }
}
