//! JSON inside JSON: the arguments of a tool call.
#![forbid(unsafe_code)]

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::failure::Bound;
use super::{Class, Failure};

/// How deep the arguments of a tool call may be nested. No schema comes near it, and a program that reads
/// them recursively is safe.
pub const MAX_DEPTH: usize = 100;

/// Arguments as text: a string as it stands, anything else as compact JSON in the same order.
#[derive(Clone, Debug, Default)]
pub(super) struct Compact<'a> {
    text: Cow<'a, str>,
    deep: bool,
}

impl Compact<'_> {
    /// The text; empty where there was none.
    pub(super) fn text(&self) -> Result<&str, Failure> {
        if self.deep {
            return Err(Failure::refused(Class::Bound(Bound::Depth)));
        }
        Ok(&self.text)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Compact<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Outer)
    }
}

/// Reads the value itself.
struct Outer;

impl Outer {
    fn write<'de, E: Error>(
        write: impl FnOnce(Inner<'_>) -> Result<(), E>,
    ) -> Result<Compact<'de>, E> {
        let (mut out, mut deep) = (Vec::new(), false);
        write(Inner { out: &mut out, depth: 0, deep: &mut deep })?;
        let text = String::from_utf8(out).map_err(E::custom)?;
        Ok(Compact { text: Cow::Owned(text), deep })
    }
}

impl<'de> Visitor<'de> for Outer {
    type Value = Compact<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("arguments")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Compact { text: Cow::Borrowed(text), deep: false })
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Compact { text: Cow::Owned(text.to_owned()), deep: false })
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Compact::default())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Self::write(|inner| inner.visit_bool(value))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Self::write(|inner| inner.visit_u64(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Self::write(|inner| inner.visit_i64(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Self::write(|inner| inner.visit_f64(number))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        Self::write(|inner| inner.visit_seq(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Self::write(|inner| inner.visit_map(map))
    }
}

/// Writes a value behind what `out` holds, at `depth`.
struct Inner<'w> {
    out: &'w mut Vec<u8>,
    depth: usize,
    deep: &'w mut bool,
}

impl Inner<'_> {
    fn scalar<E: Error>(self, value: impl serde::Serialize) -> Result<(), E> {
        serde_json::to_writer(self.out, &value).map_err(E::custom)
    }

    /// The writer of a value inside this one, if it may be nested.
    fn inside(&mut self) -> Inner<'_> {
        Inner { out: self.out, depth: self.depth + 1, deep: self.deep }
    }

    const fn is_too_deep(&mut self) -> bool {
        *self.deep |= self.depth >= MAX_DEPTH;
        *self.deep
    }
}

impl<'de> DeserializeSeed<'de> for Inner<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Inner<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.scalar(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.scalar(value)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.scalar(number)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.scalar(number)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.scalar(number)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.scalar(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        if self.is_too_deep() {
            // Ignored values are skipped without recursion.
            while list.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        self.out.push(b'[');
        let start = self.out.len();
        loop {
            // Only an item that comes tells that a comma was due.
            let end = self.out.len();
            if end > start {
                self.out.push(b',');
            }
            if list.next_element_seed(self.inside())?.is_none() {
                self.out.truncate(end);
                self.out.push(b']');
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        if self.is_too_deep() {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        self.out.push(b'{');
        let mut first = true;
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            if !std::mem::take(&mut first) {
                self.out.push(b',');
            }
            serde_json::to_writer(&mut *self.out, &key).map_err(A::Error::custom)?;
            self.out.push(b':');
            map.next_value_seed(self.inside())?;
        }
        self.out.push(b'}');
        Ok(())
    }
}
