//! What things are called in Redis: legible, and in one slot where they belong together.

use std::fmt::Write as _;

/// Names under a prefix.
#[derive(Clone, Debug)]
pub struct Keys {
    prefix: String,
}

/// The names of one run or channel.
#[derive(Clone, Debug)]
pub struct Names {
    /// A hash: where it stands.
    pub meta: String,
    /// A stream: what was appended.
    pub entries: String,
    /// What is published when something was appended.
    pub bell: String,
    /// What is published to who appends.
    pub orders: String,
}

impl Keys {
    /// Of what has this name, a relay or a hub, of this kind.
    #[must_use]
    pub fn new(prefix: &str, kind: &str, name: &str) -> Self {
        let name = if name.is_empty() { String::new() } else { format!(":{}", escaped(name)) };
        Self { prefix: format!("{}:{kind}{name}", escaped(prefix)) }
    }

    /// A run. Owner and id cannot reach into each other.
    #[must_use]
    pub fn run(&self, owner: Option<&str>, id: &str) -> Names {
        let owner = owner.map(|owner| format!("@{}/", escaped(owner))).unwrap_or_default();
        self.names(&format!("{owner}{}", escaped(id)))
    }

    /// A channel.
    #[must_use]
    pub fn channel(&self, name: &str) -> Names {
        self.names(&escaped(name))
    }

    /// An id of an event of a channel that is remembered.
    #[must_use]
    pub fn remembered(names: &Names, id: &str) -> String {
        format!("{}:id:{}", names.meta, escaped(id))
    }

    /// A value of a store.
    #[must_use]
    pub fn value(&self, key: &str) -> String {
        format!("{}:{}", self.prefix, escaped(key))
    }

    /// Something that is one for all.
    #[must_use]
    pub fn one(&self, what: &str) -> String {
        format!("{}:!{what}", self.prefix)
    }

    fn names(&self, name: &str) -> Names {
        let base = format!("{}:{{{name}}}", self.prefix);
        Names {
            meta: base.clone(),
            entries: format!("{base}:entries"),
            bell: format!("{base}:bell"),
            orders: format!("{base}:orders"),
        }
    }
}

/// Characters that mean something in a key are written as in a URL.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
