//! What an invocation costs, and how much of the spending limit is left.
//!
//! Money is exact: an invocation of b billed milliseconds at m MB costs b/1000 × m/1024 × the price of a GB-second, plus the
//! price of a request, plus what /tmp beyond its free part costs for that time (AWS Lambda pricing page, 2026). The first tier
//! of the price list is used: a tuning run and its per-call figures are far from the next one.

use std::time::Duration;

use crate::platform::{Architecture, InvocationMeters, LAMBDA_INCLUDED_STORAGE};
use crate::price_book::{MissingPrice, PriceBook};
use crate::units::{Decimal, MemoryMb, Usd, decimal_from_statistic};
use crate::usage::Region;

/// INIT is limited to 10 s on managed runtimes (AWS Lambda developer guide, execution environment, 2026); it is billed on top
/// of the time that the handler may take.
pub const LONGEST_INIT: Duration = Duration::from_secs(10);

/// The prices that an invocation of one function is charged at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    gb_second: Decimal,
    request: Decimal,
    /// For a second, at the function's size of /tmp.
    storage_second: Decimal,
}

impl Rates {
    /// Looks the prices up.
    ///
    /// # Errors
    /// When the price book does not have one of them.
    pub fn of(
        book: &PriceBook,
        region: &Region,
        architecture: Architecture,
        ephemeral_storage: MemoryMb,
    ) -> Result<Self, MissingPrice> {
        let meters = InvocationMeters::of(architecture);
        let first = |meter: &str| {
            let quote = book.price(meter, region.code())?;
            Ok(quote.price.tiers().first().map_or(Decimal::ZERO, |tier| quote.per_unit(tier)))
        };
        let charged = ephemeral_storage.data_size().beyond(LAMBDA_INCLUDED_STORAGE).gigabytes();
        let storage_second = if charged.is_zero() { Decimal::ZERO } else { charged * first(meters.ephemeral_storage.id())? };
        Ok(Self { gb_second: first(meters.duration.id())?, request: first(meters.requests.id())?, storage_second })
    }

    /// What one invocation costs, with its request.
    ///
    /// Worked number: 500 ms at 1,024 MB on x86 in us-east-1: 0.5 × 0.0000166667 + 0.0000002 = $0.00000853335.
    #[must_use]
    pub fn invocation(&self, memory: MemoryMb, billed_ms: Decimal) -> Usd {
        Usd::new(self.compute(memory, billed_ms).amount() + self.request)
    }

    /// What one invocation costs without its request: what a choice of size can change.
    #[must_use]
    pub fn compute(&self, memory: MemoryMb, billed_ms: Decimal) -> Usd {
        let seconds = billed_ms / Decimal::ONE_THOUSAND;
        Usd::new(seconds * (memory.data_size().gigabytes() * self.gb_second + self.storage_second))
    }

    /// What an invocation may cost at worst: INIT and handler run as long as they may.
    #[must_use]
    pub fn worst(&self, memory: MemoryMb, timeout: Duration) -> Usd {
        self.invocation(memory, milliseconds(timeout + LONGEST_INIT))
    }
}

/// A length of time in milliseconds, exact.
fn milliseconds(time: Duration) -> Decimal {
    Decimal::from(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

/// A mean of billed milliseconds as a billable quantity.
#[must_use]
pub fn mean_milliseconds(mean_ms: f64) -> Decimal {
    // What cannot be held is never free.
    decimal_from_statistic(mean_ms, 6).unwrap_or(Decimal::from(u32::MAX))
}

/// What was spent, what may still be spent by calls under way, and where it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    limit: Usd,
    most_invocations: u32,
    spent: Usd,
    /// Of invocations whose cost is not known: at worst.
    unknown: Usd,
    reserved: Usd,
    invocations: u32,
    under_way: u32,
}

/// Whether another invocation may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowance {
    /// Yes.
    Granted,
    /// Not before one of those under way has ended: it may leave enough.
    Later,
    /// No: this would pass the spending limit, or may.
    SpendingLimit,
    /// No: the number of invocations is reached.
    InvocationLimit,
}

impl Ledger {
    /// Nothing spent yet.
    #[must_use]
    pub const fn new(limit: Usd, most_invocations: u32) -> Self {
        let zero = Usd::ZERO;
        Self { limit, most_invocations, spent: zero, unknown: zero, reserved: zero, invocations: 0, under_way: 0 }
    }

