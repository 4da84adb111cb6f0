//! Which server of a cluster keeps what.

use std::sync::Arc;

use redis::{Arg, Cmd, Value};

/// Into how many parts a cluster divides its keys.
const SLOTS: usize = 16_384;

/// A server of a cluster: its host and port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    /// A name, or an address without brackets.
    pub host: Arc<str>,
    /// Of TCP.
    pub port: u16,
}

impl Node {
    /// Reads `host:port`, as redirections name servers; without a host it is the server that says so.
    pub fn parse(text: &str, speaker: &Self) -> Option<Self> {
        let (host, port) = text.rsplit_once(':')?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = port.parse().ok()?;
        let host = if host.is_empty() { Arc::clone(&speaker.host) } else { host.into() };
        Some(Self { host, port })
    }
}

/// The masters of a cluster, and which slots each has.
#[derive(Debug, Default)]
pub struct Slots {
    masters: Vec<Node>,
    /// For each slot which of the masters has it, counted from 1; 0 for none. Empty while nothing is known.
    of: Vec<u16>,
}

impl Slots {
    /// Reads a reply to `CLUSTER SLOTS`; `None` if it is something else.
    pub fn read(reply: Value, speaker: &Node) -> Option<Self> {
        let Value::Array(ranges) = reply else { return None };
        let mut slots = Self::default();
        for range in ranges {
            let Value::Array(range) = range else { return None };
            let [Value::Int(first), Value::Int(last), Value::Array(master), ..] = &range[..] else {
                continue;
            };
            let (Ok(first), Ok(last)) = (usize::try_from(*first), usize::try_from(*last)) else {
                continue;
            };
            let Some(master) = node(master, speaker) else { continue };
            for slot in first..=last.min(SLOTS - 1) {
                slots.give(slot, &master);
            }
        }
        Some(slots)
    }

    /// A server has a slot.
    pub fn give(&mut self, slot: usize, master: &Node) {
        let known = self.masters.iter().position(|known| known == master);
        let at = known.unwrap_or_else(|| {
            self.masters.push(master.clone());
            self.masters.len() - 1
        });
        self.of.resize(SLOTS, 0);
        if let (Some(of), Ok(at)) = (self.of.get_mut(slot), u16::try_from(at + 1)) {
            *of = at;
        }
    }

    /// Which server has a slot, as far as that is known.
    pub fn master(&self, slot: usize) -> Option<&Node> {
        let at = usize::from(*self.of.get(slot)?);
        self.masters.get(at.checked_sub(1)?)
    }

    /// All servers that have slots.
    pub fn masters(&self) -> &[Node] {
        &self.masters
    }
}

/// Host and port, as `CLUSTER SLOTS` has them. An unknown host is `?`; one that is left out is the speaker's.
fn node(parts: &[Value], speaker: &Node) -> Option<Node> {
    let [host, Value::Int(port), ..] = parts else { return None };
    let host = match host {
        Value::BulkString(host) => std::str::from_utf8(host).ok()?,
        Value::Nil => "",
        _ => return None,
    };
    let port = u16::try_from(*port).ok()?;
    match host {
        "?" => None,
        "" => Some(Node { host: Arc::clone(&speaker.host), port }),
        host => Some(Node { host: host.into(), port }),
    }
}

/// In which slot a command has its keys; `None` for one without keys.
pub fn slot_of(command: &Cmd) -> Option<usize> {
    let mut parts = command.args_iter().map(|part| match part {
        Arg::Simple(bytes) => bytes,
        _ => &[],
    });
    let key = match parts.next()? {
        // Behind the script and how many keys there are.
        b"EVALSHA" | b"EVAL" => parts.nth(2)?,
        _ => parts.next()?,
    };
    Some(slot_of_key(key))
}

/// What stands between braces says where a key belongs, if anything does.
fn slot_of_key(key: &[u8]) -> usize {
    let open = key.iter().position(|byte| *byte == b'{');
    let tag = open.and_then(|open| {
        let rest = &key[open + 1..];
        let close = rest.iter().position(|byte| *byte == b'}')?;
        (close > 0).then(|| &rest[..close])
    });
    usize::from(crc16(tag.unwrap_or(key))) % SLOTS
}

