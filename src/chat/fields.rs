//! A JSON object of which a few members change and all others stay as they were written.

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt;

/// The members of an object, in order, each in the form in which it was written.
#[derive(Clone, Debug)]
pub struct Fields(Vec<(String, Box<RawValue>)>);

impl Fields {
    /// Reads an object; `None` for anything else.
    #[must_use]
    pub fn parse(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }

    /// The member of this name.
    pub fn get(&self, name: &str) -> Option<&RawValue> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| &**value)
    }

    /// Sets a member.
    pub fn set(&mut self, name: &str, value: &Value) {
        if let Ok(value) = serde_json::value::to_raw_value(value) {
            self.put(name, value);
        }
    }

    /// The elements of a member that is a list.
    pub fn list(&self, name: &str) -> Option<Vec<Box<RawValue>>> {
        serde_json::from_str(self.get(name)?.get()).ok()
    }

    /// Sets a member to a list.
    pub fn set_list(&mut self, name: &str, list: &[Box<RawValue>]) {
        if let Ok(value) = serde_json::value::to_raw_value(list) {
            self.put(name, value);
        }
    }

    /// The object as an element of a list.
    pub fn to_raw(&self) -> Option<Box<RawValue>> {
        RawValue::from_string(String::from_utf8(self.to_json()).ok()?).ok()
    }

    /// The object.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = b"{".to_vec();
        for (position, (name, value)) in self.0.iter().enumerate() {
            if position > 0 {
                json.push(b',');
            }
            json.extend_from_slice(Value::from(&**name).to_string().as_bytes());
            json.push(b':');
            json.extend_from_slice(value.get().as_bytes());
        }
        json.push(b'}');
        json
    }

    fn put(&mut self, name: &str, value: Box<RawValue>) {
        match self.0.iter_mut().find(|(own, _)| own == name) {
            Some(member) => member.1 = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Fields(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::Fields;
    use serde_json::json;

    #[test]
    fn members_that_nobody_touches_stay_as_they_were_written() {
        let body = br#"{"seed":12345678901234567890, "messages":[ {"a":1.0} , 2],"x":1e400,"n":1}"#;
        let mut fields = Fields::parse(body).unwrap();
        let mut list = fields.list("messages").unwrap();
        let mut first = Fields::parse(list[0].get().as_bytes()).unwrap();
        first.set("b", &json!("\u{e9}"));
        list[0] = first.to_raw().unwrap();
        fields.set_list("messages", &list);
        fields.set("n", &json!(2));
        fields.set("y", &json!(true));
        let expected = "{\"seed\":12345678901234567890,\"messages\":[{\"a\":1.0,\"b\":\"\u{e9}\"},2],\"x\":1e400,\"n\":2,\"y\":true}";
        assert_eq!(String::from_utf8(fields.to_json()).unwrap(), expected);
        assert!(fields.list("n").is_none());
        assert!(Fields::parse(b"[1]").is_none());
    }
}