    /// Whether an invocation that costs `worst` at most may start now.
    #[must_use]
    pub fn allows(&self, worst: Usd) -> Allowance {
        let idle = self.under_way == 0;
        if self.invocations + self.under_way >= self.most_invocations {
            return if idle { Allowance::InvocationLimit } else { Allowance::Later };
        }
        if self.committed() + worst <= self.limit {
            return Allowance::Granted;
        }
        if idle { Allowance::SpendingLimit } else { Allowance::Later }
    }

    /// Whether so many invocations, each at its worst, stay within the limits, one after the other.
    #[must_use]
    pub fn leaves_room_for(&self, worst: Usd, calls: u32) -> bool {
        let invocations = self.invocations + self.under_way + calls;
        let all = worst.amount().checked_mul(Decimal::from(calls));
        invocations <= self.most_invocations && all.is_some_and(|all| self.committed() + Usd::new(all) <= self.limit)
    }

    /// An invocation starts.
    pub fn reserve(&mut self, worst: Usd) {
        self.reserved += worst;
        self.under_way += 1;
    }

    /// It ended and cost this much.
    pub fn settle(&mut self, worst: Usd, cost: Usd) {
        self.release(worst);
        self.spent += cost;
        self.invocations += 1;
    }

    /// It ended, or is lost, and nobody knows what it cost.
    pub fn settle_unknown(&mut self, worst: Usd) {
        self.release(worst);
        self.unknown += worst;
        self.invocations += 1;
    }

    /// It was refused before it ran.
    pub fn release(&mut self, worst: Usd) {
        self.reserved = self.reserved - worst;
        self.under_way -= 1;
    }

    /// Other calls cost money too: the steps before and after an invocation.
    pub fn add(&mut self, cost: Usd) {
        self.spent += cost;
    }

    /// What was spent for sure.
    #[must_use]
    pub const fn spent(&self) -> Usd {
        self.spent
    }

    /// What invocations of unknown cost may have cost on top.
    #[must_use]
    pub const fn unknown(&self) -> Usd {
        self.unknown
    }

    /// Invocations that ran.
    #[must_use]
    pub const fn invocations(&self) -> u32 {
        self.invocations
    }

    /// Invocations that run now.
    #[must_use]
    pub const fn under_way(&self) -> u32 {
        self.under_way
    }

    /// Spent, perhaps spent, and reserved.
    #[must_use]
    pub fn committed(&self) -> Usd {
        self.spent + self.unknown + self.reserved
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rates(storage: u32) -> Rates {
        Rates::of(&PriceBook::bundled(), &Region::new("us-east-1"), Architecture::X86, MemoryMb::new(storage)).unwrap()
    }

    #[test]
    fn an_invocation_costs_gb_seconds_and_a_request() {
        assert_eq!(rates(512).invocation(MemoryMb::new(1024), 500.into()).amount(), "0.00000853335".parse().unwrap());
        assert_eq!(rates(512).compute(MemoryMb::new(128), 1.into()).amount(), "0.0000000020833375".parse().unwrap());
        // 10 GB of /tmp: 9.5 GB × 1 s × 0.0000000309
        let storage =
            rates(10_240).compute(MemoryMb::new(1024), 1000.into()).amount() - "0.0000166667".parse::<Decimal>().unwrap();
        assert_eq!(storage, "0.00000029355".parse().unwrap());
    }

    #[test]
    fn a_region_without_a_price_is_an_error() {
        let missing = Rates::of(&PriceBook::bundled(), &Region::new("cn-north-1"), Architecture::X86, MemoryMb::new(512));
        assert!(missing.unwrap_err().to_string().contains("cn-north-1"));
    }

    proptest! {
        #[test]
        fn no_sequence_of_calls_spends_more_than_the_limit(calls in prop::collection::vec((1_u32..9000, 0_u32..100, any::<bool>()), 1..60)) {
            let rates = rates(512);
            let limit = Usd::new(Decimal::new(5, 3));
            let mut ledger = Ledger::new(limit, 40);
            let mut under_way: Vec<(Usd, Usd)> = Vec::new();
            for (memory, share, end) in calls {
                let memory = MemoryMb::new(memory);
                let worst = rates.worst(memory, Duration::from_secs(3));
                if end && let Some((worst, cost)) = under_way.pop() {
                    if share % 7 == 0 { ledger.settle_unknown(worst) } else { ledger.settle(worst, cost) }
                }
                if ledger.allows(worst) == Allowance::Granted {
                    ledger.reserve(worst);
                    under_way.push((worst, rates.invocation(memory, Decimal::from(share * 130))));
                }
                prop_assert!(ledger.committed() <= limit && ledger.invocations() + ledger.under_way() <= 40);
            }
        }
    }
}
