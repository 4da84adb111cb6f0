//! How what a hub says reaches one environment.

use std::collections::HashMap;
use std::sync::Arc;

use crate::delivery::{FanOut, Mailbox};
use crate::hub::{ClientNumber, Effect, Environment, Reason, gap_json};

/// The clients of one environment, as a hub reaches them. It is called under the hub's lock: it may not ask the
/// hub, nor take long.
pub trait Outlet: Send + Sync {
    /// These bytes go to all of these clients.
    fn deliver(&self, bytes: Vec<u8>, clients: Arc<Vec<ClientNumber>>);

    /// This client ends, behind what it was given.
    fn end(&self, client: ClientNumber, reason: Reason);

    /// Clients that are behind have something to read: [`Hub::refill`](super::Hub::refill) delivers it.
    fn wake(&self);

    /// How many bytes wait; those for many clients count once.
    fn bytes(&self) -> usize;
}

/// Where what a hub says to one environment goes.
pub struct HubOutlet {
    /// To its clients.
    pub clients: Arc<dyn Outlet>,
    /// To the hub there.
    pub mailbox: Arc<Mailbox>,
}

/// Clients whose connections JavaScript has.
pub struct InJavaScript(pub Arc<FanOut>);

impl Outlet for InJavaScript {
    fn deliver(&self, bytes: Vec<u8>, clients: Arc<Vec<ClientNumber>>) {
        self.0.push(bytes, clients);
    }

    fn end(&self, client: ClientNumber, reason: Reason) {
        let reason = reason.name();
        self.0.notify(client, &format!(r#"{{"type": "close", "reason": "{reason}"}}"#));
    }

    fn wake(&self) {
        self.0.wake();
    }

    fn bytes(&self) -> usize {
        self.0.bytes()
    }
}

/// Does what a hub says.
pub fn apply(outlets: &HashMap<Environment, HubOutlet>, effect: Effect) {
    match effect {
        Effect::Deliver(environment, bytes, receivers) => {
            if let Some(outlet) = outlets.get(&environment) {
                outlet.clients.deliver(bytes, receivers);
            }
        }
        Effect::End(environment, number, reason) => {
            if let Some(outlet) = outlets.get(&environment) {
                outlet.clients.end(number, reason);
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