/// The checksum by which a cluster divides its keys: CRC-16/XMODEM.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum, byte| {
        (0..8).fold(sum ^ (u16::from(*byte) << 8), |sum, _| {
            if sum & 0x8000 == 0 { sum << 1 } else { (sum << 1) ^ 0x1021 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use redis::cmd;

    fn speaker() -> Node {
        Node { host: "speaker".into(), port: 1 }
    }

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    fn range(first: i64, last: i64, host: Value, port: i64) -> Value {
        let master = Value::Array(vec![host, Value::Int(port), bulk("id")]);
        Value::Array(vec![Value::Int(first), Value::Int(last), master])
    }

    #[test]
    fn slots_are_those_that_redis_says() {
        // What `redis-cli cluster keyslot` replies.
        for (key, slot) in [
            ("123456789", 12_739),
            ("foo", 12_182),
            ("", 0),
            ("{user1000}.following", 3_443),
            ("{user1000}.followers", 3_443),
            ("foo{}{bar}", 8_363),
            ("foo{{bar}}zap", 4_015),
            ("foo{bar}{zap}", 5_061),
            ("perennial:relay:default:{abc}:entries", 7_638),
        ] {
            assert_eq!(slot_of_key(key.as_bytes()), slot, "{key}");
        }
    }

    #[test]
    fn the_key_of_a_command_says_where_it_goes() {
        assert_eq!(slot_of(cmd("GET").arg("foo")), Some(12_182));
        assert_eq!(slot_of(cmd("EVALSHA").arg("hash").arg(1).arg("foo").arg("x")), Some(12_182));
        assert_eq!(slot_of(&cmd("PING")), None);
    }

    #[test]
    fn each_slot_has_the_master_that_the_cluster_says() {
        let reply = Value::Array(vec![
            range(0, 99, bulk("a"), 7),
            range(100, 199, bulk("::1"), 8),
            range(200, 299, bulk(""), 9),
            range(300, 399, bulk("?"), 9),
            range(16_380, 90_000, Value::Nil, 9),
            range(-5, 3, bulk("b"), 7),
        ]);
        let mut slots = Slots::read(reply, &speaker()).expect("slots");
        let at =
            |slots: &Slots, slot| slots.master(slot).map(|node| (node.host.to_string(), node.port));
        let is = |host: &str, port| Some((host.to_owned(), port));
        assert_eq!(at(&slots, 99), is("a", 7));
        assert_eq!(at(&slots, 100), is("::1", 8));
        assert_eq!(at(&slots, 250), is("speaker", 9));
        assert_eq!(at(&slots, 300), None);
        assert_eq!(at(&slots, 16_383), is("speaker", 9));
        assert_eq!(at(&slots, 16_384), None);
        assert_eq!(slots.masters().len(), 3);
        slots.give(300, &Node { host: "a".into(), port: 7 });
        assert_eq!(at(&slots, 300), is("a", 7));
        assert_eq!(slots.masters().len(), 3);
    }

    #[test]
    fn a_reply_that_is_something_else_is_no_table() {
        for reply in [Value::Nil, Value::Okay, Value::Array(vec![Value::Int(1)])] {
            assert!(Slots::read(reply, &speaker()).is_none());
        }
        assert!(Slots::default().master(0).is_none());
    }

    #[test]
    fn a_redirection_names_a_server() {
        let of =
            |text| Node::parse(text, &speaker()).map(|node| (node.host.to_string(), node.port));
        assert_eq!(of("10.0.0.1:6379"), Some(("10.0.0.1".to_owned(), 6379)));
        assert_eq!(of("::1:6379"), Some(("::1".to_owned(), 6379)));
        assert_eq!(of("[::1]:6379"), Some(("::1".to_owned(), 6379)));
        assert_eq!(of(":6379"), Some(("speaker".to_owned(), 6379)));
        assert_eq!(of("nowhere"), None);
        assert_eq!(of("a:b"), None);
    }
}
