//! What scripts reply.

use redis::Value;

use super::fault::{Fault, OTHER};

/// The parts of a reply, one after another.
pub struct Parts(std::vec::IntoIter<Value>);

impl Parts {
    /// Of an array.
    pub fn of(value: Value) -> Result<Self, Fault> {
        match value {
            Value::Array(parts) => Ok(Self(parts.into_iter())),
            other => Err(strange(&other)),
        }
    }

    /// The next one.
    pub fn value(&mut self) -> Result<Value, Fault> {
        self.0.next().ok_or_else(|| strange(&Value::Nil))
    }

    /// The next one, a text.
    pub fn text(&mut self) -> Result<String, Fault> {
        String::from_utf8(self.bytes()?).map_err(|_| strange(&Value::Nil))
    }

    /// The next one, bytes.
    pub fn bytes(&mut self) -> Result<Vec<u8>, Fault> {
        bytes(self.value()?)
    }

    /// The next one, a number.
    pub fn number(&mut self) -> Result<i64, Fault> {
        number(&self.value()?)
    }

    /// The next one, of what is counted.
    pub fn count(&mut self) -> Result<u64, Fault> {
        Ok(u64::try_from(self.number()?).unwrap_or(0))
    }

    /// All that are left.
    pub fn rest(self) -> impl Iterator<Item = Value> {
        self.0
    }
}

/// A reply that is bytes.
pub fn bytes(value: Value) -> Result<Vec<u8>, Fault> {
    match value {
        Value::BulkString(bytes) => Ok(bytes),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => Ok(text.into_bytes()),
        Value::Int(number) => Ok(number.to_string().into_bytes()),
        other => Err(strange(&other)),
    }
}

/// A reply that is a number.
pub fn number(value: &Value) -> Result<i64, Fault> {
    match value {
        Value::Int(number) => Ok(*number),
        Value::BulkString(text) => std::str::from_utf8(text)
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| strange(value)),
        other => Err(strange(other)),
    }
}

/// Something else is kept under the key than what was written there.
pub fn strange(_: &Value) -> Fault {
    Fault::Refused(OTHER.to_owned())
}
