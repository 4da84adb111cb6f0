//! Waking an event loop through libuv itself.
//!
//! # Who may do what, and what is alive how long
//!
//! Three things belong together: the *handle*, a `uv_async_t` in the loop of one environment; its
//! [`Callee`], to which the handle's data points; and the [`Waker`], which all threads share.
//!
//! 1. **Threads.** [`Waker::wake`] may be called on any thread, at any time. Everything else happens on
//!    the thread of the environment: [`Waker::new`], `refer`, `unref` and `close`, and what libuv and
//!    Node call, `on_wake`, `on_cleanup` and `on_close`. None of these runs inside another, but for
//!    what JavaScript does within `on_wake`, and `close`, which `new` and `on_cleanup` call.
//! 2. **Open** is the handle from `uv_async_init` until `close`. During all of that time its memory and
//!    its callee live, and the callee is changed only by `new`, before the loop can call `on_wake`.
//! 3. **Closing.** Only `close` closes the handle, and only once: it takes the handle out of the waker
//!    under the write lock. A `wake` under way holds the read lock, so `close` waits for it; a later one
//!    finds nothing. After `uv_close` libuv calls no `on_wake` any more, only `on_close`, once, in a
//!    later turn of the loop.
//! 4. **Freeing.** `on_close` frees the callee, and with it the memory of the handle: libuv is done
//!    with it, and no thread finds its address. The waker itself may outlive both by any time.
//! 5. **The environment** outlives the handle. When it ends, Node calls `on_cleanup`, which closes, and
//!    then runs the loop until `on_close` has removed the hook: only then does it destroy the loop and
//!    the `napi_env`. So every `napi_env` here is alive when it is used. A set-up that fails half-way
//!    closes at once; then there is no hook, and `on_close` finds null where nothing was made.
//! 6. **The code** stays loaded: the addon's runtime retains its module, see `runtime.rs`, before any
//!    thread but JavaScript's gets a waker.
#![allow(unsafe_code, reason = "libuv and Node-API are C")]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

#[cfg(unix)]
use libloading::os::unix::Library;
#[cfg(windows)]
use libloading::os::windows::Library;
use napi::bindgen_prelude::Function;
use napi::{Env, JsValue, sys};

/// A `uv_async_t`.
type Handle = *mut c_void;
type OnHandle = unsafe extern "C" fn(Handle);

/// `UV_ASYNC` of `uv_handle_type`, an enumeration that only grows at its end.
const UV_ASYNC: c_int = 1;
/// What async hooks call it.
const NAME: &str = "perennial-sse";

/// The functions of libuv that are used here, as the program has them that loaded the addon. Their
/// signatures are the same in all of libuv 1.
struct Libuv {
    version: unsafe extern "C" fn() -> *const c_char,
    handle_size: unsafe extern "C" fn(c_int) -> usize,
    async_init: unsafe extern "C" fn(*mut sys::uv_loop_s, Handle, OnHandle) -> c_int,
    async_send: unsafe extern "C" fn(Handle) -> c_int,
    data: unsafe extern "C" fn(Handle) -> *mut c_void,
    set_data: unsafe extern "C" fn(Handle, *mut c_void),
    refer: OnHandle,
    unref: OnHandle,
    close: unsafe extern "C" fn(Handle, OnHandle),
}

impl Libuv {
    fn get() -> Option<&'static Self> {
        static LIBUV: OnceLock<Option<Libuv>> = OnceLock::new();
        LIBUV.get_or_init(Self::find).as_ref()
    }

    /// Whether this is the libuv of that version: a program may have others, or but some of its
    /// functions.
    fn is(&self, version: &str) -> bool {
        // SAFETY: it may be called on any thread, and returns a string with a zero at its end that is
        // never freed.
        unsafe { CStr::from_ptr((self.version)()) }.to_bytes() == version.as_bytes()
    }

    fn find() -> Option<Self> {
        #[cfg(unix)]
        let program = Library::this();
        #[cfg(windows)]
        let program = Library::this().ok()?;
        // SAFETY: the types are those of libuv's header, the same in all of libuv 1, and the program that
        // the symbols belong to is never unloaded. None of them is called before `is` has said that this
        // libuv is the one of Node's loop.
        unsafe {
            Some(Self {
                version: *program.get("uv_version_string").ok()?,
                handle_size: *program.get("uv_handle_size").ok()?,
                async_init: *program.get("uv_async_init").ok()?,
                async_send: *program.get("uv_async_send").ok()?,
                data: *program.get("uv_handle_get_data").ok()?,
                set_data: *program.get("uv_handle_set_data").ok()?,
                refer: *program.get("uv_ref").ok()?,
                unref: *program.get("uv_unref").ok()?,
                close: *program.get("uv_close").ok()?,
            })
        }
    }
}

