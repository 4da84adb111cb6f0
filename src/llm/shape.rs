//! An object where a gateway may send something else.
#![forbid(unsafe_code)]

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// An object or a string; every other type is the same as absence. Objects that may be so are rare,
/// and boxed: the structs that hold them are moved with every event.
#[derive(Clone, Debug, Default)]
pub(super) enum Shape<'a, T> {
    #[default]
    Nothing,
    Text(Cow<'a, str>),
    Object(Box<T>),
}

impl<T> Shape<'_, T> {
    pub(super) const fn object(&self) -> Option<&T> {
        match self {
            Self::Object(object) => Some(object),
            Self::Nothing | Self::Text(_) => None,
        }
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Shape<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any::<T, false>(PhantomData))
    }
}

/// The first of a list, or what stands where a list might.
#[derive(Clone, Debug, Default)]
pub(super) struct First<'a, T>(pub Shape<'a, T>);

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for First<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any::<T, true>(PhantomData)).map(Self)
    }
}

/// Reads anything, and of a list the first if `FIRST` says so.
struct Any<T, const FIRST: bool>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const FIRST: bool> Visitor<'de> for Any<T, FIRST> {
    type Value = Shape<'de, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
            .map(|object| Shape::Object(Box::new(object)))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Shape::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Shape::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let first = if FIRST { list.next_element()?.unwrap_or_default() } else { Shape::Nothing };
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(first)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Shape::Nothing)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Shape::Nothing)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Shape::Nothing)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Shape::Nothing)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Shape::Nothing)
    }
}
