//! What JavaScript asks of a mailbox, as a number.

use crate::delivery::Demand;

/// The demand that a number stands for; see `lib/core/demand.js`.
pub fn of_number(number: u32) -> Demand {
    match number {
        0 => Demand::Off,
        1 => Demand::Once,
        _ => Demand::Flow,
    }
}
