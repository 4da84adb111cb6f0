//! Logs from outside: what was appended is read, once and in order, whatever is asked in between.

#[path = "log/channel.rs"]
mod channel;
#[path = "log/cursor.rs"]
mod cursor;
#[path = "log/entry.rs"]
mod entry;
#[path = "log/model.rs"]
mod model;
#[path = "log/oracle.rs"]
mod oracle;
#[path = "log/runs.rs"]
mod runs;
#[path = "log/store.rs"]
mod store;
