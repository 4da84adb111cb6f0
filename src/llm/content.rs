//! The content of a Chat Completions delta: text, or a list of typed parts.
#![forbid(unsafe_code)]

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserializer, SeqAccess, Visitor};

use super::dialect::MAX_PARTS;
use super::failure::Bound;
use super::list::List;
use super::scalar::Scalar;
use super::{Delta, Failure};

/// Text or a list. Content is what the stream is about: another type is an error.
#[derive(Clone, Debug, Default)]
pub(super) enum Content<'a, T> {
    #[default]
    Nothing,
    Text(Cow<'a, str>),
    Parts(List<T, MAX_PARTS>),
}

/// A part of Mistral's lists: `{"type":"thinking","thinking":[…]}` or `{"type":"text","text":…}`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Part<'a> {
    #[serde(borrow, rename = "type")]
    kind: Scalar<'a>,
    text: Scalar<'a>,
    thinking: Content<'a, Thought<'a>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Thought<'a> {
    #[serde(borrow)]
    text: Scalar<'a>,
}

impl Content<'_, Part<'_>> {
    pub(super) fn tell(&self, choice: u32, sink: &mut dyn FnMut(Delta<'_>)) -> Result<(), Failure> {
        match self {
            Self::Nothing => {}
            Self::Text(text) if text.is_empty() => {}
            Self::Text(text) => sink(Delta::Content { choice, text }),
            Self::Parts(parts) => {
                for part in parts.within(Bound::Parts)? {
                    match part.kind.text() {
                        Some("text") => {
                            if let Some(text) = part.text.text() {
                                sink(Delta::Content { choice, text });
                            }
                        }
                        Some("thinking") => part.thinking.tell_thoughts(choice, sink)?,
                        _ => {}
                    }
                }
            }
        }
        Ok(())
    }
}

impl Content<'_, Thought<'_>> {
    fn tell_thoughts(&self, choice: u32, sink: &mut dyn FnMut(Delta<'_>)) -> Result<(), Failure> {
        match self {
            Self::Nothing => {}
            Self::Text(text) if text.is_empty() => {}
            Self::Text(text) => sink(Delta::Reasoning { choice, text }),
            Self::Parts(thoughts) => {
                for text in thoughts.within(Bound::Parts)?.iter().filter_map(|it| it.text.text()) {
                    sink(Delta::Reasoning { choice, text });
                }
            }
        }
        Ok(())
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Content<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any(PhantomData))
    }
}

struct Any<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Any<T> {
    type Value = Content<'de, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text or a list of parts")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Content::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Content::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Content::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        List::deserialize(SeqAccessDeserializer::new(list)).map(Content::Parts)
    }
}
