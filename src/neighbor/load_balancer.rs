//! Load balancers: hours of existence, and capacity units for whatever of four dimensions is used most.
//!
//! Rules (Elastic Load Balancing pricing page; the application part as quoted by handbook.vantage.sh/aws/services/elb-pricing,
//! the network part and the free rules recalled from its edition of 2024). A capacity unit is, for an hour:
//!
//! | | new connections/s | active connections | data | rule evaluations/s |
//! |---|---|---|---|---|
//! | application (LCU) | 25 | 3,000 | 1 GB; 0.4 GB where Lambda functions are the targets | 1,000, the first 10 rules free |
//! | network, TCP (NLCU) | 800 | 100,000 | 1 GB | |
//! | network, UDP | 400 | 50,000 | 1 GB | |
//! | network, TLS | 50 | 3,000 | 1 GB | |
//!
//! Letters: λ connections a second, each open for T seconds, so λ·T are active at once (Little's law); G gigabytes an hour; ρ
//! requests a second against R rules. LCU = max(λ/25, λ·T/3,000, G/1, ρ·max(R − 10, 0)/1,000). It is linear in the traffic, so
//! the mean of the month is exact as long as the four keep their proportion.
//!
//! Worked number, of that page: one connection a second for 2 minutes, 1.08 GB an hour, 5 requests a second against 60 rules
//! are max(0.04, 0.04, 1.08, 0.25) = 1.08 LCU.

use super::reader::{DATA, DATA_PER_REQUEST, Reader};
use super::traffic::{Arrivals, Carried, Traffic, Volume};
use super::{Attached, Follows, Neighbor};
use crate::settings::{Key, SettingError, value_or};
use crate::units::{Decimal, TimeSpan, Unit};
use crate::usage::{Meter, Steps};

const LOAD_BALANCERS: Key = Key { name: "load_balancers", value: "N", help: "Load balancers kept all month [default: 1]" };
const NEW_CONNECTIONS: Key =
    Key { name: "new_connections", value: "RATE", help: "Connections opened [default: one for each request]" };
const CONNECTION_TIME: Key =
    Key { name: "connection_time", value: "TIME", help: "How long each connection stays open [default: 1s]" };

pub(super) const APPLICATION: Neighbor = Neighbor {
    name: "application-load-balancer",
    about: "Application Load Balancer: hours and capacity units (LCU)",
    keys: &[
        LOAD_BALANCERS,
        NEW_CONNECTIONS,
        CONNECTION_TIME,
        DATA,
        DATA_PER_REQUEST,
        Key { name: "rules", value: "N", help: "Listener rules that a request is compared with [default: 10, which are free]" },
        Key { name: "targets", value: "KIND", help: "instances (machines, containers) or lambda [default: instances]" },
    ],
    follows: Follows::Requests,
    read: read_application,
};

pub(super) const NETWORK: Neighbor = Neighbor {
    name: "network-load-balancer",
    about: "Network Load Balancer: hours and capacity units (NLCU)",
    keys: &[
        LOAD_BALANCERS,
        NEW_CONNECTIONS,
        CONNECTION_TIME,
        DATA,
        DATA_PER_REQUEST,
        Key { name: "protocol", value: "NAME", help: "tcp, udp or tls [default: tcp]" },
    ],
    follows: Follows::Requests,
    read: read_network,
};

static APPLICATION_HOURS: Meter =
    Meter::fixed("elastic_load_balancing.application.hours", "Application Load Balancer", Unit::Hour);
static APPLICATION_CAPACITY: Meter = Meter::fixed(
    "elastic_load_balancing.application.capacity_units",
    "Application Load Balancer capacity",
    Unit::CapacityUnitHour,
);
static NETWORK_HOURS: Meter = Meter::fixed("elastic_load_balancing.network.hours", "Network Load Balancer", Unit::Hour);
static NETWORK_CAPACITY: Meter =
    Meter::fixed("elastic_load_balancing.network.capacity_units", "Network Load Balancer capacity", Unit::CapacityUnitHour);

/// What one capacity unit stands for.
#[derive(Debug, Clone, Copy)]
struct CapacityUnit {
    new_connections_per_second: u32,
    active_connections: u32,
    gigabytes_per_hour: Decimal,
}

const LCU: CapacityUnit =
    CapacityUnit { new_connections_per_second: 25, active_connections: 3_000, gigabytes_per_hour: Decimal::ONE };
const LCU_OF_FUNCTIONS: CapacityUnit = CapacityUnit { gigabytes_per_hour: Decimal::from_parts(4, 0, 0, false, 1), ..LCU };
const TCP: CapacityUnit =
    CapacityUnit { new_connections_per_second: 800, active_connections: 100_000, gigabytes_per_hour: Decimal::ONE };
const UDP: CapacityUnit =
    CapacityUnit { new_connections_per_second: 400, active_connections: 50_000, gigabytes_per_hour: Decimal::ONE };
const TLS: CapacityUnit =
    CapacityUnit { new_connections_per_second: 50, active_connections: 3_000, gigabytes_per_hour: Decimal::ONE };

const FREE_RULES: u32 = 10;
const RULE_EVALUATIONS_PER_SECOND: u32 = 1_000;
const SECONDS_IN_AN_HOUR: u32 = 3_600;

/// What passes through a load balancer.
#[derive(Debug)]
struct Load {
    load_balancers: Decimal,
    connections: Arrivals,
    open: TimeSpan,
    data: Option<Volume>,
    charged_rules: Decimal,
}

