//! What a reader writes besides the frames of a run.

use std::time::Duration;

use serde_json::json;

use crate::log::{Cursor, End, Entry, Failure, Generation, Kind, Position};

/// What keeps proxies and clients waiting.
pub const HEARTBEAT: &[u8] = b":\n\n";

/// So many bytes of one run are written at a time.
const PIECE: usize = 32 * 1024;

/// Writes frames of `entry` behind the first `skipped`, each with its id; as many as are worth writing at once,
/// at least one. Returns the place behind the last.
pub fn frames(
    generation: Generation,
    seq: u64,
    entry: &Entry,
    skipped: usize,
    out: &mut Vec<u8>,
) -> Position {
    let mut index = skipped;
    while let Some(frame) = entry.frame(index)
        && (index == skipped || out.len() < PIECE)
    {
        index += 1;
        if entry.kind() == Kind::Frames {
            let position = Position { seq, index: count(index) };
            id(&Cursor::At(generation, position), out);
        }
        out.extend_from_slice(frame);
    }
    Position { seq, index: count(index) }
}

/// Whether another piece is worth adding.
pub const fn is_full(out: &[u8]) -> bool {
    out.len() >= PIECE
}

/// Says that the reader's place is not in this run, so that it begins anew.
pub fn reset(generation: Generation, out: &mut Vec<u8>) {
    let data = json!({ "generation": generation.as_str() });
    out.extend_from_slice(format!("event: reset\ndata: {data}\n\n").as_bytes());
}

/// Says that the source waits before it asks again.
pub fn retry(attempt: u32, delay: Duration, failure: Option<&Failure>) -> String {
    let mut data = json!({ "attempt": attempt, "delay": delay.as_millis() });
    if let Some(failure) = failure {
        data["error"] = failure_json(failure)["error"].take();
    }
    format!("event: retry\ndata: {data}\n\n")
}

/// Says how the run ended. A client that comes back with this id is told that nothing follows.
pub fn end(generation: Generation, end: &End, out: &mut Vec<u8>) {
    id(&Cursor::End(generation), out);
    if let Some(failure) = end.failure() {
        let data = failure_json(&failure);
        out.extend_from_slice(format!("event: failure\ndata: {data}\n").as_bytes());
    }
    out.push(b'\n');
}

/// A failure as clients are told of it.
pub fn failure_json(failure: &Failure) -> serde_json::Value {
    let mut error = json!({ "code": failure.code, "message": failure.message });
    if let Some(kind) = &failure.kind {
        error["kind"] = json!(kind);
    }
    json!({ "error": error })
}

fn id(cursor: &Cursor, out: &mut Vec<u8>) {
    out.extend_from_slice(b"id: ");
    out.extend_from_slice(cursor.to_string().as_bytes());
    out.push(b'\n');
}

fn count(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
