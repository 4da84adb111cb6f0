//! How what a hub says reaches one environment.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;

use crate::delivery::{FanOut, Mailbox};
use crate::hub::{Effect, Environment};

/// Where what a hub says to one environment goes.
pub struct HubOutlet {
    /// To its clients.
    pub fan_out: Arc<FanOut>,
    /// To the hub there.
    pub mailbox: Arc<Mailbox>,
}

/// Does what a hub says.
pub fn apply(outlets: &HashMap<Environment, HubOutlet>, effect: Effect) {
    let outlet = |environment| outlets.get(&environment);
    match effect {
        Effect::Deliver(environment, bytes, receivers) => {
            if let Some(outlet) = outlet(environment) {
                outlet.fan_out.push(bytes, receivers);
            }
        }
        Effect::End(environment, number, reason) => {
            if let Some(outlet) = outlet(environment) {
                let notice = json!({ "type": "close", "reason": reason.name() });
                outlet.fan_out.notify(number, &notice.to_string());
            }
        }
        Effect::TellLag(environment, number, (events, bytes, age), action) => {
            if let Some(outlet) = outlet(environment) {
                let age = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
                let notice = json!({
                    "type": "lag", "number": number, "events": events, "bytes": bytes, "age": age,
                    "action": action.name(),
                });
                outlet.mailbox.notify(&notice.to_string());
            }
        }
        Effect::TellGap(environment, number, gap) => {
            if let Some(outlet) = outlet(environment) {
                let notice = json!({
                    "type": "gap", "number": number, "channel": &*gap.channel, "from": gap.from,
                    "to": gap.to, "reason": gap.reason,
                });
                outlet.mailbox.notify(&notice.to_string());
            }
        }
        // The hub itself does these.
        Effect::Refuse(..) | Effect::Keep(..) | Effect::Read(..) => {}
    }
}