/// Has the event loop of an environment call a function. It ends with the environment.
pub struct Waker {
    libuv: &'static Libuv,
    /// The address of its environment.
    env: usize,
    /// None from `close` on. Held for reading while the handle is used, so that it is not closed
    /// meanwhile.
    handle: RwLock<Option<Open>>,
}

#[derive(Clone, Copy)]
struct Open(Handle);

// SAFETY: the one thing that other threads do with the address is `uv_async_send`, which libuv allows
// on any thread while the handle is open. `refer`, `unref` and `close` use it on the environment's
// thread alone: the first two compare the environment, the third is unsafe and private.
unsafe impl Send for Open {}
// SAFETY: as above; libuv makes `uv_async_send` of several threads at once one wake-up.
unsafe impl Sync for Open {}

/// What the data of a handle points to, from `new` until `on_close` frees it.
struct Callee {
    waker: Arc<Waker>,
    env: sys::napi_env,
    function: sys::napi_ref,
    context: sys::napi_async_context,
    cleanup: sys::napi_async_cleanup_hook_handle,
    /// The handle itself, as aligned as memory from `malloc`. Never touched here; on the heap, it stays
    /// where it is while this is moved.
    _memory: Vec<u128>,
}

impl Waker {
    /// It does not keep the loop alive. None if the event loop is not one of the libuv of this
    /// version, as far as can be told.
    pub fn new(
        env: Env,
        function: &Function<'_, (), ()>,
        version: &str,
    ) -> napi::Result<Option<Arc<Self>>> {
        let Some(libuv) = Libuv::get().filter(|libuv| libuv.is(version)) else { return Ok(None) };
        let Ok(event_loop) = env.get_uv_event_loop() else { return Ok(None) };
        let name = env.create_string(NAME)?;
        let (env, function) = (env.raw(), function.raw());
        // SAFETY: this is the thread of the environment: `Env` and `Function` are there only while
        // JavaScript calls, and both are of that environment. `event_loop` is its loop, of the libuv whose
        // functions these are. `memory` is as large and as aligned as the handle needs, and is not moved:
        // a `Vec` that moves leaves its memory in place. Once `async_init` has succeeded the handle is
        // open, and given to `close` on every way out but the last; from `set_data` on `on_close` frees
        // what stands behind it. Between the two nothing can fail, and the loop does not run.
        // `callee` is written through its raw pointer alone, so no reference forbids that.
        unsafe {
            let size = (libuv.handle_size)(UV_ASYNC).div_ceil(size_of::<u128>());
            let mut memory = vec![0_u128; size];
            let handle: Handle = memory.as_mut_ptr().cast();
            if (libuv.async_init)(event_loop, handle, on_wake) != 0 {
                return Ok(None);
            }
            (libuv.unref)(handle);
            let open = RwLock::new(Some(Open(handle)));
            let waker = Arc::new(Self { libuv, env: env as usize, handle: open });
            let callee = Box::into_raw(Box::new(Callee {
                waker: Arc::clone(&waker),
                env,
                function: ptr::null_mut(),
                context: ptr::null_mut(),
                cleanup: ptr::null_mut(),
                _memory: memory,
            }));
            (libuv.set_data)(handle, callee.cast());
            let resource = ptr::null_mut();
            let ready = sys::napi_create_reference(env, function, 1, &raw mut (*callee).function)
                == sys::Status::napi_ok
                && sys::napi_async_init(env, resource, name.raw(), &raw mut (*callee).context)
                    == sys::Status::napi_ok
                && sys::napi_add_async_cleanup_hook(
                    env,
                    Some(on_cleanup),
                    callee.cast(),
                    &raw mut (*callee).cleanup,
                ) == sys::Status::napi_ok;
            if !ready {
                waker.close();
                return Ok(None);
            }
            Ok(Some(waker))
        }
    }

    /// The loop calls the function soon: once, however often it is woken until then.
    pub fn wake(&self) {
        self.with_handle(|handle| {
            // SAFETY: it is open while the read lock is held, and this function is made to be called on
            // any thread.
            unsafe { (self.libuv.async_send)(handle) };
        });
    }

    /// From now on it keeps the loop alive.
    pub fn refer(&self, env: Env) {
        if env.raw() as usize == self.env {
            // SAFETY: it is open while the read lock is held. `Env` is there only on the thread of its
            // environment, and it is this one: an open handle's environment lives, and no other has its
            // address meanwhile.
            self.with_handle(|handle| unsafe { (self.libuv.refer)(handle) });
        }
    }

