//! Gemini's calls, which come whole or value by value.
#![forbid(unsafe_code)]

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::calls::Calls;
use super::compact::Compact;
use super::dialect::MAX_PARTS;
use super::failure::Bound;
use super::list::List;
use super::partial_args::{PartialArgs, Room, Value};
use super::scalar::Scalar;
use super::{Delta, Failure};

/// The calls of each alternative. None has an index.
#[derive(Debug, Default)]
pub(super) struct GeminiCalls {
    calls: Calls,
    /// By alternative, if its calls come in parts: the one whose arguments still come.
    parts: Vec<(u32, Option<Open>)>,
    room: Room,
}

/// A call that goes on.
#[derive(Debug)]
struct Open {
    index: u32,
    name: String,
    arguments: PartialArgs,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct GeminiCall<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    name: Scalar<'a>,
    args: Compact<'a>,
    partial_args: List<Partial<'a>, MAX_PARTS>,
    will_continue: Scalar<'a>,
}

/// One value of the arguments, or a piece of a text.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Partial<'a> {
    #[serde(borrow)]
    json_path: Scalar<'a>,
    string_value: Scalar<'a>,
    number_value: Compact<'a>,
    bool_value: Scalar<'a>,
    null_value: Present,
}

/// Whether a field is there, even if it is null.
#[derive(Debug, Default)]
struct Present(bool);

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self(true))
    }
}

impl GeminiCalls {
    pub(super) fn tell(
        &mut self,
        choice: u32,
        call: &GeminiCall<'_>,
        sink: &mut dyn FnMut(Delta<'_>),
    ) -> Result<(), Failure> {
        let partial = call.partial_args.within(Bound::Parts)?;
        let whole = call.args.text()?;
        let (id, name) = (call.id.text(), call.name.text());
        let empty = id.is_none() && name.is_none() && whole.is_empty() && partial.is_empty();
        let known = self.parts.iter().position(|(of, _)| *of == choice);
        if let Some(at) = known {
            let open = &self.parts[at].1;
            if open.as_ref().is_none_or(|open| name.is_some_and(|name| name != open.name)) {
                if empty {
                    // Some end a call twice.
                    return Ok(());
                }
                self.close(choice, sink);
            }
        }
        let open = known.and_then(|at| self.parts[at].1.take());
        let parts = call.will_continue.is_true() || !partial.is_empty() || open.is_some();
        let mut open = if let Some(open) = open {
            open
        } else {
            let index = self.calls.begin(choice)?;
            let arguments = if whole.is_empty() && !parts { "{}" } else { whole };
            sink(Delta::ToolCall { choice, index, id, name, arguments });
            if !parts || !whole.is_empty() {
                return Ok(());
            }
            let name = name.unwrap_or_default().to_owned();
            Open { index, name, arguments: PartialArgs::default() }
        };
        let put =
            partial.iter().try_for_each(|part| match (part.json_path.text(), part.value()?) {
                (Some(path), Some(value)) => open.arguments.put(path, value, &mut self.room),
                _ => Ok(()),
            });
        let goes_on = call.will_continue.is_true();
        let place = known.unwrap_or_else(|| {
            self.parts.push((choice, None));
            self.parts.len() - 1
        });
        // Also behind a value that is refused: the caller may pass over it.
        self.parts[place].1 = Some(open);
        put?;
        if !goes_on {
            self.close(choice, sink);
        }
        Ok(())
    }

    /// Tells the arguments of the call that goes on: only now nothing can come between them.
    pub(super) fn close(&mut self, choice: u32, sink: &mut dyn FnMut(Delta<'_>)) {
        let open = self.parts.iter_mut().find(|(of, _)| *of == choice);
        if let Some(Open { index, arguments, .. }) = open.and_then(|(_, open)| open.take()) {
            let arguments = &*arguments.json();
            sink(Delta::ToolCall { choice, index, id: None, name: None, arguments });
        }
    }
}

impl Partial<'_> {
    fn value(&self) -> Result<Option<Value<'_>>, Failure> {
        if let Scalar::Text(text) = &self.string_value {
            return Ok(Some(Value::Text(text)));
        }
        let number = self.number_value.text()?;
        Ok(Some(match self.bool_value {
            _ if serde_json::from_str::<f64>(number).is_ok() => Value::Json(number),
            // `NaN` and the infinities, which JSON writes as text.
            _ if !number.is_empty() => Value::Text(number),
            Scalar::Bool(true) => Value::Json("true"),
            Scalar::Bool(false) => Value::Json("false"),
            _ if self.null_value.0 => Value::Json("null"),
            _ => return Ok(None),
        }))
    }
}
