//! Waking an event loop through libuv itself.
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
        // SAFETY: it returns a string that is never freed.
        unsafe { CStr::from_ptr((self.version)()) }.to_bytes() == version.as_bytes()
    }

    fn find() -> Option<Self> {
        #[cfg(unix)]
        let program = Library::this();
        #[cfg(windows)]
        let program = Library::this().ok()?;
        // SAFETY: the types are those of libuv's header, and the program is never unloaded.
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
    /// None once the environment ends. Held for reading while the handle is used, so that nobody
    /// closes it meanwhile.
    handle: RwLock<Option<Open>>,
}

#[derive(Clone, Copy)]
struct Open(Handle);

// SAFETY: what other threads do with it is `uv_async_send`, which is made for that.
unsafe impl Send for Open {}
// SAFETY: as above.
unsafe impl Sync for Open {}

/// What stands behind a handle, until it is closed.
struct Callee {
    waker: Arc<Waker>,
    env: sys::napi_env,
    function: sys::napi_ref,
    context: sys::napi_async_context,
    cleanup: sys::napi_async_cleanup_hook_handle,
    /// The handle itself, as aligned as memory from `malloc`.
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
        // SAFETY: this is JavaScript's thread, and the values are of its environment.
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
            // SAFETY: it is open, and made to be called from any thread.
            unsafe { (self.libuv.async_send)(handle) };
        });
    }

    /// From now on it keeps the loop alive.
    pub fn refer(&self, env: Env) {
        if env.raw() as usize == self.env {
            // SAFETY: it is open, and this is the thread of its environment.
            self.with_handle(|handle| unsafe { (self.libuv.refer)(handle) });
        }
    }

    /// From now on it does not.
    pub fn unref(&self, env: Env) {
        if env.raw() as usize == self.env {
            // SAFETY: it is open, and this is the thread of its environment.
            self.with_handle(|handle| unsafe { (self.libuv.unref)(handle) });
        }
    }

    /// Only on the thread of its environment.
    unsafe fn close(&self) {
        let open = self.handle.write().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Open(handle)) = open {
            // SAFETY: it was open, and nobody finds it from now on.
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
    // SAFETY: the handle is open, and so its data a `Callee`; the loop runs on JavaScript's thread.
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
unsafe fn call(env: sys::napi_env, function: sys::napi_ref, context: sys::napi_async_context) {
    let mut callee = ptr::null_mut();
    let mut undefined = ptr::null_mut();
    let mut scope = ptr::null_mut();
    // SAFETY: within a handle scope of this environment, on its thread.
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
    // SAFETY: it was given to the hook, which runs once, on the thread of the environment.
    unsafe { (*callee.cast::<Callee>()).waker.clone().close() };
}

unsafe extern "C" fn on_close(handle: Handle) {
    let Some(libuv) = Libuv::get() else { return };
    // SAFETY: libuv is done with the handle, and nobody else has what stands behind it.
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