    /// From now on it does not.
    pub fn unref(&self, env: Env) {
        if env.raw() as usize == self.env {
            // SAFETY: as in `refer`.
            self.with_handle(|handle| unsafe { (self.libuv.unref)(handle) });
        }
    }

    /// Closes the handle, unless it is closed already.
    ///
    /// # Safety
    ///
    /// Only on the thread of its environment, once the handle has its data.
    unsafe fn close(&self) {
        let open = self.handle.write().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Open(handle)) = open {
            // SAFETY: it was open: what was closed is no longer in the lock. No other thread held the lock,
            // so none uses the handle, and none finds it from now on.
            unsafe { (self.libuv.close)(handle, on_close) };
        }
    }

    fn with_handle(&self, does: impl FnOnce(Handle)) {
        let handle = self.handle.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(Open(handle)) = *handle {
            does(handle);
        }
    }
}

unsafe extern "C" fn on_wake(handle: Handle) {
    let Some(libuv) = Libuv::get() else { return };
    // SAFETY: libuv calls this on the thread of the loop, which is that of the environment, and only
    // while the handle is open: so its data is a callee that lives, and nothing changes it. What is needed
    // of it is copied out first: JavaScript may end its environment within the call, which closes
    // the handle, but frees nothing before a later turn of the loop. The environment is alive at least
    // until then.
    unsafe {
        let Callee { env, function, context, .. } = *(libuv.data)(handle).cast::<Callee>();
        let mut values = ptr::null_mut();
        if sys::napi_open_handle_scope(env, &raw mut values) == sys::Status::napi_ok {
            call(env, function, context);
            sys::napi_close_handle_scope(env, values);
        }
    }
}

/// Calls the function as Node calls whatever an event loop wakes: ticks and promises run afterwards,
/// and what it throws is an uncaught exception.
///
/// # Safety
///
/// Only on the thread of the environment, within a handle scope, with a reference and an async context
/// of that environment that have not been deleted.
unsafe fn call(env: sys::napi_env, function: sys::napi_ref, context: sys::napi_async_context) {
    let mut callee = ptr::null_mut();
    let mut undefined = ptr::null_mut();
    let mut scope = ptr::null_mut();
    // SAFETY: by this function's contract. The reference is a strong one, so its value is there; the
    // pointers to results are of this frame. A callback scope that was opened is closed on every way out.
    unsafe {
        sys::napi_get_reference_value(env, function, &raw mut callee);
        sys::napi_get_undefined(env, &raw mut undefined);
        let status = sys::napi_open_callback_scope(env, ptr::null_mut(), context, &raw mut scope);
        if status != sys::Status::napi_ok {
            return;
        }
        let status =
            sys::napi_call_function(env, undefined, callee, 0, ptr::null(), ptr::null_mut());
        if status == sys::Status::napi_pending_exception {
            let mut exception = ptr::null_mut();
            sys::napi_get_and_clear_last_exception(env, &raw mut exception);
            sys::napi_fatal_exception(env, exception);
        }
        sys::napi_close_callback_scope(env, scope);
    }
}

/// The environment ends, and waits until the handle is closed.
unsafe extern "C" fn on_cleanup(_: sys::napi_async_cleanup_hook_handle, callee: *mut c_void) {
    // SAFETY: Node calls this once, on the thread of the environment, with the callee that `new` gave to
    // the hook. It lives: only `on_close` frees it, which follows a `close`, and of a handle with a hook
    // this is the only one. The clone keeps the waker alive during the call.
    unsafe { (*callee.cast::<Callee>()).waker.clone().close() };
}

unsafe extern "C" fn on_close(handle: Handle) {
    let Some(libuv) = Libuv::get() else { return };
    // SAFETY: libuv calls this once for the one `uv_close`, on the thread of the loop, and uses the handle
    // no more. Its data is the callee that `new` leaked, which nothing else frees, and to which nothing
    // else refers: `on_wake` is not called any more, `on_cleanup` has run or is taken back here. The
    // environment is alive: it waits for its hook to be removed, which comes last. The memory of
    // the handle goes with the callee, at the end of this block.
    unsafe {
        let callee = Box::from_raw((libuv.data)(handle).cast::<Callee>());
        if !callee.function.is_null() {
            sys::napi_delete_reference(callee.env, callee.function);
        }
        if !callee.context.is_null() {
            sys::napi_async_destroy(callee.env, callee.context);
        }
        if !callee.cleanup.is_null() {
            sys::napi_remove_async_cleanup_hook(callee.cleanup);
        }
    }
}
