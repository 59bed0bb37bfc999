//! What a private network needs: NAT gateways, public addresses, interface endpoints.
//!
//! Rules (Amazon VPC pricing page, 2025-11): a NAT gateway is charged for each hour and each GB that it processes, whichever
//! way; a public IPv4 address for each hour, used or not; an interface endpoint for each hour in each availability zone, and
//! for each GB.
//!
//! Worked number: one endpoint in three zones is 3 × 730 h = 2,190 hours.

use super::reader::{DATA, DATA_PER_REQUEST, Reader};
use super::traffic::Carried;
use super::{Attached, Follows, Neighbor};
use crate::settings::{Key, SettingError};
use crate::units::Unit;
use crate::usage::Meter;

pub(super) const NAT_GATEWAY: Neighbor = Neighbor {
    name: "nat-gateway",
    about: "NAT gateways: hours and data, the way from a private network to the internet",
    keys: &[
        Key { name: "gateways", value: "N", help: "NAT gateways, one for each zone is usual [default: 1]" },
        DATA,
        DATA_PER_REQUEST,
    ],
    follows: Follows::Requests,
    read: read_nat_gateway,
};

pub(super) const PUBLIC_IPV4: Neighbor = Neighbor {
    name: "public-ipv4",
    about: "Public IPv4 addresses, by the hour, used or idle",
    keys: &[Key { name: "addresses", value: "N", help: "Addresses kept all month [default: 1]" }],
    follows: Follows::Requests,
    read: read_public_ipv4,
};

pub(super) const INTERFACE_ENDPOINT: Neighbor = Neighbor {
    name: "interface-endpoint",
    about: "VPC interface endpoints: hours in each zone, and data",
    keys: &[
        Key { name: "endpoints", value: "N", help: "Endpoints, one for each service that is called [default: 1]" },
        Key { name: "zones", value: "N", help: "Availability zones of each [default: 1]" },
        DATA,
        DATA_PER_REQUEST,
    ],
    follows: Follows::Requests,
    read: read_interface_endpoint,
};

static NAT_HOURS: Meter = Meter::fixed("nat_gateway.hours", "NAT gateway", Unit::Hour);
static NAT_DATA: Meter = Meter::fixed("nat_gateway.data_processed", "NAT gateway, data", Unit::Gb);
static ADDRESS_HOURS: Meter = Meter::fixed("vpc.public_ipv4", "public IPv4 addresses", Unit::Hour);
static ENDPOINT_HOURS: Meter = Meter::fixed("vpc.interface_endpoint.hours", "interface endpoints", Unit::Hour);
static ENDPOINT_DATA: Meter = Meter::fixed("vpc.interface_endpoint.data_processed", "interface endpoints, data", Unit::Gb);

fn read_nat_gateway(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let gateways = reader.count_or("gateways", 1, "one in each zone survives the loss of a zone")?;
    let data = reader.needed_volume(Some(Carried::Both))?;
    Ok(reader.finish(move |traffic, steps| {
        steps.add(&NAT_HOURS, "gateways", &[(gateways, "gateways"), traffic.hours()]);
        data.add(traffic, steps, &NAT_DATA, "data in both directions", &[]);
    }))
}

fn read_public_ipv4(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let addresses = reader.count_or("addresses", 1, "each is charged by the hour")?;
    Ok(reader.finish(move |traffic, steps| {
        steps.add(&ADDRESS_HOURS, "addresses", &[(addresses, "addresses"), traffic.hours()]);
    }))
}

fn read_interface_endpoint(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let endpoints = reader.count_or("endpoints", 1, "each service that is called needs its own")?;
    let zones = reader.count_or("zones", 1, "each zone is charged by the hour")?;
    let data = reader.needed_volume(None)?;
    Ok(reader.finish(move |traffic, steps| {
        steps.add(&ENDPOINT_HOURS, "endpoints", &[(endpoints, "endpoints"), (zones, "zones"), traffic.hours()]);
        data.add(traffic, steps, &ENDPOINT_DATA, "data in both directions", &[]);
    }))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MILLION, error, notes, usage};

    #[test]
    fn an_endpoint_is_charged_in_every_zone() {
        let keys = [("endpoints", "2"), ("zones", "3"), ("data_per_request", "1MB")];
        let expected = ["vpc.interface_endpoint.data_processed 976.5625", "vpc.interface_endpoint.hours 4380"];
        assert_eq!(usage("interface-endpoint", &keys, MILLION), expected);
    }

    #[test]
    fn data_through_a_nat_gateway_is_that_of_the_requests_or_stated() {
        assert!(error("nat-gateway", &[], MILLION).contains("needs `data`"));
        // 1,000,000 × (1 + 9) KB.
        let sized = [("requests", "1M/month"), ("payload", "1KB"), ("response", "9KB")];
        let expected = ["nat_gateway.data_processed 9.5367431640625", "nat_gateway.hours 730"];
        assert_eq!(usage("nat-gateway", &[], &sized), expected);
        assert!(notes("nat-gateway", &[], &sized).iter().any(|note| note.contains("the payload and response of each request")));
        let keys = [("data", "100GB")];
        assert_eq!(usage("nat-gateway", &keys, MILLION), ["nat_gateway.data_processed 100", "nat_gateway.hours 730"]);
        let both = [("data", "100GB"), ("data_per_request", "1KB")];
        assert!(error("nat-gateway", &both, MILLION).contains("not both"));
    }

    #[test]
    fn an_address_is_charged_for_every_hour() {
        assert_eq!(usage("public-ipv4", &[("addresses", "2")], MILLION), ["vpc.public_ipv4 1460"]);
    }
}
