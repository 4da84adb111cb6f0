//! Arguments of a call that come value by value, each with its path.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;

use super::compact::MAX_DEPTH;
use super::failure::Bound;
use super::{Class, Failure};

/// How many bytes the arguments of all calls of an answer may take while they are open. As much as
/// `limits.arguments` usually allows.
const ROOM: usize = 16 << 20;

/// What a part of a tree costs beside its text, in bytes.
const NODE: usize = 64;

/// Arguments as far as they came.
#[derive(Debug, Default)]
pub(super) struct PartialArgs(Node);

/// How many bytes the arguments of all calls of an answer may still take: each call may leave large
/// gaps in a list, and be left open while others begin.
#[derive(Debug)]
pub(super) struct Room(usize);

/// A value at a path.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    /// Goes on with the text that is there.
    Text(&'a str),
    /// A number or a word, in JSON.
    Json(&'a str),
}

#[derive(Debug, Default)]
enum Node {
    /// Nothing came yet.
    #[default]
    Empty,
    Text(String),
    Json(String),
    List(Vec<Node>),
    Object(Members),
}

#[derive(Debug, Default)]
struct Members {
    places: BTreeMap<String, usize>,
    /// In the order in which they came.
    nodes: Vec<(String, Node)>,
}

/// A step down the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    Position(usize),
}

impl Default for Room {
    fn default() -> Self {
        Self(ROOM)
    }
}

impl Room {
    fn spend(&mut self, cost: usize) -> Result<(), Failure> {
        let left = self.0.checked_sub(cost);
        self.0 = left.ok_or_else(|| Failure::refused(Class::Bound(Bound::Arguments)))?;
        Ok(())
    }
}

impl PartialArgs {
    /// Puts a value at a path such as `$.days[0].name` or `$['a b']`.
    pub(super) fn put(
        &mut self,
        path: &str,
        value: Value<'_>,
        room: &mut Room,
    ) -> Result<(), Failure> {
        room.spend(path.len())?;
        let mut node = &mut self.0;
        for step in steps(path)? {
            node = node.down(step, room)?;
        }
        let (Value::Text(text) | Value::Json(text)) = value;
        room.spend(text.len())?;
        match (node, value) {
            (Node::Text(own), Value::Text(text)) => own.push_str(text),
            (Node::List(_) | Node::Object(_), _) => return Err(misplaced()),
            (node, Value::Text(text)) => *node = Node::Text(text.to_owned()),
            (node, Value::Json(json)) => *node = Node::Json(json.to_owned()),
        }
        Ok(())
    }

    /// All of them, in JSON.
    pub(super) fn json(&self) -> String {
        let mut out = String::new();
        match &self.0 {
            Node::Empty => out.push_str("{}"),
            root => root.write(&mut out),
        }
        out
    }
}

impl Node {
    fn down(&mut self, step: Step, room: &mut Room) -> Result<&mut Self, Failure> {
        match step {
            Step::Name(name) => {
                if matches!(self, Self::Empty) {
                    *self = Self::Object(Members::default());
                }
                let Self::Object(members) = self else { return Err(misplaced()) };
                members.at(name, room)
            }
            Step::Position(position) => {
                if matches!(self, Self::Empty) {
                    *self = Self::List(Vec::new());
                }
                let Self::List(items) = self else { return Err(misplaced()) };
                let new = position.saturating_add(1).saturating_sub(items.len());
                room.spend(new.saturating_mul(NODE))?;
                items.extend((0..new).map(|_| Self::Empty));
                items.get_mut(position).ok_or_else(misplaced)
            }
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Empty => out.push_str("null"),
            Self::Json(json) => out.push_str(json),
            Self::Text(text) => quote(text, out),
            Self::List(items) => {
                for (position, item) in items.iter().enumerate() {
                    out.push(if position == 0 { '[' } else { ',' });
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                for (position, (name, node)) in members.nodes.iter().enumerate() {
                    out.push(if position == 0 { '{' } else { ',' });
                    quote(name, out);
                    out.push(':');
                    node.write(out);
                }
                out.push('}');
            }
        }
    }
}

impl Members {
    fn at(&mut self, name: String, room: &mut Room) -> Result<&mut Node, Failure> {
        let at = if let Some(at) = self.places.get(&name) {
            *at
        } else {
            room.spend(name.len() * 2 + NODE)?;
            self.places.insert(name.clone(), self.nodes.len());
            self.nodes.push((name, Node::Empty));
            self.nodes.len() - 1
        };
        self.nodes.get_mut(at).map(|(_, node)| node).ok_or_else(misplaced)
    }
}

/// The steps of a path; at least one.
fn steps(path: &str) -> Result<Vec<Step>, Failure> {
    let no_path = || Failure::malformed("a jsonPath of its arguments is none".to_owned());
    let mut rest = path.strip_prefix('$').unwrap_or(path);
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, behind) = if let Some(inside) = rest.strip_prefix('[') {
            bracket(inside).ok_or_else(no_path)?
        } else {
            let name = rest.strip_prefix('.').unwrap_or(rest);
            let end = name.find(['.', '[']).unwrap_or(name.len());
            if end == 0 {
                return Err(no_path());
            }
            (Step::Name(name[..end].to_owned()), &name[end..])
        };
        steps.push(step);
        if steps.len() > MAX_DEPTH {
            return Err(Failure::refused(Class::Bound(Bound::Depth)));
        }
        rest = behind;
    }
    if steps.is_empty() { Err(no_path()) } else { Ok(steps) }
}

/// What stands behind an opening bracket, and what follows the closing one.
fn bracket(inside: &str) -> Option<(Step, &str)> {
    let quote = inside.chars().next().filter(|first| matches!(first, '\'' | '"'));
    let Some(quote) = quote else {
        let (position, behind) = inside.split_once(']')?;
        return Some((Step::Position(position.parse().ok()?), behind));
    };
    let mut name = String::new();
    let mut letters = inside.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => name.push(letters.next()?.1),
            letter if letter == quote => {
                return Some((Step::Name(name), inside[at + 1..].strip_prefix(']')?));
            }
            letter => name.push(letter),
        }
    }
    None
}

fn quote(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

fn misplaced() -> Failure {
    Failure::malformed("a jsonPath of its arguments contradicts an earlier one".to_owned())
}
