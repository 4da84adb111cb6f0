//! How long deliveries took.

/// Microseconds of each delivery.
#[derive(Default)]
pub struct Latencies(Vec<u32>);

impl Latencies {
    pub fn add(&mut self, nanoseconds: u64) {
        self.0.push(u32::try_from(nanoseconds / 1000).unwrap_or(u32::MAX));
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Those at these shares of all; zero where there are none.
    pub fn percentiles<const N: usize>(&mut self, shares: [f64; N]) -> [u32; N] {
        self.0.sort_unstable();
        let last = self.0.len().saturating_sub(1);
        shares.map(|share| {
            let at = (self.0.len() as f64 * share) as usize;
            self.0.get(at.min(last)).copied().unwrap_or(0)
        })
    }
}
