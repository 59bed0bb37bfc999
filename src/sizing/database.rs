//! Connections to a database: functions hold one for each environment, containers share a few.

use super::day::{Day, traffic};
use super::{DatabaseLimit, Question, Size, SizingError};
use crate::capacity::Noun;
use crate::queueing::{WarmPool, servers_for_blocking};
use crate::scenario::Scenario;
use crate::units::{Decimal, statistic_from_decimal};

/// How many connections a design needs, and whether the database allows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Database {
    /// What was said of it.
    pub limit: DatabaseLimit,
    /// How they are held.
    pub connections: Connections,
}

/// How connections are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connections {
    /// Each environment of a function keeps one.
    Function {
        /// Environments alive at the busiest hour that are exceeded in one moment of a thousand.
        by_environment: u64,
        /// Behind a proxy, which lends a connection for as long as a request uses it.
        by_proxy: u64,
    },
    /// Each instance has a pool.
    Fleet {
        /// Instances at peak.
        instances: u64,
        /// What one is called.
        noun: Noun,
        /// Connections of the pool of each.
        pool: u64,
    },
}

/// Of the requests, so many may find no free connection in a pool.
const LOST: f64 = 0.001;
const ENOUGH: f64 = 0.999;

impl Database {
    /// Connections without a proxy.
    #[must_use]
    pub fn needed(&self) -> u64 {
        match self.connections {
            Connections::Function { by_environment, .. } => by_environment,
            Connections::Fleet { instances, pool, .. } => instances.saturating_mul(pool),
        }
    }

    /// Whether the database allows them.
    #[must_use]
    pub fn fits(&self) -> bool {
        self.needed() <= u64::from(self.limit.connections)
    }
}

impl Question<'_> {
    pub(super) fn database(
        &self,
        scenario: &Scenario,
        place: (usize, usize),
        size: &Size,
    ) -> Result<Option<Database>, SizingError> {
        let Some(limit) = self.settings.database else { return Ok(None) };
        let day = Day::of(&scenario.workloads[place.1], scenario.month);
        let held_s = statistic_from_decimal(limit.time.seconds());
        let pool_for = |per_s: f64| servers_for_blocking(per_s * held_s, LOST);
        let connections = match size {
            Size::Unknown => return Ok(None),
            Size::Function(function) => {
                let service_s = statistic_from_decimal(function.mean_duration.seconds());
                let alive = match &function.cold {
                    None => function.concurrency_p999,
                    Some(cold) => WarmPool::new(traffic(day.peak_per_s, service_s)?, &cold.keep_alive).alive_quantile(ENOUGH)?,
                };
                Connections::Function { by_environment: alive.max(function.provisioned), by_proxy: pool_for(day.peak_per_s)? }
            }
            Size::Fleet(fleet) => {
                let instances = statistic_from_decimal(fleet.capacity.instances.max(Decimal::ONE));
                Connections::Fleet {
                    instances: instances as u64,
                    noun: fleet.capacity.noun,
                    pool: pool_for(day.peak_per_s / instances)?,
                }
            }
        };
        Ok(Some(Database { limit, connections }))
    }
}
