//! How what a hub says reaches one environment.

use std::collections::HashMap;
use std::sync::Arc;

use crate::delivery::{FanOut, Mailbox};
use crate::hub::{Effect, Environment, gap_json};

/// Where what a hub says to one environment goes.
pub struct HubOutlet {
    /// To its clients.
    pub fan_out: Arc<FanOut>,
    /// To the hub there.
    pub mailbox: Arc<Mailbox>,
}

/// Does what a hub says.
pub fn apply(outlets: &HashMap<Environment, HubOutlet>, effect: Effect) {
    match effect {
        Effect::Deliver(environment, bytes, receivers) => {
            if let Some(outlet) = outlets.get(&environment) {
                outlet.fan_out.push(bytes, receivers);
            }
        }
        Effect::End(environment, number, reason) => {
            if let Some(outlet) = outlets.get(&environment) {
                let reason = reason.name();
                let notice = format!(r#"{{"type": "close", "reason": "{reason}"}}"#);
                outlet.fan_out.notify(number, &notice);
            }
        }
        Effect::TellLag(environment, number, (events, bytes, age), action) => {
            let (age, action) = (age.as_millis(), action.name());
            let lag = format!(
                r#""events": {events}, "bytes": {bytes}, "age": {age}, "action": "{action}""#
            );
            tell(outlets, environment, &format!(r#"{{"type": "lag", "number": {number}, {lag}}}"#));
        }
        Effect::TellGap(environment, number, gap) => {
            let gap = gap_json(&gap);
            let members = gap.trim_start_matches('{');
            tell(
                outlets,
                environment,
                &format!(r#"{{"type": "gap", "number": {number}, {members}"#),
            );
        }
        // The hub itself does these.
        Effect::Refuse(..) | Effect::Keep(..) | Effect::Read(..) => {}
    }
}

fn tell(outlets: &HashMap<Environment, HubOutlet>, environment: Environment, notice: &str) {
    if let Some(outlet) = outlets.get(&environment) {
        outlet.mailbox.notify(notice);
    }
}