impl Load {
    fn read(reader: &mut Reader<'_>) -> Result<Self, SettingError> {
        let load_balancers = reader.count_or(LOAD_BALANCERS.name, 1, "each is charged by the hour")?;
        let connections = reader.arrivals(NEW_CONNECTIONS.name)?;
        let open = reader.section().quantity::<TimeSpan>(CONNECTION_TIME.name)?;
        if open.is_none() {
            reader.default(CONNECTION_TIME.name, "1 s", "connections that stay open for minutes may need more capacity");
        }
        let data = reader.volume(Some(Carried::Both))?;
        if data.is_none() {
            reader.none(DATA.name, "a capacity unit is also so much data an hour");
        }
        let open = value_or(open, TimeSpan::from_seconds(1));
        Ok(Self { load_balancers, connections, open, data, charged_rules: Decimal::ZERO })
    }

    /// Capacity unit hours of the month by the dimension that needs most, and which it is.
    fn capacity(&self, unit: &CapacityUnit, traffic: &Traffic) -> (Decimal, &'static str) {
        let an_hour = |per_second: u32| Decimal::from(u64::from(per_second) * u64::from(SECONDS_IN_AN_HOUR));
        let connections = self.connections.count(traffic);
        let active = connections.saturating_mul(self.open.seconds());
        let evaluations = traffic.requests().saturating_mul(self.charged_rules);
        let gigabytes = self.data.map_or(Decimal::ZERO, |data| data.gigabytes(traffic));
        let dimensions = [
            (connections / an_hour(unit.new_connections_per_second), "for new connections"),
            (active / an_hour(unit.active_connections), "for active connections"),
            (gigabytes / unit.gigabytes_per_hour, "for data"),
            (evaluations / an_hour(RULE_EVALUATIONS_PER_SECOND), "for rule evaluations"),
        ];
        dimensions.into_iter().fold((Decimal::ZERO, "for nothing"), |most, next| if next.0 > most.0 { next } else { most })
    }

    fn add(&self, unit: &CapacityUnit, (hours, capacity): (&Meter, &Meter), traffic: &Traffic, steps: &mut Steps) {
        steps.add(hours, "load balancers", &[(self.load_balancers, "load balancers"), traffic.hours()]);
        let (unit_hours, dimension) = self.capacity(unit, traffic);
        steps.add(capacity, dimension, &[(unit_hours, "capacity unit hours")]);
    }
}

fn read_application(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let mut load = Load::read(&mut reader)?;
    let rules = reader.count_or("rules", FREE_RULES, "more rules need capacity to be evaluated")?;
    load.charged_rules = (rules - Decimal::from(FREE_RULES)).max(Decimal::ZERO);
    let kinds = [("instances", LCU), ("lambda", LCU_OF_FUNCTIONS)];
    let unit = reader.choice("targets", &kinds, "a capacity unit is 1 GB an hour, and 0.4 GB for functions")?;
    let meters = (&APPLICATION_HOURS, &APPLICATION_CAPACITY);
    Ok(reader.finish(move |traffic, steps| load.add(&unit, meters, traffic, steps)))
}

fn read_network(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let load = Load::read(&mut reader)?;
    let unit =
        reader.choice("protocol", &[("tcp", TCP), ("udp", UDP), ("tls", TLS)], "TLS needs more capacity for its connections")?;
    let meters = (&NETWORK_HOURS, &NETWORK_CAPACITY);
    Ok(reader.finish(move |traffic, steps| load.add(&unit, meters, traffic, steps)))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MILLION, notes, usage};

    const HOURS: &str = "elastic_load_balancing.application.hours 730";

    fn capacity(service: &str, keys: &[(&str, &str)], requests: &str) -> String {
        let lines = usage(service, keys, &[("requests", requests)]);
        lines.iter().find(|line| line.contains("capacity_units")).cloned().unwrap_or_default()
    }

    #[test]
    fn the_example_of_the_pricing_page_needs_1_08_units() {
        // 1.08 GB an hour × 730 h = 788.4 GB
        let keys = [("new_connections", "1/s"), ("connection_time", "2min"), ("data", "788.4GB"), ("rules", "60")];
        let expected = "elastic_load_balancing.application.capacity_units 788.4";
        assert_eq!(usage("application-load-balancer", &keys, &[("requests", "5/s")]), [expected, HOURS]);
        let without_data = [("new_connections", "1/s"), ("connection_time", "2min"), ("data", "0GB"), ("rules", "60")];
        // 250 evaluations a second / 1,000 × 730 h
        let expected = "elastic_load_balancing.application.capacity_units 182.5";
        assert_eq!(capacity("application-load-balancer", &without_data, "5/s"), expected);
    }

    #[test]
    fn the_dimension_that_needs_most_decides() {
        // 50 a second / 25 × 730 h; the same open for 3 minutes are 9,000 active, 3 units
        for (open, expected) in [("1s", "1460"), ("3min", "2190")] {
            let keys = [("connection_time", open)];
            let expected = format!("elastic_load_balancing.application.capacity_units {expected}");
            assert_eq!(capacity("application-load-balancer", &keys, "50/s"), expected);
        }
    }

    #[test]
    fn functions_and_tls_need_more_units() {
        let functions = capacity("application-load-balancer", &[("data", "1GB"), ("targets", "lambda")], "1/month");
        assert_eq!(functions, "elastic_load_balancing.application.capacity_units 2.5");
        for (protocol, expected) in [("tcp", "730"), ("udp", "1460"), ("tls", "11680")] {
            let capacity = capacity("network-load-balancer", &[("protocol", protocol)], "800/s");
            assert_eq!(capacity, format!("elastic_load_balancing.network.capacity_units {expected}"));
        }
    }

    #[test]
    fn data_that_is_not_known_is_said() {
        let said = notes("application-load-balancer", &[], MILLION).join("\n");
        assert!(said.contains("`data` not given, none used"), "{said}");
    }
}
