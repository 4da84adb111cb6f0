//! A list with an end.
#![forbid(unsafe_code)]

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::dialect::MAX_PARTS;
use super::failure::Bound;
use super::{Class, Failure};

/// The first `N` items of a list, and whether there were more. Null is an empty list.
#[derive(Clone, Debug)]
pub(super) struct List<T, const N: usize> {
    items: Vec<T>,
    over: bool,
}

impl<T, const N: usize> List<T, N> {
    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The items, if the list had an end.
    pub(super) fn within(&self, bound: Bound) -> Result<&[T], Failure> {
        if self.over {
            return Err(Failure::refused(Class::Bound(bound)));
        }
        Ok(&self.items)
    }
}

/// The first items of what should be a list; none where it has another shape.
pub(super) fn list<'a, T: Deserialize<'a>>(value: Option<&'a RawValue>) -> Vec<T> {
    let list = value.and_then(|it| serde_json::from_str::<List<T, MAX_PARTS>>(it.get()).ok());
    list.map(|list| list.items).unwrap_or_default()
}

impl<T, const N: usize> Default for List<T, N> {
    fn default() -> Self {
        Self { items: Vec::new(), over: false }
    }
}

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for List<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Items(PhantomData))
    }
}

/// Reads the items of a list.
struct Items<T, const N: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for Items<T, N> {
    type Value = List<T, N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(List::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        // Nearly every list has one item.
        let mut items = Vec::with_capacity(1);
        while items.len() < N {
            let Some(item) = list.next_element()? else { return Ok(List { items, over: false }) };
            items.push(item);
        }
        let mut over = false;
        while list.next_element::<IgnoredAny>()?.is_some() {
            over = true;
        }
        Ok(List { items, over })
    }
}
